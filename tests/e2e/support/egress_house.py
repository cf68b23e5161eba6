"""A gateway, a hostile site and canaries, in a Trio thread of their own, for a real browser.

The canaries listen at every loopback address, over TCP and UDP, and count who comes. The site may
be reached by every pass; the canaries by none but `everywhere`.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import trio

from tests.e2e.support import hostile_page
from tests.support.target import Asked, Conversation, read_request
from workers.net.client import NetSettings
from workers.net.gateway.passes import Pass
from workers.net.gateway.server import Gateway, GatewaySettings, serve_gateway
from workers.net.policy import Policy, parse_allow_target

PATIENCE_S = 60.0
LOOPBACK = "127.0.0.1"
T = TypeVar("T")


class EgressHouse:
    """Every attribute is written in the house's thread; tests read them."""

    def __init__(self) -> None:
        self.site_port = 0
        self.canary_port = 0
        self.gateway: Gateway
        self.page = b""
        # What reached the canaries: hosts that were asked for, connections, datagrams.
        self.asked: set[str] = set()
        self.connections = 0
        self.datagrams = 0
        self._token: trio.lowlevel.TrioToken
        self._ready = threading.Event()
        self._over: trio.Event
        self._tasks: trio.Nursery

    @property
    def site(self) -> str:
        return f"http://{LOOPBACK}:{self.site_port}"

    @contextmanager
    def running(self) -> Iterator[EgressHouse]:
        thread = threading.Thread(target=trio.run, args=(self._run,))
        thread.start()
        assert self._ready.wait(PATIENCE_S), "the house did not start"
        try:
            yield self
        finally:
            self._do(self._over.set)
            thread.join()

    @contextmanager
    def leave(self, *, everywhere: bool = False) -> Iterator[Pass]:
        """A pass for one browser context."""
        ports = [self.site_port, *([self.canary_port] if everywhere else [])]
        texts = [f"127.0.0.0/8:{port}" for port in ports]
        rules = tuple(rule for text in texts for rule in parse_allow_target(text))
        opened = self._do(lambda: self.gateway.open_pass(Policy(rules)))
        leave = self._do(opened.__enter__)
        attending = self._do(lambda: self._attend(leave))
        try:
            yield leave
        finally:
            self._do(attending.cancel)
            self._do(lambda: opened.__exit__(None, None, None))

    def _attend(self, leave: Pass) -> trio.CancelScope:
        scope = trio.CancelScope()

        async def attend() -> None:
            with scope:
                await self.gateway.attend(leave)

        self._tasks.start_soon(attend)
        return scope

    def forget(self) -> None:
        """Begin the counts anew."""
        self._do(self._forget)

    def _forget(self) -> None:
        self.asked, self.connections, self.datagrams = set(), 0, 0

    def _do(self, act: Callable[[], T]) -> T:
        return trio.from_thread.run_sync(act, trio_token=self._token)

    async def _run(self) -> None:
        self._token, self._over = trio.lowlevel.current_trio_token(), trio.Event()
        async with trio.open_nursery() as nursery:
            self._tasks = nursery
            sites = await trio.open_tcp_listeners(0, host=LOOPBACK)
            self.site_port = sites[0].socket.getsockname()[1]
            nursery.start_soon(trio.serve_listeners, self._serve_site, sites)
            await self._open_canaries(nursery)
            settings = GatewaySettings(net=NetSettings(), troubles_kept=1_000)
            self.gateway = await nursery.start(_gateway, settings)
            self._ready.set()
            await self._over.wait()
            nursery.cancel_scope.cancel()

    async def _open_canaries(self, nursery: trio.Nursery) -> None:
        """One port of every loopback address, and of no other."""
        tcp, udp = await _pair_of_sockets()
        tcp.listen()
        self.canary_port = tcp.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, self._count, [trio.SocketListener(tcp)])
        nursery.start_soon(self._count_datagrams, udp)

    async def _count(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        self.asked.add(stream.socket.getsockname()[0])
        async with stream:
            try:
                if (asked := await read_request(stream)) is not None:
                    self.asked.add(asked.headers["host"].partition(":")[0])
                    await Conversation(stream, asked).respond(b"ok", connection="close")
            except (trio.BrokenResourceError, ValueError):
                return  # it spoke TLS, or left

    async def _count_datagrams(self, udp: trio.socket.SocketType) -> None:
        with udp:
            while True:
                await udp.recvfrom(2048)
                self.datagrams += 1

    async def _serve_site(self, stream: trio.SocketStream) -> None:
        async with stream:
            try:
                if (asked := await read_request(stream)) is not None:
                    await self._answer(Conversation(stream, asked))
            except trio.BrokenResourceError:
                return  # the browser left

    async def _answer(self, talk: Conversation) -> None:
        path, to = _read(talk.asked)
        if path.strip("/").isdigit():
            await talk.respond(b"", f"{path[1:]} Elsewhere", location=to)
        elif path == "/download":
            fields = {"location": to, "content_disposition": "attachment; filename=x"}
            await talk.respond(b"", "302 Found", **fields)
        elif path == "/meta-refresh":
            text = f'<meta http-equiv="refresh" content="0; url={to}">'
            await talk.respond(text.encode(), content_type="text/html")
        elif path == "/refresh-header":
            await talk.respond(b"", content_type="text/html", refresh=f"0; url={to}")
        elif path == "/link-header":
            link = f"<{to}>; rel=preload; as=image"
            await talk.respond(b"", content_type="text/html", link=link)
        elif path in hostile_page.WORKERS:
            await talk.respond(hostile_page.worker_of(path), content_type="text/javascript")
        elif path == "/":
            await talk.respond(self.page, content_type="text/html")
        else:
            await talk.respond(b"", "404 Not Found")


async def _pair_of_sockets() -> tuple[trio.socket.SocketType, trio.socket.SocketType]:
    """TCP and UDP at one port; what is free for the one may be taken for the other."""
    while True:
        tcp = await _bound(socket.SOCK_STREAM, 0)
        try:
            return tcp, await _bound(socket.SOCK_DGRAM, tcp.getsockname()[1])
        except OSError as error:
            tcp.close()
            if error.errno != errno.EADDRINUSE:
                raise


async def _bound(kind: int, port: int) -> trio.socket.SocketType:
    made = trio.socket.socket(type=kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    try:
        await made.bind(("", port))
    except OSError:
        made.close()
        raise
    return made


async def _gateway(settings: GatewaySettings, *, task_status: trio.TaskStatus[Gateway]) -> None:
    await serve_gateway(settings, lookup=_lookup, task_status=task_status)


def _lookup(name: str) -> list[str]:
    """Every name is the canaries'."""
    return [LOOPBACK]


def _read(asked: Asked) -> tuple[str, str]:
    parts = urlsplit(asked.target)
    return parts.path, parse_qs(parts.query).get("to", [""])[0]
