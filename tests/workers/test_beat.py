"""A worker at work says something every few seconds: on the virtual clock."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from workers.frames import FrameSplitter, Outbox, decode_worker
from workers.host import beat
from workers.memory import MemoryGauge
from workers.outgoing import Outgoing
from workers.protocol import Usage


class Wire:
    """Takes what is sent, at once or only when it is let."""

    def __init__(self):
        self.open = trio.Event()
        self.open.set()
        self.sent = bytearray()

    async def send_all(self, data):
        await self.open.wait()
        self.sent += data


@pytest.fixture
async def wire():
    return Wire()


@pytest.fixture
def outgoing():
    return Outgoing(lambda message: None)


@pytest.fixture
def memory():
    with MemoryGauge() as gauge:
        yield gauge


@pytest.fixture
def begin(wire, outgoing, nursery, memory):
    async def begun():
        outbox = Outbox()
        nursery.start_soon(outbox.run, wire)
        nursery.start_soon(beat, outbox, outgoing, 2.0, memory)
        await trio.sleep(1)

    return begun


def beats(wire):
    messages = [decode_worker(frame) for frame in FrameSplitter().feed(wire.sent)]
    assert all(isinstance(message, Usage) and message.memory_bytes > 0 for message in messages)
    return len(messages)


async def test_while_items_are_at_work(wire, outgoing, begin, autojump_clock):
    await begin()
    await trio.sleep(20)
    assert beats(wire) == 0
    outgoing.begun(1)
    await trio.sleep(20)
    assert beats(wire) == 10


async def test_a_parent_that_does_not_read_is_told_once(wire, outgoing, begin, autojump_clock):
    wire.open = trio.Event()
    outgoing.begun(1)
    await begin()
    await trio.sleep(3600)
    wire.open.set()
    await trio.testing.wait_all_tasks_blocked()
    assert beats(wire) == 1
