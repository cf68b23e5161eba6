"""A raw HTTP target on loopback: each path is a script of bytes, sleeps and endings.

Nothing here is an HTTP library, so that it can misbehave in every way. It counts connections and
keeps the requests it was sent.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import trio

Handler = Callable[["Conversation"], Awaitable[None]]


@dataclass
class Asked:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Conversation:
    """What a handler has: the stream, the request; `close` ends the connection after it."""

    stream: trio.SocketStream
    asked: Asked
    close: bool = False

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def respond(self, body: bytes = b"", status: str = "200 OK", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode() + body)

    def reset(self) -> None:
        """End with RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.stream.socket.close()
        self.close = True


@dataclass
class Target:
    """The server. `handlers` maps a path (without query) to its handler; `asked` is the record."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    connections: int = 0
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    address: str = "127.0.0.1"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host=self.address)
        self.port = listeners[0].socket.getsockname()[1]
        await trio.serve_listeners(self._serve, listeners, task_status=_Started(task_status))

    async def _serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        async with stream:
            try:
                while (asked := await read_request(stream)) is not None:
                    self.asked.append(asked)
                    talk = Conversation(stream, asked)
                    handler = self.handlers.get(asked.target.partition("?")[0], _not_found)
                    await handler(talk)
                    if talk.close:
                        return
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return  # the client left, as many of these tests make it do


class _Started:
    """Tells the nursery that the listeners are open, without their list."""

    def __init__(self, status: trio.TaskStatus[None]) -> None:
        self._status = status

    def started(self, _: object = None) -> None:
        self._status.started()


async def _not_found(talk: Conversation) -> None:
    await talk.respond(b"no such page", status="404 Not Found")


async def read_request(stream: trio.abc.Stream) -> Asked | None:
    """The next request, or None at the end of the connection."""
    buffer = b""
    while b"\r\n\r\n" not in buffer:
        data = await stream.receive_some(65_536)
        if not data:
            return None
        buffer += data
    head, _, body = buffer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += await stream.receive_some(65_536)
    return Asked(method, target, headers, body)


def page(body: bytes = b"hello", status: str = "200 OK", **headers: str) -> Handler:
    """A handler that always gives the same answer."""

    async def handle(talk: Conversation) -> None:
        await talk.respond(body, status, **headers)

    return handle


def raw(*pieces: bytes, close: bool = True) -> Handler:
    """A handler that sends these bytes as they are."""

    async def handle(talk: Conversation) -> None:
        for piece in pieces:
            await talk.send(piece)
        talk.close = close

    return handle


async def silent(talk: Conversation) -> None:
    """Never answers."""
    await trio.sleep_forever()
