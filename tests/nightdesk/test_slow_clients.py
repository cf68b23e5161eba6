"""Clients that take an answer slowly, or hold connections to be in the way: who is cut."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from types import SimpleNamespace

import pytest
import trio
from hypercorn.events import RawData
from msgspec.structs import replace

from nightdesk import front
from nightdesk.config import Config
from nightdesk.connection import Connection
from nightdesk.descriptors import connections_within
from nightdesk.limits import DEFAULT_LIMITS, ConnectionLimits
from tests.nightdesk.test_connections import Site, closed, connect, get
from tests.support.ports import has_ipv6
from tests.support.serving import read_answer, served
from web.clients import Proxies

__all__ = ("connect",)  # a fixture

KIB = 1024
NEVER_S = 3_600.0


class Reader:
    """A stream whose client takes so many bytes a second, and nothing while it rests."""

    def __init__(self, bytes_per_s):
        self.bytes_per_s = bytes_per_s
        self.taken_bytes = 0
        self.options = []
        self.closed = False
        self.socket = SimpleNamespace(close=self._close)

    async def send_all(self, data):
        if self.closed:
            raise trio.ClosedResourceError
        await trio.sleep(len(data) / self.bytes_per_s)
        self.taken_bytes += len(data)

    def setsockopt(self, *option):
        self.options.append(option)

    def _close(self):
        self.closed = True


def connection_to(reader, **limits):
    return Connection(None, None, ConnectionLimits(**limits), None, None, reader)


async def send(connection, *answers, rest_s=0.0):
    """Whether the client had taken them all."""
    with connection._tasks:
        for size in answers:
            await connection._send(RawData(data=bytes(size)))
            await trio.sleep(rest_s)
        return True
    return False


PATIENCE_S, PACE = 30.0, 4 * KIB


@pytest.mark.parametrize(
    ("bytes_per_s", "answers", "rest_s", "is_cut"),
    [
        # At the pace and above it, for as long as it takes.
        (PACE, [4 * KIB * KIB], 0.0, False),
        (PACE * 1.01, [KIB] * 10_000, 0.0, False),
        (10**9, [KIB * KIB] * 10, 0.0, False),
        # Slower, but done within the patience.
        (PACE / 2, [16 * KIB], 0.0, False),
        (100, [2 * KIB], 0.0, False),
        # Slower, and not.
        (PACE * 0.9, [4 * KIB * KIB], 0.0, True),
        (0.5, [KIB], 0.0, True),
        (0.5, [1] * 100, 0.0, True),
        (PACE / 2, [KIB] * 10_000, 0.0, True),
        # What was waited for comes back with time in which nothing was to be sent.
        (100, [2 * KIB] * 20, 30.0, False),
        (100, [2 * KIB] * 20, 5.0, True),
    ],
)
async def test_an_answer_is_taken_at_a_pace_or_not_at_all(
    autojump_clock, bytes_per_s, answers, rest_s, is_cut
):
    reader = Reader(bytes_per_s)
    connection = connection_to(reader, socket_send_timeout_s=PATIENCE_S, min_send_bytes_per_s=PACE)
    taken = await send(connection, *answers, rest_s=rest_s)
    assert taken is not is_cut
    assert reader.closed is is_cut
    if is_cut:
        # The kernel is not to keep for it what it did not take.
        assert reader.options[0][2] == struct.pack("ii", 1, 0)
    else:
        assert reader.taken_bytes == sum(answers)


async def test_the_longest_that_a_client_can_hold_an_answer_grows_with_it(autojump_clock):
    """A byte every other second: the whole time is bounded, and not only the next byte's."""
    for size, most_s in ((1, PATIENCE_S + 1), (64 * KIB, PATIENCE_S + 16), (KIB**3, 46.1)):
        began_at = trio.current_time()
        connection = connection_to(Reader(0.01), min_send_bytes_per_s=PACE)
        assert not await send(connection, size)
        assert trio.current_time() - began_at <= most_s


async def test_a_reader_that_dribbles_is_cut_on_a_real_socket():
    limits = replace(DEFAULT_LIMITS, socket_send_timeout_s=0.2, min_send_bytes_per_s=10**9)
    async with served(Site().app, limits=limits) as port:
        with trio.socket.socket() as dribbling:
            # Small, or the system reads ahead for it.
            dribbling.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
            await dribbling.connect(("127.0.0.1", port))
            await dribbling.send(get("/big"))
            with trio.fail_after(60), suppress(ConnectionResetError):
                while await dribbling.recv(1):
                    pass


# -------------------------------------------------------------------------------- who holds many


async def from_address(port, source, said=b""):
    stream = await trio.open_tcp_stream("127.0.0.1", port, local_address=source)
    await stream.send_all(said)
    return stream


async def asked(port, source):
    async with await from_address(port, source, get("/")) as stream:
        return await read_answer(stream)


async def test_a_network_has_so_many_connections_and_others_theirs(connect):
    limits = replace(DEFAULT_LIMITS, max_connections_per_client=3)
    async with served(Site().app, limits=limits) as port:
        for _ in range(3):
            await connect(port)
        status, headers, body = await asked(port, "127.0.0.1")
        assert (status, headers["retry-after"]) == (429, "5")
        assert b'"code":"too_many_connections"' in body
        assert "content-security-policy" in headers
        assert (await asked(port, "127.0.0.2"))[0] == 200


async def test_a_connection_that_ends_makes_room():
    limits = replace(DEFAULT_LIMITS, max_connections_per_client=1)
    async with served(Site().app, limits=limits) as port:
        for _ in range(5):
            with trio.fail_after(60):
                while (await asked(port, "127.0.0.1"))[0] != 200:
                    pass


async def test_our_own_proxies_may_have_as_many_as_they_like(connect):
    limits = replace(DEFAULT_LIMITS, max_connections_per_client=1, proxies=Proxies(["127.0.0.1"]))
    async with served(Site().app, limits=limits) as port:
        await connect(port)
        assert (await asked(port, "127.0.0.1"))[0] == 200


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_a_proxy_by_ipv6_is_an_address_and_no_network():
    limits = replace(DEFAULT_LIMITS, max_connections_per_client=1, proxies=Proxies(["::1"]))
    async with (
        served(Site().app, limits=limits, bind=["[::1]:0"]) as port,
        await trio.open_tcp_stream("::1", port) as one,
        await trio.open_tcp_stream("::1", port) as other,
    ):
        for stream in (one, other):
            await stream.send_all(get("/"))
            assert (await read_answer(stream))[0] == 200


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: 127."])
async def test_where_all_are_taken_the_longest_waiting_makes_room(connect, head):
    """Slowloris: connections that say nothing, or a little, are the first to go."""
    limits = replace(DEFAULT_LIMITS, max_connections=4)
    async with served(Site().app, limits=limits, keep_alive_timeout=NEVER_S) as port:
        held = [await connect(port, head) for _ in range(4)]
        for stream in held[:2]:
            assert (await asked(port, "127.0.0.2"))[0] == 200
            await closed(stream)
            held.append(await connect(port, head))
        with trio.move_on_after(0) as still_open:
            await held[2].receive_some(1)
        assert still_open.cancelled_caught


async def test_where_all_are_busy_the_next_is_told_so(connect):
    limits, site = replace(DEFAULT_LIMITS, max_connections=2), Site()
    async with served(site.app, limits=limits) as port:
        busy = [await connect(port, get("/gated")) for _ in range(2)]
        for _ in busy:
            await site.asked.wait()
        status, headers, body = await until_busy(port)
        assert (status, headers["retry-after"]) == (503, "2")
        assert b'"code":"overloaded"' in body
        site.gate.set()
        assert [(await read_answer(stream))[2] for stream in busy] == [b"gated"] * 2


async def until_busy(port):
    """The first answer that is a refusal: both of the busy ones have been heard by then."""
    with trio.fail_after(60):
        while True:
            answer = await asked(port, "127.0.0.2")
            if answer[0] != 200:
                return answer


@pytest.mark.parametrize(
    ("limit", "wanted", "got"),
    [(2**20, 16_384, 16_384), (1_024, 16_384, 768), (512, 16_384, 256), (144, 16_384, 72),
     (128, 16_384, 56), (80, 16_384, 8), (80, 6, 6), (72, 8, 1), (64, 8, 1), (0, 8, 1)],
)  # fmt: skip
def test_connections_leave_descriptors_for_the_store(limit, wanted, got):
    assert connections_within(limit, wanted) == got


@pytest.mark.parametrize(("room", "of_client"), [(16_384, 2_048), (768, 576), (1, 1)])
def test_no_client_gets_all_connections(room, of_client):
    limits = front.connection_limits(Config(), room)
    assert (limits.max_connections, limits.max_connections_per_client) == (room, of_client)


def test_every_limit_of_a_connection_is_the_config_s():
    config = Config(
        max_head_bytes=9_001,
        max_header_bytes=901,
        max_headers=91,
        socket_send_timeout_s=9.5,
        min_send_bytes_per_s=902,
        socket_message_rate_per_s=9.25,
        socket_message_burst=93,
        trusted_proxy=("10.0.0.0/8",),
    )
    limits = front.connection_limits(config, 7)
    for name in ("max_head_bytes", "max_header_bytes", "max_headers", "socket_send_timeout_s"):
        assert getattr(limits, name) == getattr(config, name)
    assert limits.min_send_bytes_per_s == 902
    assert (limits.socket_messages.per_s, limits.socket_messages.burst) == (9.25, 93)
    assert limits.proxies.trusts("10.9.9.9")
