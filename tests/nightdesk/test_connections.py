"""Connections that nobody uses, that stop reading, that are open when the server stops."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from types import SimpleNamespace

import pytest
import trio
from hypercorn.config import Config
from quart import websocket
from quart_trio import QuartTrio

from nightdesk.connections import serve_connections
from nightdesk.idleness import IdleStreams
from tests.support.serving import open_socket, read_answer, served

SOON_S = 60.0
# So soon an idle connection is closed; longer where the test has to say something before.
IDLE_S = 0.05
IDLE_AFTER_WORDS_S = 1.0
NEVER_S = 3_600.0


class Site:
    """A Quart application: an answer at once, one behind a gate, one without end, a socket."""

    def __init__(self):
        self.app = QuartTrio(__name__)
        self.asked, self.gate = trio.Event(), trio.Event()
        for rule, view in (("/", self.quick), ("/gated", self.gated), ("/big", self.big)):
            self.app.route(rule, endpoint=rule)(view)
        self.app.websocket("/socket")(self.socket)

    async def quick(self):
        return "quick"

    async def gated(self):
        self.asked.set()
        await self.gate.wait()
        return "gated"

    async def big(self):
        self.asked.set()
        return b"x" * 16_000_000

    async def socket(self):
        await websocket.accept()
        await trio.sleep_forever()


@pytest.fixture
async def connect():
    """Open connections, with what they say first; closed at the end of the test."""
    async with AsyncExitStack() as opened:

        async def connect(port, said=b""):
            stream = await opened.enter_async_context(await trio.open_tcp_stream("127.0.0.1", port))
            await stream.send_all(said)
            return stream

        yield connect


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


async def closed(stream):
    """Until the server has closed it, with whatever it still says. What it had not read when it
    closed becomes a reset."""
    with trio.fail_after(SOON_S), suppress(trio.BrokenResourceError):
        while await stream.receive_some(65536):
            pass


async def test_a_connection_is_closed_some_time_after_its_answer(connect):
    async with served(Site().app, keep_alive_timeout=IDLE_AFTER_WORDS_S) as port:
        stream = await connect(port, get("/"))
        assert (await read_answer(stream))[2] == b"quick"
        await closed(stream)


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: 127."])
async def test_one_that_never_asks_is_closed_too(head, connect):
    async with served(Site().app, keep_alive_timeout=IDLE_S) as port:
        await closed(await connect(port, head))


async def test_one_that_waits_for_its_answer_is_not_idle(connect):
    site = Site()
    async with served(site.app, keep_alive_timeout=IDLE_AFTER_WORDS_S) as port:
        busy = await connect(port, get("/gated"))
        await site.asked.wait()
        await closed(await connect(port, get("/")))
        site.gate.set()
        assert (await read_answer(busy))[2] == b"gated"


async def test_a_socket_is_not_idle(connect):
    async with (
        served(Site().app, keep_alive_timeout=IDLE_AFTER_WORDS_S) as port,
        open_socket(port, "/socket") as socket,
    ):
        await closed(await connect(port, get("/")))
        with trio.move_on_after(0) as still_open:
            await socket.receive()
        assert still_open.cancelled_caught


async def test_a_stop_closes_idle_connections_at_once(connect):
    with trio.fail_after(SOON_S):
        async with served(Site().app, graceful_timeout=NEVER_S, keep_alive_timeout=NEVER_S) as port:
            asked, silent = await connect(port, get("/")), await connect(port)
            await read_answer(asked)
        await closed(asked)
        await closed(silent)


async def test_a_stop_before_the_start_is_a_start_and_a_stop():
    settings, stopping = Config(), trio.Event()
    settings.bind, settings.accesslog = ["127.0.0.1:0"], None
    stopping.set()
    with trio.fail_after(SOON_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve_connections, Site().app, settings, stopping, None)


async def test_an_answer_under_way_is_given_and_its_connection_then_closed(connect):
    site = Site()
    with trio.fail_after(SOON_S):
        async with trio.open_nursery() as tasks:
            async with served(site.app, graceful_timeout=NEVER_S) as port:
                busy = await connect(port, get("/gated"))
                await site.asked.wait()
                tasks.start_soon(release_when_refused, port, site.gate)
            assert (await read_answer(busy))[2] == b"gated"
            await closed(busy)


async def release_when_refused(port, gate):
    """Open the gate once the server takes no connection any more."""
    with suppress(OSError):
        while True:
            await (await trio.open_tcp_stream("127.0.0.1", port)).aclose()
    gate.set()


async def test_clients_that_do_not_read_are_cut_after_the_grace(connect):
    site = Site()
    with trio.fail_after(SOON_S):
        async with served(site.app, graceful_timeout=0.05) as port:
            stuck = [await connect(port, get("/big")) for _ in range(3)]
            await site.asked.wait()
    assert len(stuck) == 3


class Line:
    """A connection as far as the table needs one: when it was closed."""

    def __init__(self):
        self.socket = SimpleNamespace(close=self._close)
        self.closed_at = None

    def _close(self):
        self.closed_at = trio.current_time()


async def test_each_is_closed_in_its_time(autojump_clock, nursery):
    idle, began = IdleStreams(10.0), trio.current_time()
    first, second, busy, again = (Line() for _ in range(4))
    nursery.start_soon(idle.run)
    idle.enter(first)
    idle.enter(again)
    await trio.sleep(5)
    idle.enter(second)
    idle.enter(busy)
    await trio.sleep(2)
    idle.leave(busy)
    idle.leave(again)
    idle.enter(again)
    await trio.sleep(100)
    closed_at = [line.closed_at and line.closed_at - began for line in (first, second, busy, again)]
    assert closed_at == pytest.approx([10, 15, None, 17])
    idle.enter(busy)
    await trio.sleep(11)
    assert busy.closed_at - began == pytest.approx(117)


async def test_what_becomes_idle_while_the_server_stops_is_closed_at_once(autojump_clock):
    idle, early, late = IdleStreams(10.0), Line(), Line()
    idle.enter(early)
    idle.close_all()
    idle.enter(late)
    assert early.closed_at == late.closed_at == trio.current_time()
    idle.leave(late)
