"""The small parts that desks are made of, one by one."""

import pytest
import trio

from actors.alarms import Alarms
from actors.errors import DeskUnavailable, MailboxFull
from actors.feed import Feed
from actors.house import HEADROOM, TRANSITIONS_KEPT, ActorSettings
from actors.messages import (
    JobProgressed,
    JobStalled,
    LiveProgress,
    PauseJob,
    Reply,
    StartJob,
    Transition,
)
from actors.restarts import RestartBudget
from actors.runner.pulse import Pulse
from actors.runner.replay import read_standing
from actors.session.display import Display
from actors.session.mailbox import Mailbox
from actors.session.receipt import OnDisk
from state.ledgers import Ledger
from state.model import Counts, DeskState, JobStatus, OutcomeStatus, Restored
from state.views import Replay, Usage
from tests.support.servers import ALICE, ENDED, EPOCH, OK, Server, create, nap, settled, until
from tests.support.states import a_desk, a_job

EMPTY = DeskState(created_at=0.0)
LIMITS = ActorSettings().limits


async def test_alarms_ring_in_order_and_a_new_one_replaces_the_old(autojump_clock):
    alarms, rung = Alarms(), []

    def ring(name):
        return lambda: rung.append((name, trio.current_time()))

    async with trio.open_nursery() as tasks:
        tasks.start_soon(alarms.run)
        await settled()
        alarms.set("late", 10, ring("late"))
        alarms.set("early", 5, ring("early"))
        alarms.set("moved", 6, ring("wrong"))
        alarms.set("moved", 7, ring("moved"))
        alarms.set("dropped", 8, ring("dropped"))
        alarms.cancel("dropped")
        await trio.sleep(20)
        tasks.cancel_scope.cancel()
    assert rung == [("early", 5), ("moved", 7), ("late", 10)]


def test_alarms_that_are_moved_for_ever_take_no_more_room():
    alarms = Alarms()
    for number in range(10_000):
        alarms.set("one", 1_000 + number, lambda: None)
    assert len(alarms._heap) < 200


def test_restarts_are_few_in_a_window_and_slower_each_time():
    budget = RestartBudget(limit=3, window_s=60)
    pauses = [budget.spend(now) for now in (0, 1, 2)]
    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert budget.spend(59) is None
    assert budget.spend(61) is not None


def test_the_pulse_is_of_the_last_seconds():
    pulse = Pulse(0.0, 0, 250)
    for second in range(1, 21):
        pulse.beat(float(second), 10 * second, 250)
    assert pulse.rate_per_s == pytest.approx(10)
    assert pulse.eta_s == pytest.approx(5)
    for second in range(21, 30):
        pulse.beat(float(second), 200, 250)
    assert (pulse.rate_per_s, pulse.eta_s) == (0, None)


def test_the_end_of_a_job_that_grows_is_told_by_how_fast_less_is_left():
    pulse = Pulse(0.0, 0, 10)
    for second in range(1, 11):
        pulse.beat(float(second), 2 * second, 10 + 3 * second)
    assert (pulse.rate_per_s, pulse.eta_s) == (pytest.approx(2), None)
    for second in range(11, 21):
        pulse.beat(float(second), 2 * second, 30 + second)
    assert pulse.eta_s == pytest.approx(10)
    for second in range(21, 31):
        pulse.beat(float(second), 2 * second, 70)
    assert pulse.eta_s == pytest.approx(5)


async def test_newer_progress_replaces_older_and_keeps_what_was_synced():
    mailbox = Mailbox(1)
    live = [LiveProgress(counts=Counts(9, ok=n)) for n in range(3)]
    mailbox.report(JobProgressed("j", 1, live[0], Counts(9)))
    mailbox.report(JobStalled("j", 1, "EIO"))
    mailbox.report(JobProgressed("j", 1, live[1]))
    batch = mailbox.take()
    assert batch.progress == [JobProgressed("j", 1, live[1], Counts(9))]
    assert len(batch.facts) == 1
    assert mailbox.empty


async def test_a_mailbox_counts_what_is_unanswered_and_abandons_nobody():
    mailbox = Mailbox(2)
    letters = [mailbox.offer(StartJob("a")), mailbox.offer(PauseJob("b"))]
    mailbox.take()
    with pytest.raises(MailboxFull):
        mailbox.offer(StartJob("c"))
    mailbox.answer(letters[0], Reply(7))
    assert (await letters[0].answer()).revision == 7
    mailbox.offer(StartJob("c"))
    mailbox.abandon(DeskUnavailable("gone"))
    with pytest.raises(DeskUnavailable, match="gone"):
        await letters[1].answer()
    with pytest.raises(DeskUnavailable):
        mailbox.offer(StartJob("d"))


def test_a_snapshot_says_since_when_its_changes_are_complete():
    feed = Feed()
    display = Display(feed, 100, LIMITS)
    display.show(EMPTY, 100, (), OnDisk(EMPTY, 0.0), read_only=False, disk=Usage())
    assert feed.published.complete_since == 100
    for revision in range(101, 101 + TRANSITIONS_KEPT + 10):
        step = Transition(revision, "j", None, JobStatus.PENDING, 0.0)
        display.show(EMPTY, revision, (step,), OnDisk(EMPTY, 0.0), read_only=False, disk=Usage())
    published = feed.published
    assert len(published.transitions) == TRANSITIONS_KEPT
    assert published.complete_since == published.transitions[0].revision - 1


def test_a_snapshot_shows_the_ledger_as_it_was_saved():
    feed = Feed()
    ledger = Ledger(granted=5, balance=3, spent=2)
    state = DeskState(created_at=0.0, ledger=ledger)
    Display(feed, 1, LIMITS).show(state, 2, (), OnDisk(state, 0.0), read_only=False, disk=Usage())
    assert feed.published.ledger == ledger


def test_a_view_that_did_not_change_is_the_same_object():
    feed = Feed()
    display = Display(feed, 1, LIMITS)
    running = a_job("runs", JobStatus.RUNNING, total=3, run=1)
    state = a_desk(1, running, a_job("rests"))
    display.show(state, 2, (), OnDisk(state, 0.0), read_only=False, disk=Usage())
    before = feed.published.jobs
    display.set_live(JobProgressed("runs", 1, LiveProgress(counts=Counts(3, ok=1))))
    display.show(state, 3, (), OnDisk(state, 0.0), read_only=False, disk=Usage())
    after = feed.published.jobs
    assert after["rests"] is before["rests"]
    assert (after["runs"].job.revision, after["runs"].counts.ok) == (3, 1)


async def test_a_replay_tells_what_is_left_in_this_run():
    latest = {
        0: (1, OutcomeStatus.OK),
        1: (1, OutcomeStatus.FAILED),
        2: (2, OutcomeStatus.POISONED),
        3: (1, OutcomeStatus.SKIPPED),
        99: (1, OutcomeStatus.OK),
    }
    strikes = {4: 1, 0: 1}
    standing = await read_standing(Replay(latest, strikes, 0, 0), total=7, run=2)
    assert list(standing.pending) == [0, 1, 0, 0, 1, 1, 1]
    assert standing.counts == Counts(7, ok=1, failed=1, skipped=1)
    assert standing.strikes == {4: 1}


async def test_no_revision_is_given_twice_even_over_a_kill(autojump_clock):
    server = Server(save_every_s=1_000_000, idle_after_s=100_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(0.1)] * 3_000, concurrency=1))
        seen = 0
        killed = Server()
        for _ in range(250):
            await trio.sleep(1)
            seen = max(seen, desk.published.revision)
            killed.store._desks = dict(server.store._desks)
            on_disk = (await killed.store.load(ALICE)).state.revision
            assert on_disk + 1_000 > seen
        assert seen > 2_000


async def test_a_restored_generation_goes_on_beyond_what_the_lost_one_showed(autojump_clock):
    server = Server()
    older = DeskState(revision=10, created_at=EPOCH, restored=Restored(10, EPOCH, "damaged"))
    await server.store.save(ALICE, older)
    lost = 10 + HEADROOM
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.revision > lost + HEADROOM


async def test_a_restarted_server_goes_on_beyond_what_was_seen(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        seen = desk.published.revision
    async with server.running() as directory:
        again = await directory.find(ALICE)
        assert again.published.revision > seen
        assert again.published.complete_since == again.published.revision
        reply = await again.ask(create([OK], job_id="next"))
        assert reply.revision == (await server.store.load(ALICE)).state.revision
