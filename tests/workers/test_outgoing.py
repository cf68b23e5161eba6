"""Batches from a worker: at once when few are at work, gathered when many are, never late."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from actors.ports import ArtifactChunk, ItemAsks, ItemEnded, ItemProgress, WorkerLog
from state.model import OutcomeStatus
from state.spending import NO_SPEND
from workers.outgoing import (
    BATCH_DELAY_S,
    BATCH_MAX,
    QUIET_DELAY_S,
    SMALL_BYTES,
    SMALL_MAX_BYTES,
    Outgoing,
    enough,
)
from workers.protocol import ArtifactPart, Ask, Closed, Events

LINE = WorkerLog("info", "it has begun", 0)


def ended(index):
    return ItemEnded(index=index, status=OutcomeStatus.OK, attempts=1, duration_ms=1.0)


def part(index, size=1, *, last=True):
    chunk = ArtifactChunk(index=index, name=f"{index}.txt", data=bytes(size), last=last)
    return ArtifactPart(1, chunk)


class Sent:
    def __init__(self):
        self.messages = []
        self.outgoing = Outgoing(self.messages.append)

    async def one_went(self):
        """An ending has just gone: the next ones are gathered."""
        self.outgoing.begun(1)
        self.outgoing.ended(1, ended(5_000))
        await wait_all_tasks_blocked()
        self.messages.clear()

    async def a_rush(self):
        """From here on a message costs more than waiting."""
        await self.one_went()
        self.outgoing.begun(1000)
        for batch in range(2):
            for index in range(BATCH_MAX):
                self.outgoing.ended(1, ended(BATCH_MAX * batch + index))
            await wait_all_tasks_blocked()
            assert self.sizes() == [BATCH_MAX] * (batch + 1)
            # One that comes twice in a moment is no rush; what lasts is.
            await trio.sleep(BATCH_DELAY_S * (1 - batch))

    async def a_few_wait(self, delay_s):
        """Two jobs have an ending each, which go after that time and not before."""
        self.messages.clear()
        for job in (1, 2):
            self.outgoing.ended(job, ended(0))
        await trio.sleep(delay_s * 0.9)
        assert self.sizes() == []
        await trio.sleep(delay_s * 0.2)
        assert [(m.job, len(m.events)) for m in self.messages] == [(1, 1), (2, 1)]

    async def lines_wait(self, delay_s):
        """Nothing but a line waits, which goes after that time and not before."""
        self.messages.clear()
        self.outgoing.tell(1, LINE)
        await trio.sleep(delay_s * 0.9)
        assert self.messages == []
        await trio.sleep(delay_s * 0.2)
        assert self.messages == [Events(1, [LINE])]

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


async def test_the_first_after_a_pause_goes_at_once(sent, autojump_clock):
    """Its slot is idle until the desk hears of it."""
    sent.outgoing.begun(1000)
    for index in range(2):
        sent.outgoing.ended(1, ended(index))
        await wait_all_tasks_blocked()
        sent.outgoing.ended(1, ended(index + 10))
        await wait_all_tasks_blocked()
        assert sent.sizes() == [1]
        await trio.sleep(BATCH_DELAY_S * 2)
        sent.messages.clear()


async def test_many_are_gathered(sent, autojump_clock):
    await sent.one_went()
    sent.outgoing.begun(1000)
    for index in range(BATCH_MAX - 1):
        sent.outgoing.ended(1, ended(index))
    await wait_all_tasks_blocked()
    assert sent.sizes() == []
    sent.outgoing.ended(1, ended(99))
    await wait_all_tasks_blocked()
    assert sent.sizes() == [BATCH_MAX]


async def test_what_is_not_enough_goes_when_its_time_is_up(sent, autojump_clock):
    await sent.one_went()
    sent.outgoing.begun(1000)
    await sent.a_few_wait(QUIET_DELAY_S)


async def test_in_a_rush_a_few_wait_longer_and_after_it_no_more(sent, autojump_clock):
    await sent.a_rush()
    await sent.a_few_wait(BATCH_DELAY_S)
    await sent.one_went()
    await sent.a_few_wait(QUIET_DELAY_S)


async def test_in_a_rush_lines_of_logs_wait_no_longer_than_ever(sent, autojump_clock):
    await sent.a_rush()
    await sent.lines_wait(BATCH_DELAY_S)


async def test_two_that_go_in_a_moment_are_no_rush(sent, autojump_clock):
    await trio.sleep(1)
    await sent.one_went()
    sent.outgoing.begun(1)
    sent.outgoing.ended(1, ended(1))
    await wait_all_tasks_blocked()
    sent.outgoing.begun(1000)
    await sent.a_few_wait(QUIET_DELAY_S)


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


async def test_a_small_file_goes_with_the_ending_that_follows_it(sent, autojump_clock):
    await sent.one_went()
    sent.outgoing.begun(9)
    small = [part(0, SMALL_BYTES), part(1)]
    for each in small:
        sent.outgoing.part(each)
        await wait_all_tasks_blocked()
        assert sent.messages == []
        sent.outgoing.ended(1, ended(each.chunk.index))
    await wait_all_tasks_blocked()
    assert sent.messages == [*small, Events(1, [ended(0), ended(1)])]


async def test_a_small_file_waits_no_longer_than_an_ending_would(sent, autojump_clock):
    sent.outgoing.begun(1)
    sent.outgoing.part(part(0))
    await trio.sleep(QUIET_DELAY_S * 0.9)
    assert sent.messages == []
    await trio.sleep(QUIET_DELAY_S * 0.2)
    assert sent.messages == [part(0)]


@pytest.mark.parametrize("large", [part(1, SMALL_BYTES + 1), part(1, last=False)])
async def test_a_larger_file_goes_at_once_behind_those_that_wait(large, sent, autojump_clock):
    sent.outgoing.part(part(0))
    sent.outgoing.part(large)
    assert sent.messages == [part(0), large]


async def test_small_files_that_wait_are_few(sent, autojump_clock):
    fit = SMALL_MAX_BYTES // SMALL_BYTES
    for index in range(fit):
        sent.outgoing.part(part(index, SMALL_BYTES))
    assert sent.messages == []
    sent.outgoing.part(part(fit))
    assert sent.messages == [part(index, SMALL_BYTES) for index in range(fit)]


async def test_what_waits_for_an_answer_and_a_close_wait_for_no_file(sent, autojump_clock):
    ask = Ask(1, ItemAsks(index=0, number=1, so_far=NO_SPEND))
    sent.outgoing.begun(1)
    sent.outgoing.part(part(0))
    sent.outgoing.ask(ask)
    sent.outgoing.part(part(0))
    sent.outgoing.closed(1, 1)
    assert sent.messages == [part(0), ask, part(0), Closed(1)]


async def test_what_somebody_waits_for_goes_together_with_its_files():
    sent, together = [], []
    outgoing = Outgoing(sent.append, send_now=together.append)
    outgoing.part(part(0))
    ask = Ask(1, ItemAsks(index=0, number=1, so_far=NO_SPEND))
    outgoing.ask(ask)
    assert together == [[part(0), ask]]
    outgoing.flush()
    assert sent == []


async def test_lines_of_logs_wait_for_company_but_not_for_long(sent, autojump_clock):
    await sent.one_went()
    await sent.lines_wait(BATCH_DELAY_S)
    sent.messages.clear()
    sent.outgoing.tell(1, LINE)
    sent.outgoing.ended(1, ended(0))
    await trio.sleep(QUIET_DELAY_S * 1.1)
    assert sent.messages == [Events(1, [LINE, ended(0)])]


async def test_what_has_gathered_goes_along_with_a_question(sent, autojump_clock):
    await sent.one_went()
    ask = Ask(1, ItemAsks(index=0, number=1, so_far=NO_SPEND))
    sent.outgoing.tell(1, LINE)
    sent.outgoing.part(part(0))
    await wait_all_tasks_blocked()
    sent.outgoing.ask(ask)
    assert sent.messages == [part(0), Events(1, [LINE]), ask]


async def test_an_ending_behind_a_question_waits_no_longer_for_it(sent, autojump_clock):
    """Whatever was waited for when the question took along what had gathered."""
    ask = Ask(1, ItemAsks(index=0, number=1, so_far=NO_SPEND))
    for first in (LINE, ended(1)):
        await sent.one_went()
        sent.outgoing.begun(4 * BATCH_MAX)
        sent.outgoing.tell(1, first)
        await wait_all_tasks_blocked()
        sent.outgoing.ask(ask)
        sent.messages.clear()
        sent.outgoing.tell(1, ended(2))
        await trio.sleep(QUIET_DELAY_S * 1.1)
        assert sent.messages == [Events(1, [ended(2)])]
        await trio.sleep(1)


async def test_enough_behind_a_question_wait_for_nothing(sent, autojump_clock):
    ask = Ask(1, ItemAsks(index=0, number=1, so_far=NO_SPEND))
    await sent.one_went()
    sent.outgoing.begun(1000)
    sent.outgoing.ended(1, ended(0))
    await wait_all_tasks_blocked()
    sent.outgoing.ask(ask)
    sent.messages.clear()
    for index in range(BATCH_MAX):
        sent.outgoing.ended(1, ended(index))
    await wait_all_tasks_blocked()
    assert sent.sizes() == [BATCH_MAX]
