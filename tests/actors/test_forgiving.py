"""Progress forgives: what has paid for something since its worker died is no suspect any more, for
as long as its worker does not die for ever."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from actors.messages import ResumeJob
from actors.rules.queue import MAX_DEATHS, MAX_SUSPECTS, WATCHED_DEATHS, ItemQueue, Lost
from actors.runner.book import Book
from actors.runner.replay import read_standing
from actors.runner.spends import Spends
from state.errors import StorageFull
from state.memory import MemoryStore
from state.model import Counts, InputItem, OutcomeRecord, OutcomeStatus
from state.spending import NO_SPEND
from tests.actors.test_spending import calling, cents, killed, until_spent
from tests.support.servers import ALICE, ENDED, OK, Server, create, until
from workers.inline import KILLED

LONG = 1_000
LOST = OutcomeStatus.LOST


def queue_of(count, strikes=None, deaths=None):
    return ItemQueue(bytearray(b"\x01" * count), strikes or {}, deaths=deaths)


def drain(queue):
    taken = queue.take(1_000_000, 0.0)
    assert all(queue.admit(index, "", 0.0) for index in taken)
    return taken


# ------------------------------------------------------------------------------- the queue


def test_what_is_forgiven_is_no_suspect_and_may_die_once_more():
    queue = queue_of(1)
    for deaths in range(1, 5):
        assert drain(queue) == [0]
        queue.forgive(0)
        assert queue.lose([0]) == Lost([0], {}, {})
        assert (queue.strikes(0), queue.attempts(0)) == (1, deaths)
    assert drain(queue) == [0]
    assert queue.lose([0]) == Lost([], {0: 5}, {})


def test_it_may_die_so_often_and_then_it_is_over_all_the_same():
    queue = queue_of(1)
    for _ in range(MAX_DEATHS - 1):
        drain(queue)
        queue.forgive(0)
        assert queue.lose([0]).again == [0]
    drain(queue)
    queue.forgive(0)
    assert queue.lose([0]) == Lost([], {}, {0: MAX_DEATHS})
    assert queue.left == 0


def test_who_is_forgiven_makes_room_for_the_next_suspect():
    queue = queue_of(20)
    drain(queue)
    queue.lose(range(20))
    first = drain(queue)
    assert len(first) == MAX_SUSPECTS
    for index in first[:3]:
        queue.forgive(index)
    assert queue.available(0.0) == 3
    assert drain(queue) == [8, 9, 10]
    # One that nothing was held against makes none.
    queue.forgive(first[0])
    assert drain(queue) == []


def test_after_a_start_the_forgiven_are_no_suspects_and_those_that_die_often_are():
    deaths = {**dict.fromkeys(range(10), 1), **dict.fromkeys(range(10, 20), WATCHED_DEATHS)}
    queue = queue_of(22, {9: 1}, deaths)
    taken = drain(queue)
    assert len(taken) == len(set(taken))
    watched = [index for index in taken if index == 9 or 10 <= index < 20]
    assert len(watched) == MAX_SUSPECTS
    assert set(taken) - set(watched) == {*range(9), 20, 21}
    assert (queue.strikes(0), queue.attempts(0), queue.attempts(10)) == (0, 1, WATCHED_DEATHS)
    queue.forgive(10)
    assert drain(queue) == []
    queue.end(10)
    assert len(drain(queue)) == 1


@pytest.mark.parametrize("guilty", [0, 7, 49])
def test_one_that_kills_after_each_progress_takes_few_along(guilty):
    """All go on for a while and are forgiven; then the worker dies of the one, or they end."""
    queue = queue_of(50)
    over = set()
    while queue.left:
        out = []
        while taken := drain(queue):
            out += taken
            for index in taken:
                queue.forgive(index)
        if guilty in out:
            lost = queue.lose(out)
            assert lost.twice == {}
            over |= set(lost.often)
        else:
            assert all(queue.end(index) for index in out)
    assert guilty in over
    assert len(over) <= MAX_SUSPECTS


# -------------------------------------------------------------------------------- a runner


async def outcomes(server):
    page = await server.store.read_outcomes(ALICE, "job")
    return [record for record, _ in page.records]


async def test_tasks_that_pay_between_two_deaths_of_their_worker_go_on(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(4, s=10.0)] * 5, concurrency=5))
        for deaths in range(1, 4):
            # Each has ended one call since, and is in the middle of the next.
            await until_spent(desk, cents(5 * deaths))
            await trio.sleep(1)
            server.workers.kill()
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(5, ok=5, spend=cents(5 * 7))


async def test_one_that_pays_and_then_kills_its_worker_ends_and_says_why(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(1, then="die", until=99), OK], concurrency=1))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(2, ok=1, failed=1, spend=cents(MAX_DEATHS))
        record, _ = await outcomes(server)
        assert (record.status, record.attempts) == (OutcomeStatus.POISONED, MAX_DEATHS)
        said = f"the worker, or its browser, died {MAX_DEATHS} times with this item ({KILLED})"
        assert record.error == said


async def test_suspects_wait_for_no_end_of_those_that_are_forgiven(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(LONG, s=10.0)] * 20, concurrency=20))
        await trio.sleep(1)
        server.workers.kill()
        await trio.sleep(5)
        assert desk.published.jobs["job"].live.in_flight == MAX_SUSPECTS
        # Eight have paid by then, and eight more, and the rest is at it.
        await trio.sleep(20)
        assert desk.published.jobs["job"].live.in_flight == 20


# ---------------------------------------------------------------------------- over a start


async def test_a_death_after_the_last_call_is_held_against_it_over_a_start(autojump_clock):
    server, after = Server(outcome_buffer_s=5.0), Server(boot="paused")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(LONG, s=10.0)]))
        # The call and the death are told before anything of them is written.
        await trio.sleep(10.5)
        server.workers.kill()
        await trio.sleep(8)
        killed(server, after)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].job.counts.spend == cents(1)
        await desk.ask(ResumeJob("job"))
        await trio.sleep(1)
        after.workers.kill()
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(1, failed=1, spend=cents(1))


async def test_forgiven_deaths_are_counted_over_a_start(autojump_clock):
    server, after = Server(), Server(boot="paused")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(LONG, s=10.0)]))
        for deaths in range(1, 6):
            # One call since, and in the middle of the next.
            await until_spent(desk, cents(deaths))
            await trio.sleep(1)
            server.workers.kill()
        await trio.sleep(1)
        killed(server, after)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        await desk.ask(ResumeJob("job"))
        for deaths in range(6, MAX_DEATHS + 1):
            await until_spent(desk, cents(deaths))
            await trio.sleep(1)
            after.workers.kill()
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(1, failed=1, spend=cents(MAX_DEATHS))
        (record,) = await outcomes(after)
        assert record.attempts == MAX_DEATHS


async def test_what_was_forgiven_is_forgiven_after_a_kill_of_the_server(autojump_clock):
    server, after = Server(), Server(boot="paused")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(LONG, s=10.0)] * 2))
        await trio.sleep(1)
        server.workers.kill()
        await until_spent(desk, cents(2))
        await trio.sleep(1)
        killed(server, after)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        await desk.ask(ResumeJob("job"))
        await trio.sleep(1)
        # Its second death, and none of them was without a call before.
        after.workers.kill()
        await until_spent(desk, cents(4))
        assert desk.published.jobs["job"].counts.failed == 0


class NothingMade:
    """Neither files nor items come of these."""

    waiting = False
    total = 3

    async def sync(self):
        pass


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(0, 2)),
        st.tuples(st.just("die"), st.sets(st.integers(0, 2), min_size=1)),
        st.tuples(st.just("write"), st.booleans()),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_who_reads_the_file_comes_to_the_strikes_that_the_queue_has(steps):
    trio.run(written_and_read, steps)


async def written_and_read(steps):
    """As a runner does it, on a disk that is full now and then."""
    store = MemoryStore(now=lambda: 0.0)
    await store.write_inputs(ALICE, "job", [InputItem(Raw(b"{}"))] * 3)
    log = await store.open_outcomes(ALICE, "job")
    queue = queue_of(3)
    spends = Spends({}, NO_SPEND, lambda more: None, 1)
    book = Book(log, Counts(3), NothingMade(), NothingMade(), {}, spends)
    paid = dict.fromkeys(range(3), 0)
    for what, which in [*steps, ("write", True)]:
        drain(queue)
        if what == "write":
            await write(store, book, full=not which)
        elif what == "die":
            lost = queue.lose(sorted(which))
            ended = [*lost.twice, *lost.often]
            for status, indexes in ((LOST, lost.again), (OutcomeStatus.POISONED, ended)):
                for index in indexes:
                    book.add(OutcomeRecord(index=index, run=1, status=status, at=0.0))
        elif queue.is_in_flight(which):
            paid[which] += 1
            assert spends.say(which, cents(paid[which]), 0.0)
            queue.forgive(which)
    await log.aclose()
    replay = (await store.open_outcomes(ALICE, "job")).replay
    standing = await read_standing(replay, 3, 1)
    assert standing.strikes == {i: n for i in range(3) if (n := queue.strikes(i))}
    assert standing.deaths == {i: n for i in range(3) if (n := queue.attempts(i))}


async def write(store, book, *, full):
    if full and book.waiting:
        store.faults.fail("append", StorageFull("full"))
        with pytest.raises(StorageFull):
            await book.write()
    else:
        await book.write()
