"""What the tests of the gateway share: one that runs, a pass for it, and plain words to it."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

import trio

from workers.net.client import NetSettings
from workers.net.dial import TlsContexts, client_tls
from workers.net.gateway.passes import Pass
from workers.net.gateway.server import Gateway, GatewaySettings, serve_gateway

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 60.0


def settings(*allowed: str, own_ports=(), **limits) -> GatewaySettings:
    return GatewaySettings(
        net=NetSettings(allow_target=allowed, own_ports=tuple(own_ports)), **limits
    )


@dataclass
class Visit:
    """One connection to the gateway. `login` answers its challenge."""

    stream: trio.SocketStream
    login: str
    seen: bytes = b""

    async def ask(self, method: str, target: str, *fields: str, body: bytes = b"") -> None:
        """A request with this pass."""
        lines = [f"{method} {target} HTTP/1.1", "Host: x", f"Proxy-Authorization: {self.login}"]
        await self.send("\r\n".join([*lines, *fields, "", ""]).encode() + body)

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def head(self) -> str:
        """The next head, without the empty line at its end."""
        return (await self._until(b"\r\n\r\n")).decode()

    async def exactly(self, size: int) -> bytes:
        while len(self.seen) < size:
            data = await self._more()
            assert data, f"it ended after {self.seen!r}"
            self.seen += data
        data, self.seen = self.seen[:size], self.seen[size:]
        return data

    async def rest(self) -> bytes:
        """Everything until the gateway closes."""
        while data := await self._more():
            self.seen += data
        data, self.seen = self.seen, b""
        return data

    async def connect(self, target: str) -> str:
        await self.ask("CONNECT", target)
        return (await self.head()).partition("\r\n")[0]

    async def _more(self) -> bytes:
        with trio.fail_after(PATIENCE_S):
            return bytes(await self.stream.receive_some(65_536))

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self.seen:
            data = await self._more()
            assert data, f"it ended after {self.seen!r}"
            self.seen += data
        data, _, self.seen = self.seen.partition(mark)
        return data


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@asynccontextmanager
async def visiting(gateway: Gateway, leave: Pass):
    login = basic(leave.username, leave.password)
    async with await trio.open_tcp_stream("127.0.0.1", gateway.port) as stream:
        yield Visit(stream, login)


@cache
def roots() -> TlsContexts:
    """Read once: most of the time of a start is theirs."""
    return client_tls()


async def started(nursery, given: GatewaySettings, **options) -> Gateway:
    async def run(*, task_status) -> None:
        await serve_gateway(given, task_status=task_status, **{"tls": roots(), **options})

    return await nursery.start(run)
