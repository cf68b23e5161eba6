"""A real Hypercorn around an application, and plain sockets to speak to it."""

from __future__ import annotations

from contextlib import asynccontextmanager

import h11
import trio
import wsproto
from hypercorn.config import Config
from structlog.testing import CapturingLogger

from nightdesk.connections import serve_connections
from nightdesk.limits import DEFAULT_LIMITS


@asynccontextmanager
async def served(app, *, limits=DEFAULT_LIMITS, log=None, **config):
    """Yields the port. Ends when the block does, in-flight requests included."""
    settings = Config()
    settings.bind = ["127.0.0.1:0"]
    settings.accesslog = None
    settings.errorlog = None
    settings.graceful_timeout = 0.2
    for name, value in config.items():
        setattr(settings, name, value)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        log = log or CapturingLogger()
        binds = await nursery.start(serve_connections, app, settings, stop, log, limits)
        try:
            yield int(binds[0].rpartition(":")[2])
        finally:
            stop.set()


async def ask(port, method="GET", path="/", headers=(), body=b"", host=None):
    """One request on a connection of its own: (status, headers, body)."""
    fields = [("Host", host if host is not None else f"127.0.0.1:{port}"), *headers]
    if body and not any(name.lower() == "transfer-encoding" for name, _ in fields):
        fields.append(("Content-Length", str(len(body))))
    client = h11.Connection(h11.CLIENT)
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        data = client.send(h11.Request(method=method, target=path, headers=fields))
        data += client.send(h11.Data(data=body)) if body else b""
        await stream.send_all(data + client.send(h11.EndOfMessage()))
        return await read_answer(stream, client)


async def read_answer(stream, client=None):
    if client is None:
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    status, headers, body = 0, {}, b""
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA:
            client.receive_data(await stream.receive_some(65536))
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = {name.decode(): value.decode() for name, value in event.headers}
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return status, headers, body


class Socket:
    """A WebSocket client over a stream of its own."""

    def __init__(self, stream, connection):
        self.stream = stream
        self._connection = connection
        self.close_code = None

    async def send(self, text):
        await self.stream.send_all(self._connection.send(wsproto.events.TextMessage(data=text)))

    async def receive(self):
        """The next text message; None when the server has closed (see `close_code`)."""
        text = ""
        while True:
            for event in self._connection.events():
                if isinstance(event, wsproto.events.TextMessage):
                    text += event.data
                    if event.message_finished:
                        return text
                elif isinstance(event, wsproto.events.CloseConnection):
                    self.close_code = event.code
                    return None
            self._connection.receive_data(await self.stream.receive_some(65536))


@asynccontextmanager
async def open_socket(port, path, headers=()):
    """Raises AssertionError where the handshake is refused."""
    connection = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    request = wsproto.events.Request(
        host=f"127.0.0.1:{port}", target=path, extra_headers=list(headers)
    )
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(connection.send(request))
        head = b""
        while b"\r\n\r\n" not in head:
            byte = await stream.receive_some(1)
            assert byte, head
            head += byte
        connection.receive_data(head)
        accepted = next(connection.events())
        assert isinstance(accepted, wsproto.events.AcceptConnection)
        yield Socket(stream, connection)
