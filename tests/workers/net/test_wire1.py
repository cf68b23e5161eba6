"""A bare socket under HTTP/1: what the kernel takes and gives without a turn, and how it fails."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
import trio
import trio.testing

from actors.ports import HttpConnectError, HttpTimeout
from workers.net.dial import Wire
from workers.net.wire1 import Http1Connection

REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
# More than the buffers of two sockets take.
MUCH = REQUEST + bytes(16 * 1024 * 1024)


def connection(sock):
    return Http1Connection(Wire(trio.SocketStream(sock), sock, None), "a")


@pytest.fixture
async def both():
    """A connection, and the other end of its socket."""
    listener = trio.socket.socket()
    await listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    ours = trio.socket.socket()
    await ours.connect(listener.getsockname())
    theirs, _ = await listener.accept()
    listener.close()
    with ours, theirs:
        yield connection(ours), trio.SocketStream(theirs)


async def test_an_error_of_the_network_is_an_error_of_the_connection():
    """Such as a host that is gone (ETIMEDOUT, EHOSTUNREACH), which Python calls no ConnectionError.
    A socket that is not connected fails in the same way."""
    with trio.socket.socket() as sock, pytest.raises(HttpConnectError, match="broke the conn"):
        await connection(sock).exchange(REQUEST, None, 5.0)


async def test_what_the_kernel_does_not_take_at_once_goes_behind_it(both, nursery):
    ours, theirs = both
    took = bytearray()

    async def answers():
        while len(took) < len(MUCH):
            took.extend(await theirs.receive_some(1024 * 1024))
        await theirs.send_all(ANSWER)

    nursery.start_soon(answers)
    assert (await ours.exchange(MUCH, None, 30.0)).status_code == 200
    assert bytes(took) == MUCH
    assert await ours.read() == b"ok"


async def test_nobody_takes_the_rest_of_it(both, autojump_clock):
    ours, _ = both
    with pytest.raises(HttpTimeout, match="took no data for 30 s"):
        await ours.exchange(MUCH, None, 30.0)


async def test_it_takes_all_and_says_nothing(both, autojump_clock):
    ours, theirs = both
    with pytest.raises(HttpTimeout, match="sent nothing for 30 s"):
        await ours.exchange(REQUEST, None, 30.0)
    assert await theirs.receive_some() == REQUEST


async def test_an_answer_before_the_whole_request_was_taken_is_read(both, nursery):
    """413 to a large body, and the connection is closed with the rest of it unread."""
    ours, theirs = both

    async def refuses():
        await theirs.receive_some(1024)
        await theirs.send_all(ANSWER.replace(b"200 OK", b"413 Too Large"))
        await theirs.aclose()

    nursery.start_soon(refuses)
    assert (await ours.exchange(MUCH, None, 30.0)).status_code == 413


async def test_who_is_cancelled_while_it_waits_leaves_at_once(both, nursery):
    ours, _ = both
    with trio.CancelScope() as scope:
        nursery.start_soon(_cancel_soon, scope)
        await ours.exchange(REQUEST, None, 30.0)
    assert scope.cancelled_caught
    assert not ours.is_reusable


async def _cancel_soon(scope):
    await trio.testing.wait_all_tasks_blocked()
    scope.cancel()


class Thief(trio.abc.Instrument):
    """Takes the first bytes that come to a socket, when its reader has been told of them."""

    def __init__(self, sock):
        self._sock = sock
        self.took = b""

    def after_io_wait(self, timeout):
        if not self.took:
            with suppress(BlockingIOError):
                self.took = os.read(self._sock.fileno(), 64)


async def test_that_there_is_something_to_read_may_be_wrong(both, nursery):
    """The kernel says so, for what it drops then for its checksum."""
    ours, theirs = both

    async def answers():
        await theirs.receive_some()
        await theirs.send_all(b"dropped")
        while not thief.took:
            await trio.testing.wait_all_tasks_blocked()
        await theirs.send_all(ANSWER)

    thief = Thief(ours._socket)
    trio.lowlevel.add_instrument(thief)
    nursery.start_soon(answers)
    assert (await ours.exchange(REQUEST, None, 30.0)).status_code == 200
    trio.lowlevel.remove_instrument(thief)
    assert thief.took == b"dropped"


async def test_a_reset_before_any_answer(target, http, ask):
    async def handle(talk):
        talk.reset()

    target.handlers["/"] = handle
    with pytest.raises(HttpConnectError, match="broke the connection"):
        await ask(http, target.url())
