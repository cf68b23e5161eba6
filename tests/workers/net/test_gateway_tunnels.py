"""Tunnels through the gateway: bytes both ways, unread, and every way in which they end."""

import socket
import struct
import threading
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trio
import trio.testing

from tests.support.gateway import PATIENCE_S, settings, started, visiting
from tests.support.ports import refusing_port
from tests.support.proxy import HttpProxy, SocksProxy
from tests.support.target import page


class Remote:
    """A listener whose connections a test holds itself."""

    def __init__(self):
        self.port = 0
        self.arrived, self._taken = trio.open_memory_channel(10)

    async def run(self, *, task_status):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        task_status.started()
        await trio.serve_listeners(self._hold, listeners)

    async def _hold(self, stream):
        await self.arrived.send(stream)
        await trio.sleep_forever()

    async def next(self):
        return await self._taken.receive()


@pytest.fixture
async def remote(nursery):
    served = Remote()
    await nursery.start(served.run)
    return served


@pytest.fixture
async def gateway(nursery):
    return await started(nursery, settings("127.0.0.1"))


@asynccontextmanager
async def tunnel(gateway, remote, **options):
    with gateway.open_pass(**options) as leave:
        async with visiting(gateway, leave) as visit:
            assert await visit.connect(f"127.0.0.1:{remote.port}") == (
                "HTTP/1.1 200 Connection established"
            )
            yield visit, await remote.next(), leave


async def test_bytes_go_both_ways_and_are_counted(gateway, remote):
    async with tunnel(gateway, remote) as (visit, far, leave):
        await visit.send(b"\x16\x03ping")
        assert await far.receive_some(100) == b"\x16\x03ping"
        await far.send_all(b"pong!")
        assert await visit.exactly(5) == b"pong!"
        assert (leave.sent_bytes, leave.received_bytes, leave.connections) == (6, 5, 1)


async def test_what_came_with_the_request_belongs_to_the_tunnel(gateway, remote):
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            await visit.ask("CONNECT", f"127.0.0.1:{remote.port}", body=b"early")
            far = await remote.next()
            assert await far.receive_some(100) == b"early"
            assert leave.sent_bytes == 5


async def test_an_end_is_passed_on_and_the_other_side_may_go_on(gateway, remote):
    async with tunnel(gateway, remote) as (visit, far, _):
        await visit.stream.send_eof()
        assert await far.receive_some(1) == b""
        await far.send_all(b"last words")
        await far.send_eof()
        assert await visit.rest() == b"last words"


async def test_the_far_end_may_end_first(gateway, remote):
    async with tunnel(gateway, remote) as (visit, far, _):
        await far.send_eof()
        assert await visit.rest() == b""
        await visit.send(b"still here")
        assert await far.receive_some(100) == b"still here"


def reset(stream):
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


async def ended(stream):
    """True where the other end is gone, by FIN or RST."""
    try:
        with trio.fail_after(PATIENCE_S):
            while await stream.receive_some(65_536):
                pass
    except trio.BrokenResourceError:
        return True
    return True


async def test_a_dead_client_ends_the_far_side(gateway, remote):
    async with tunnel(gateway, remote) as (visit, far, _):
        reset(visit.stream)
        assert await ended(far)


async def test_a_dead_far_side_ends_the_client(gateway, remote):
    async with tunnel(gateway, remote) as (visit, far, _):
        reset(far)
        assert await ended(visit.stream)


async def test_a_tunnel_ends_with_its_pass(gateway, remote):
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            await visit.connect(f"127.0.0.1:{remote.port}")
            far = await remote.next()
            leave.end()
            assert await ended(visit.stream)
            assert await ended(far)


async def test_a_silent_tunnel_ends(nursery, remote):
    gateway = await started(nursery, settings("127.0.0.1", idle_s=0.05))
    async with tunnel(gateway, remote) as (visit, far, _):
        assert await ended(visit.stream)
        assert await ended(far)


async def test_a_half_closed_tunnel_is_given_less_time(nursery, remote):
    gateway = await started(nursery, settings("127.0.0.1", half_closed_s=0.05))
    async with tunnel(gateway, remote) as (visit, far, _):
        await visit.stream.send_eof()
        assert await ended(visit.stream)
        assert await ended(far)


async def test_a_far_side_that_does_not_read_slows_the_client_down(gateway, remote):
    """Nothing is kept: what the gateway takes is what the systems between hold."""
    async with tunnel(gateway, remote) as (visit, _, leave), trio.open_nursery() as pushing:
        pushing.start_soon(visit.send, bytes(200 * 1024 * 1024))
        await trio.testing.wait_all_tasks_blocked(0.2)
        assert 0 < leave.sent_bytes < 50 * 1024 * 1024
        pushing.cancel_scope.cancel()


async def test_a_job_has_so_many_connections_and_others_still_get_theirs(nursery, remote):
    gateway = await started(nursery, settings("127.0.0.1", max_connections_per_pass=1))
    place = f"127.0.0.1:{remote.port}"
    async with tunnel(gateway, remote) as (_, _, leave):
        async with visiting(gateway, leave) as second:
            assert (await second.connect(place)).startswith("HTTP/1.1 503 ")
        with gateway.open_pass() as other:
            async with visiting(gateway, other) as visit:
                assert (await visit.connect(place)).startswith("HTTP/1.1 200 ")


async def test_beyond_all_connections_a_client_waits_for_its_turn(nursery, remote):
    gateway = await started(nursery, settings("127.0.0.1", max_connections=1))
    place = f"127.0.0.1:{remote.port}"
    with gateway.open_pass() as leave:
        async with AsyncExitStack() as later:
            async with tunnel(gateway, remote):
                second = await later.enter_async_context(visiting(gateway, leave))
                await second.ask("CONNECT", place)
                with trio.move_on_after(0.05) as waited:
                    await second.head()
                assert waited.cancelled_caught
            assert (await second.head()).startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_users_proxy_gets_the_checked_address_and_its_own_password(nursery, remote, scheme):
    gateway = await started(nursery, settings("127.0.0.1"), lookup=lambda _: ["127.0.0.1"])
    proxy = HttpProxy() if scheme == "http" else SocksProxy(login=("me", "p:w"))
    await nursery.start(proxy.run)
    through = f"{scheme}://me:p%3Aw@127.0.0.1:{proxy.port}"
    with gateway.open_pass(upstream=through) as leave:
        async with visiting(gateway, leave) as visit:
            assert "200" in await visit.connect(f"named.example:{remote.port}")
            far = await remote.next()
            await visit.send(b"hi")
            assert await far.receive_some(10) == b"hi"
    if scheme == "http":
        (asked,) = proxy.asked
        assert asked.target == f"127.0.0.1:{remote.port}"
        assert asked.headers["proxy-authorization"] == "Basic bWU6cDp3"
    else:
        assert proxy.asked == [("127.0.0.1", remote.port)]


async def test_why_there_is_no_tunnel_is_said_and_kept(nursery, target):
    target.handlers["/"] = page()
    gateway = await started(nursery, settings("127.0.0.1"))
    proxy = HttpProxy(refuse="407 Who are you")
    await nursery.start(proxy.run)
    with refusing_port() as port, gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            assert "502 Bad Gateway" in await visit.connect(f"127.0.0.1:{port}")
        assert [(t.place, t.status) for t in leave.troubles] == [(f"127.0.0.1:{port}", 502)]
        assert "connection refused" in leave.troubles[0].reason
    with gateway.open_pass(upstream=f"http://a:s3cret@127.0.0.1:{proxy.port}") as leave:
        async with visiting(gateway, leave) as visit:
            assert "502" in await visit.connect(f"127.0.0.1:{target.port}")
            assert b"user name or password" in (said := await visit.rest())
        assert b"s3cret" not in said
        assert "s3cret" not in str(leave.troubles)


async def test_a_pass_remembers_the_last_of_its_troubles(nursery):
    gateway = await started(nursery, settings(troubles_kept=2))
    with gateway.open_pass() as leave:
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
            async with visiting(gateway, leave) as visit:
                await visit.connect(f"{host}:80")
        assert [trouble.place for trouble in leave.troubles] == ["127.0.0.2:80", "127.0.0.3:80"]
        assert leave.refused == 3


async def test_a_connection_has_so_long_to_come_about(nursery):
    """The look-up hangs for as long as it likes; nobody waits for it."""
    released = threading.Event()

    def hang(_):
        released.wait()
        return ["127.0.0.1"]

    gateway = await started(nursery, settings(connect_timeout_s=0.05), lookup=hang)
    try:
        with gateway.open_pass() as leave:
            async with visiting(gateway, leave) as visit:
                assert "504 Gateway Timeout" in await visit.connect("slow.example:443")
    finally:
        released.set()
