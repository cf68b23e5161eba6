"""One WebSocket client, enough for our own servers: text frames in, pongs and closes out.

Used by `subscribers.py` and `watcher.py`. A frame that a client of the stream must not see
(fragmented, compressed, longer than 16 MiB) ends the run.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any

from load.wire import WireError

_TEXT, _CLOSE, _PING = 1, 8, 9


class Subscriber(asyncio.Protocol):
    """Calls `on_text(payload)` for each text frame; `opened` is done once the handshake is."""

    def __init__(self, path: str, host: str, on_text: Callable[[bytes], None]) -> None:
        self.path = path
        self.host = host
        self.on_text = on_text
        self.opened = asyncio.get_running_loop().create_future()
        self.closed = asyncio.get_running_loop().create_future()
        self.buffer = bytearray()  # written by data_received
        self.transport: Any = None  # written by connection_made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(WireError(f"no handshake: {bytes(self.buffer[:300])!r}"))
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.opened.done() and not self._handshake():
            return
        while self._frame():
            pass

    def _handshake(self) -> bool:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self.buffer.startswith(b"HTTP/1.1 101"):
            self.transport.close()
            return False
        del self.buffer[: end + 4]
        self.opened.set_result(None)
        return True

    def _frame(self) -> bool:
        """Handle one whole frame of the buffer; False where there is none."""
        if len(self.buffer) < 2:
            return False
        length = self.buffer[1] & 127
        start = {126: 4, 127: 10}.get(length, 2)
        if len(self.buffer) < start:
            return False
        if length > 125:
            length = int.from_bytes(self.buffer[2:start])
        if len(self.buffer) < start + length:
            return False
        kind, payload = self.buffer[0], bytes(self.buffer[start : start + length])
        del self.buffer[: start + length]
        self._handle(kind, payload)
        return True

    def _handle(self, kind: int, payload: bytes) -> None:
        if kind == 0x80 | _TEXT:
            self.on_text(payload)
        elif kind == 0x80 | _PING:
            self.transport.write(bytes([0x8A, 0x80 | len(payload)]) + bytes(4) + payload)
        elif kind == 0x80 | _CLOSE:
            self.transport.close()
        else:
            raise WireError(f"a frame of kind {kind:#x}")


async def subscribe(
    host: str, port: int, path: str, on_text: Callable[[bytes], None]
) -> Subscriber:
    """An open subscription. Raises WireError where the server refuses it."""
    loop = asyncio.get_running_loop()
    _, subscriber = await loop.create_connection(
        lambda: Subscriber(path, f"{host}:{port}", on_text), host, port
    )
    await subscriber.opened
    return subscriber
