"""A loopback proxy that records what it is asked: HTTP (CONNECT and forwarding) or SOCKS5."""

from __future__ import annotations

import ssl
import struct
from dataclasses import dataclass, field
from ipaddress import ip_address

import trio

from tests.support.target import Asked, read_request


@dataclass
class HttpProxy:
    """`refuse` is a status line it answers CONNECT with, instead of connecting; `tls` makes it an
    https proxy."""

    refuse: str | None = None
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, self._serve, listeners)
            task_status.started()

    async def _serve(self, plain: trio.SocketStream) -> None:
        stream: trio.abc.Stream = plain
        if self.tls is not None:
            stream = trio.SSLStream(plain, self.tls, server_side=True, https_compatible=True)
        async with stream:
            try:
                asked = await read_request(stream)
            except trio.BrokenResourceError:
                return  # no TLS handshake
            if asked is None:
                return
            self.asked.append(asked)
            if self.refuse is not None:
                await stream.send_all(f"HTTP/1.1 {self.refuse}\r\n\r\n".encode())
                return
            if asked.method == "CONNECT":
                host, _, port = asked.target.rpartition(":")
                await stream.send_all(b"HTTP/1.1 200 Go\r\n\r\n")
                await _join(stream, host.strip("[]"), int(port))
                return
            await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nforwarded")


@dataclass
class SocksProxy:
    """`login` is what it wants; `reply` other than 0 is its answer to every request."""

    login: tuple[str, str] | None = None
    reply: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, self._serve, listeners)
            task_status.started()

    async def _serve(self, stream: trio.SocketStream) -> None:
        async with stream:
            try:
                await self._talk(stream)
            except trio.BrokenResourceError:
                return  # it was greeted, and asked for nothing

    async def _talk(self, stream: trio.SocketStream) -> None:
        _, count = await _take(stream, 2)
        methods = await _take(stream, count)
        if not await self._greet(stream, methods):
            return
        _, _, _, kind = await _take(stream, 4)
        packed = await _take(stream, 4 if kind == 1 else 16)
        (port,) = struct.unpack("!H", await _take(stream, 2))
        host = str(ip_address(packed))
        self.asked.append((host, port))
        # In two pieces, as a network may deliver it.
        await stream.send_all(bytes([5, self.reply]))
        await stream.send_all(b"\x00\x01\x00\x00\x00\x00\x00\x00")
        if self.reply == 0:
            await _join(stream, host, port)

    async def _greet(self, stream: trio.SocketStream, methods: bytes) -> bool:
        if self.login is None:
            await stream.send_all(b"\x05\x00")
            return True
        if 2 not in methods:
            await stream.send_all(b"\x05\xff")
            return False
        await stream.send_all(b"\x05\x02")
        _, size = await _take(stream, 2)
        user = (await _take(stream, size)).decode()
        (size,) = await _take(stream, 1)
        good = (user, (await _take(stream, size)).decode()) == self.login
        await stream.send_all(b"\x01\x00" if good else b"\x01\x01")
        return good


async def _take(stream: trio.SocketStream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await stream.receive_some(count - len(data))
        if not more:
            raise trio.BrokenResourceError
        data += more
    return data


async def _join(left: trio.abc.Stream, host: str, port: int) -> None:
    async with await trio.open_tcp_stream(host, port) as right, trio.open_nursery() as nursery:
        nursery.start_soon(_copy, left, right, nursery.cancel_scope)
        nursery.start_soon(_copy, right, left, nursery.cancel_scope)


async def _copy(
    source: trio.abc.ReceiveStream, sink: trio.abc.SendStream, scope: trio.CancelScope
) -> None:
    try:
        async for data in source:
            await sink.send_all(data)
    except trio.BrokenResourceError:
        pass  # one side left; the other is told by closing
    scope.cancel()
