"""Batches from a worker: at once when few are at work, gathered when many are, never late."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from actors.ports import ItemEnded, ItemProgress
from state.model import OutcomeStatus
from workers.outgoing import BATCH_DELAY_S, BATCH_MAX, Outgoing, enough
from workers.protocol import Closed, Events


def ended(index):
    return ItemEnded(index=index, status=OutcomeStatus.OK, attempts=1, duration_ms=1.0)


class Sent:
    def __init__(self):
        self.messages = []
        self.outgoing = Outgoing(self.messages.append)

    def sizes(self):
        return [len(m.events) for m in self.messages if isinstance(m, Events)]


@pytest.fixture
async def sent(nursery):
    sent = Sent()
    nursery.start_soon(sent.outgoing.run)
    await wait_all_tasks_blocked()
    return sent


@given(st.integers(0, 10_000))
def test_how_many_are_enough(active):
    assert 1 <= enough(active) <= BATCH_MAX
    assert enough(active) <= enough(active + 1)
    assert enough(7) == 1


async def test_a_few_never_wait_for_company(sent, autojump_clock):
    sent.outgoing.begun(4)
    sent.outgoing.ended(1, ended(0))
    await wait_all_tasks_blocked()
    assert sent.sizes() == [1]


async def test_many_are_gathered(sent, autojump_clock):
    sent.outgoing.begun(1000)
    for index in range(BATCH_MAX - 1):
        sent.outgoing.ended(1, ended(index))
    await wait_all_tasks_blocked()
    assert sent.sizes() == []
    sent.outgoing.ended(1, ended(99))
    await wait_all_tasks_blocked()
    assert sent.sizes() == [BATCH_MAX]


async def test_what_is_not_enough_goes_when_its_time_is_up(sent, autojump_clock):
    sent.outgoing.begun(1000)
    sent.outgoing.ended(1, ended(0))
    sent.outgoing.ended(2, ended(0))
    await trio.sleep(BATCH_DELAY_S * 0.9)
    assert sent.sizes() == []
    await trio.sleep(BATCH_DELAY_S * 0.2)
    assert [(m.job, len(m.events)) for m in sent.messages] == [(1, 1), (2, 1)]


async def test_frames_of_their_own_keep_the_order(sent, autojump_clock):
    sent.outgoing.begun(1000)
    sent.outgoing.ended(1, ended(0))
    sent.outgoing.closed(1, 999)
    assert sent.messages == [Events(1, [ended(0)]), Closed(1)]


async def test_only_the_newest_progress_is_told_and_none_after_the_end(sent, autojump_clock):
    sent.outgoing.begun(2)
    for step in range(100):
        sent.outgoing.progress(1, ItemProgress(0, step / 100))
        sent.outgoing.progress(1, ItemProgress(1, step / 100))
    sent.outgoing.ended(1, ended(1))
    await trio.sleep(1)
    events = [event for message in sent.messages for event in message.events]
    assert events == [ended(1), ItemProgress(0, 0.99)]
    sent.outgoing.progress(1, ItemProgress(0, 1.0))
    sent.outgoing.closed(1, 1)
    await trio.sleep(1)
    assert sent.messages[-1] == Closed(1)


async def test_that_an_item_waits_no_more_goes_at_once(sent, autojump_clock):
    """A worker that dies 250 ms after would not be blamed on it otherwise."""
    sent.outgoing.begun(2)
    waits = ItemProgress(0, 0.0, "waits for a page", waits=True)
    sent.outgoing.progress(1, waits)
    await wait_all_tasks_blocked()
    sent.outgoing.progress(1, waits)
    sent.outgoing.progress(1, ItemProgress(0, 0.0, "works"))
    await wait_all_tasks_blocked()
    events = [event for message in sent.messages for event in message.events]
    assert events == [waits, ItemProgress(0, 0.0, "works")]
    sent.outgoing.progress(1, ItemProgress(0, 0.5))
    await wait_all_tasks_blocked()
    assert len(sent.messages) == 2  # as often as ever again
    await trio.sleep(1)
    assert sent.messages[-1] == Events(1, [ItemProgress(0, 0.5)])
