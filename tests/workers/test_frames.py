"""Frames: whole whatever the cuts, refused when too long or not understood; a bounded outbox."""

from __future__ import annotations

import random
import socket
import struct

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from trio.testing import memory_stream_pair, wait_all_tasks_blocked

from actors.ports import (
    ArtifactChunk,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsLost,
    LeasedItem,
    WorkerLog,
)
from state.model import OutcomeStatus
from workers.frames import (
    MAX_FRAME_BYTES,
    Frame,
    FrameSplitter,
    Inbox,
    Outbox,
    decode_parent,
    decode_worker,
    encode,
)
from workers.jail.settings import JailReport
from workers.protocol import (
    VERSION,
    ArtifactPart,
    Close,
    Closed,
    Credit,
    Drain,
    Events,
    Hello,
    InputPart,
    KnownPace,
    Lease,
    Open,
    Picture,
    ProtocolError,
    Settings,
    Unfit,
    Usage,
    Watch,
    check_version,
)

FROM_PARENT = [
    Settings(version=1, host_backoff_max_s=300.0, beat_s=2.0, tools={"http": {"allow": ["a:1"]}}),
    Open(job=1, runner="a.b:C", retries=3, spec={"timeout_s": 30}),
    Lease(1, (LeasedItem(0, 0, "h", Raw(b'"https://x"')), LeasedItem(1, 2, "", Raw(b"{}")))),
    InputPart(1, 0, b"PK\x00\xff" * 9, last=False),
    InputPart(1, 0, b"", last=True),
    Credit(1, 5),
    KnownPace("http://b:80", 0.5, 0.0),
    Watch(1),
    Close(1),
    Drain(),
]
FROM_WORKER = [
    Hello(1, 17),
    Hello(2, 17, JailReport(("limits",), {"files": "no"})),
    Unfit("no jail"),
    Picture(1, 7, b"\xff\xd8\xff" * 9),
    KnownPace("http://a:80", 0.1, 2.5),
    Events(
        1,
        [
            ItemEnded(index=0, status=OutcomeStatus.OK, attempts=1, duration_ms=1.5),
            ItemDeferred(index=1, attempts=1, delay_s=0.5, error="é"),
            ItemsLost((2, 3), "the browser died"),
            ItemProgress(4, 0.5, "opening", done=1, total=2),
            WorkerLog("info", "x"),
        ],
    ),
    ArtifactPart(1, ArtifactChunk(index=0, name="ü.bin", data=b"\x00\xff" * 9, last=False)),
    ArtifactPart(1, ArtifactChunk(index=0, name="e", data=b"", last=True)),
    Closed(1),
    Usage(1000),
]


def cut(data, sizes):
    splitter, frames, start = FrameSplitter(), [], 0
    for size in [*sizes, len(data)]:
        frames += splitter.feed(data[start : start + size])
        start += size
    return frames


@given(st.lists(st.integers(0, 40), max_size=60))
def test_messages_survive_any_cuts(sizes):
    sent = b"".join(encode(message) for message in FROM_PARENT)
    assert [decode_parent(frame) for frame in cut(sent, sizes)] == FROM_PARENT
    told = b"".join(encode(message) for message in FROM_WORKER)
    assert [decode_worker(frame) for frame in cut(told, sizes)] == FROM_WORKER


@given(st.binary(max_size=200))
def test_garbage_is_a_protocol_error_and_nothing_else(data):
    try:
        for frame in FrameSplitter().feed(data):
            decode_worker(frame)
    except ProtocolError:
        pass


@given(st.binary(max_size=60), st.sampled_from([0, 1, 2, 3, 255]))
def test_a_frame_of_garbage_is_a_protocol_error(body, kind):
    with pytest.raises(ProtocolError):
        decode_worker(Frame(kind, b"\x7f\xff" + body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"hello\xff"}',
        b'{"type":"events","job":1,"events":[{"type":"log","level":"\xff","message":""}]}',
        b'{"type":"events","job":1,"events":' + b"[" * 100_000,
        b'{"type":"closed","job":1.5}',
        b"",
    ],
)
def test_json_that_cannot_be_read_is_a_protocol_error(body):
    with pytest.raises(ProtocolError, match="cannot be read"):
        decode_worker(Frame(1, body))


def test_too_long_a_frame_is_refused_before_it_is_read():
    with pytest.raises(ProtocolError, match="bytes is over"):
        FrameSplitter().feed(struct.pack(">IB", MAX_FRAME_BYTES + 1, 1))


def test_too_long_a_message_is_not_sent():
    with pytest.raises(ProtocolError, match="bytes is over"):
        encode(Open(job=1, runner="x", retries=0, spec={"x": "y" * MAX_FRAME_BYTES}))


def test_a_message_of_the_other_direction_is_refused():
    with pytest.raises(ProtocolError):
        decode_parent(Frame(1, msgspec.json.encode(Closed(1))))
    with pytest.raises(ProtocolError, match="kind 2"):
        decode_parent(Frame(2, b""))


def test_another_version_is_named():
    check_version(VERSION)
    with pytest.raises(ProtocolError, match=f"version 99 .* version {VERSION}"):
        check_version(99)


async def test_the_outbox_holds_back_who_waits_for_room(autojump_clock):
    outbox = Outbox(max_bytes=10)
    await outbox.wait_room()
    outbox.put(b"x" * 10)
    with trio.move_on_after(1) as waited:
        await outbox.wait_room()
    assert waited.cancelled_caught
    ours, theirs = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outbox.run, ours)
        await outbox.wait_room()
        assert await theirs.receive_some() == b"x" * 10
        nursery.cancel_scope.cancel()


async def test_a_closed_outbox_holds_nobody_and_nothing(autojump_clock):
    outbox = Outbox(max_bytes=1)
    outbox.put(b"xx")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outbox.wait_room)
        await wait_all_tasks_blocked()
        outbox.close()
    outbox.put(b"x" * 100)
    await outbox.wait_room()


def inbox_and_peer():
    ours, theirs = map(trio.socket.from_stdlib_socket, socket.socketpair())
    return Inbox(trio.SocketStream(ours)), trio.SocketStream(theirs), ours


async def test_the_inbox_ends_with_its_peer():
    inbox, theirs, ours = inbox_and_peer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.send_all, encode(Closed(1))[:3])
        nursery.start_soon(heard, inbox, [Closed(1)])
        await wait_all_tasks_blocked()
        await theirs.send_all(encode(Closed(1))[3:])
    await theirs.aclose()
    assert await inbox.receive() == []
    ours.close()


async def test_what_the_peer_did_not_read_of_ours_is_no_other_end():
    inbox, theirs, ours = inbox_and_peer()
    await ours.send(b"unread")
    await theirs.send_all(encode(Closed(1)))
    await theirs.aclose()
    await heard(inbox, [Closed(1)])
    assert await inbox.receive() == []
    ours.close()


async def heard(inbox, messages):
    assert [decode_worker(frame) for frame in await inbox.receive()] == messages


@pytest.fixture
def plugged():
    """An outbox, the stream that it is to be run on, and the other end."""
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setblocking(False)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    yield Outbox(), stream, theirs
    ours.close()
    theirs.close()


async def test_what_is_put_now_is_sent_without_the_turn_of_the_task(plugged, nursery):
    outbox, stream, theirs = plugged
    nursery.start_soon(outbox.run, stream)
    await wait_all_tasks_blocked()
    outbox.put_now(b"one")
    assert theirs.recv(100) == b"one"
    assert outbox.is_empty


async def test_before_the_task_nothing_is_sent(plugged):
    outbox, _, theirs = plugged
    outbox.put_now(b"one")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    assert not outbox.is_empty


@pytest.mark.parametrize("closed", [False, True])
async def test_after_the_task_nothing_is_sent(closed, plugged, nursery):
    """The descriptor is somebody else's by then."""
    outbox, stream, theirs = plugged
    with trio.CancelScope() as scope:
        nursery.start_soon(_cancel_when_blocked, scope)
        await outbox.run(stream)
    if closed:
        outbox.close()
    outbox.put_now(b"one")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    assert outbox.is_empty is closed, "what nobody will send is not kept"


async def test_what_is_closed_sends_nothing_while_the_task_is_there_still(plugged, nursery):
    outbox, stream, theirs = plugged
    nursery.start_soon(outbox.run, stream)
    await wait_all_tasks_blocked()
    outbox.close()
    outbox.put_now(b"one")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)


async def _cancel_when_blocked(scope):
    await wait_all_tasks_blocked()
    scope.cancel()


async def test_it_overtakes_nothing(plugged, nursery):
    outbox, stream, theirs = plugged
    outbox.put(b"one")
    outbox.put_now(b"two")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    nursery.start_soon(outbox.run, stream)
    await wait_all_tasks_blocked()
    assert theirs.recv(100) == b"onetwo"
    outbox.put_now(b"three")
    assert theirs.recv(100) == b"three"
    outbox.put(b"four")
    outbox.put_now(b"five")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    await wait_all_tasks_blocked()
    assert theirs.recv(100) == b"fourfive"


async def test_what_the_socket_does_not_take_is_sent_by_the_task(plugged, nursery):
    outbox, stream, theirs = plugged
    large = random.Random(1).randbytes(4_000_000)
    nursery.start_soon(outbox.run, stream)
    await wait_all_tasks_blocked()
    outbox.put_now(large)
    outbox.put_now(b"behind it")
    assert not outbox.is_empty
    other, came = trio.SocketStream(trio.socket.from_stdlib_socket(theirs)), bytearray()
    while len(came) < len(large) + len(b"behind it"):
        came += await other.receive_some(1_000_000)
    assert bytes(came) == large + b"behind it"


async def test_that_the_peer_is_gone_is_for_the_task_to_meet(plugged):
    outbox, stream, theirs = plugged
    with pytest.raises(ExceptionGroup) as failure:  # noqa: PT012 - the task is what fails
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outbox.run, stream)
            await wait_all_tasks_blocked()
            theirs.close()
            outbox.put_now(b"one")
    assert failure.group_contains(trio.BrokenResourceError)
