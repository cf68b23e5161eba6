"""Schedules on a server: passes begin when they are due, whoever sleeps, and exactly once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import trio
from msgspec.structs import replace

from actors.errors import InsufficientTokens, InvalidSpec, InvalidStatus
from actors.messages import CancelJob, DeleteJob, PauseJob, ResumeJob, RetryJob, StartJob
from actors.rules.passes import DuePass
from state.errors import StorageFull
from state.model import TERMINAL
from state.schedules import Schedule
from state.views import desk_key
from tests.support.servers import ALICE, BOB, EPOCH, HOLD, OK, Server, create, nap, until

# EPOCH is 2023-11-14, 22:13:20 UTC.
HOURLY = Schedule(
    start="00:00", end="24:00", interval_min=60, work_days=tuple(range(7)), timezone="UTC"
)
FIRST = datetime(2023, 11, 14, 23, tzinfo=UTC).timestamp()
HOUR = 3_600.0


def awake(**settings):
    """A server whose desks never sleep, so that their handles hold."""
    return Server(idle_after_s=1e9, **settings)


def scheduled(items=(OK,), schedule=HOURLY, price=0, **fields):
    command = create(list(items), **fields)
    return replace(command, schedule=schedule, plan=replace(command.plan, price_tokens=price))


def slot(number):
    return FIRST + number * HOUR


def child(number, parent="job"):
    return DuePass(parent, slot(number)).job_id


def passes(desk, job_id="job"):
    """(slot, job or why not) of each pass that was due."""
    records = desk.published.jobs[job_id].job.passes
    return [((r.slot_at - FIRST) / HOUR, r.job_id or r.skipped) for r in records]


async def sleep_until(number, more=0.0):
    await trio.sleep(slot(number) + more - EPOCH - trio.current_time())


async def test_each_pass_is_a_job_of_its_items(autojump_clock):
    server = awake()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        reply = await desk.ask(scheduled([OK, OK], lane="mine", priority=3))
        assert reply.job.job.status == "scheduled"
        assert reply.job.job.next_pass.slot_at == FIRST
        await sleep_until(0, -1)
        assert list(desk.published.jobs) == ["job"]
        await sleep_until(1, 60)
        assert passes(desk) == [(0, child(0)), (1, child(1))]
        made = desk.published.jobs[child(1)].job
        assert (made.status, made.counts.ok, made.run) == ("completed", 2, 1)
        assert (made.parent, made.lane, made.priority) == ("job", "mine", 3)
        names = [desk.published.jobs[child(n)].job.name for n in range(2)]
        assert names == ["job · 2023-11-14 23:00", "job · 2023-11-15 00:00"]
        assert made.retention_s == 7 * 24 * HOUR
        parent = desk.published.jobs["job"].job
        assert (parent.status, parent.run, parent.next_pass.slot_at) == ("scheduled", 1, slot(2))
        assert parent.counts.done == 0


async def test_a_pass_costs_the_price_and_one_without_tokens_is_passed_over(autojump_clock):
    server = awake(opening_tokens=25)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(InsufficientTokens):
            await desk.ask(scheduled(price=26, job_id="dear"))
        await desk.ask(scheduled(price=10))
        assert desk.published.ledger.balance == 25
        await sleep_until(3, 60)
        assert passes(desk) == [(0, child(0)), (1, child(1)), (2, "tokens"), (3, "tokens")]
        ledger, jobs = desk.published.ledger, desk.published.jobs
        assert (ledger.balance, ledger.spent) == (5, 20)
        assert [e.id for e in ledger.entries[1:]] == [f"{child(0)}:1", f"{child(1)}:1"]
        assert jobs["job"].job.spent_tokens == 20
        assert jobs[child(0)].job.spent_tokens == 10
        assert jobs["job"].job.next_pass.slot_at == slot(4)


async def test_a_pass_is_passed_over_while_the_one_before_runs(autojump_clock):
    server = awake()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled([nap(1.5 * HOUR)]))
        await sleep_until(3, 60)
        assert passes(desk) == [(0, child(0)), (1, "busy"), (2, child(2)), (3, "busy")]


async def test_a_pass_is_passed_over_where_the_desk_has_no_room(autojump_clock):
    server = awake(max_jobs=2)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled())
        await sleep_until(1, 60)
        await desk.ask(DeleteJob(child(0)))
        await sleep_until(2, 60)
        assert passes(desk) == [(0, child(0)), (1, "limit"), (2, child(2))]


async def test_no_pass_while_paused_nor_after_the_end(autojump_clock):
    server = awake()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled())
        reply = await desk.ask(PauseJob("job"))
        assert (reply.job.job.status, reply.job.job.next_pass) == ("paused", None)
        await sleep_until(2, 60)
        assert passes(desk) == []
        reply = await desk.ask(ResumeJob("job"))
        assert reply.job.job.next_pass.slot_at == slot(3)
        await sleep_until(3, 60)
        assert passes(desk) == [(3, child(3))]
        await desk.ask(CancelJob("job"))
        for command in (StartJob("job"), ResumeJob("job"), PauseJob("job"), RetryJob("job")):
            with pytest.raises(InvalidStatus):
                await desk.ask(command)
        await sleep_until(6)
        assert passes(desk) == [(3, child(3))]
        assert desk.published.jobs["job"].job.status == "cancelled"


async def test_a_deleted_schedule_leaves_the_jobs_of_its_passes(autojump_clock):
    server = awake()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled([HOLD]))
        await sleep_until(0, 60)
        await desk.ask(DeleteJob("job"))
        await sleep_until(5)
        assert list(desk.published.jobs) == [child(0)]
        assert desk.published.jobs[child(0)].job.status == "running"


async def test_a_schedule_that_never_opens_is_refused(autojump_clock):
    server = awake()
    never = replace(HOURLY, work_days=())
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(InvalidSpec) as refusal:
            await desk.ask(scheduled(schedule=never))
        assert refusal.value.details["errors"][0]["field"] == "schedule"
        assert desk.published.jobs == {}


async def test_a_desk_that_sleeps_is_woken_for_its_passes_and_for_nothing_else(autojump_clock):
    server = Server(idle_after_s=60.0)
    daily = replace(HOURLY, interval_min=1_440)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled(schedule=daily))
        await directory.create(BOB)
        await trio.sleep(10 * 60)
        assert server.supervisor.stats.desks_live == 0
        await trio.sleep(1.5 * HOUR)
        assert server.supervisor.stats.desks_live == 0
        await trio.sleep(48 * HOUR)
        desk = await directory.find(ALICE)
        made = [job for job in desk.published.jobs.values() if job.job.parent]
        assert [job.job.status for job in made] == ["completed", "completed"]
        assert server.supervisor.stats.desks_live == 1


async def test_a_server_that_starts_finds_its_schedules(autojump_clock):
    server = awake()
    async with server.running() as directory:
        await (await directory.create(ALICE)).ask(scheduled())
        await sleep_until(0, 60)
    # Down for the passes of four hours: the newest is run, the others are told of in one.
    await sleep_until(4, 600)
    async with server.running() as directory:
        await trio.sleep(60)
        assert server.supervisor.stats.desks_live == 1
        desk = await directory.find(ALICE)
        assert passes(desk) == [(0, child(0)), (1, "missed"), (4, child(4))]
        await sleep_until(5, 60)
        assert passes(desk)[3:] == [(5, child(5))]


async def test_what_was_missed_is_not_run_once_its_window_has_closed(autojump_clock):
    server = awake()
    morning = replace(HOURLY, start="23:00", end="23:30")
    async with server.running() as directory:
        await (await directory.create(ALICE)).ask(scheduled(schedule=morning))
    await sleep_until(2)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(60)
        assert passes(desk) == [(0, "missed")]
        assert desk.published.jobs["job"].job.next_pass.slot_at == slot(24)


async def test_a_server_that_starts_paused_runs_no_pass(autojump_clock):
    server = awake(boot="paused")
    async with server.running() as directory:
        await (await directory.create(ALICE)).ask(scheduled())
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await sleep_until(2)
        job = desk.published.jobs["job"].job
        assert (job.status, job.reason, job.passes) == ("paused", "boot", ())


async def test_a_disk_that_does_not_take_the_files_is_tried_again(autojump_clock):
    server = awake()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled())
        server.store.faults.fail("copy_inputs", StorageFull("no space"), times=3)
        await sleep_until(0, 12)
        assert passes(desk) == []
        await sleep_until(0, 60)
        assert passes(desk) == [(0, child(0))]
        await until(desk, child(0), *TERMINAL)


async def test_a_pass_that_is_brought_in_vain_leaves_nothing(autojump_clock):
    server = awake()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled())
        server.store.faults.delay("copy_inputs", 100.0)
        await sleep_until(0, 50)
        await desk.ask(PauseJob("job"))
        await sleep_until(0, 200)
        assert list(desk.published.jobs) == ["job"]
        assert list(server.store._jobs) == [(ALICE, "job")]


async def test_tokens_that_are_spent_while_the_files_are_brought_are_not_spent_twice(
    autojump_clock,
):
    server = awake(opening_tokens=10)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled(price=10))
        server.store.faults.delay("copy_inputs", 100.0)
        await sleep_until(0, 50)
        other = create([OK], job_id="other", kind="other")
        await desk.ask(replace(other, plan=replace(other.plan, price_tokens=10)))
        await sleep_until(0, 200)
        assert passes(desk) == [(0, "tokens")]
        assert (desk.published.ledger.balance, desk.published.ledger.spent) == (0, 10)
        assert (ALICE, child(0)) not in server.store._jobs


async def test_a_clock_that_is_set_anew_is_followed(autojump_clock):
    server = awake()
    ahead_s = 0.0
    server.now = lambda: EPOCH + trio.current_time() + ahead_s
    server.store._now = server.now
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(scheduled())
        ahead_s = 10 * HOUR
        # Within the time between two looks at the clock, and not when it was to be before.
        await trio.sleep(120)
        assert passes(desk) == [(0, "missed"), (9, child(9))]
        ahead_s = 0.0
        await trio.sleep(5 * HOUR)
        assert len(passes(desk)) == 2
        await desk.ask(PauseJob("job"))
        await desk.ask(ResumeJob("job"))
        # What was run is not run again; what was only missed by that clock is.
        await sleep_until(10, 60)
        assert [told[0] for told in passes(desk)[2:]] == [5, 6, 7, 8, 10]


async def test_many_schedules_wake_nobody_before_they_are_due(autojump_clock):
    server = Server(idle_after_s=60.0)
    daily = replace(HOURLY, start="12:00", end="13:00")
    loads = []
    load = server.store.load

    async def counted(desk):
        loads.append(trio.current_time())
        return await load(desk)

    async with server.running() as directory:
        for number in range(100):
            desk = await directory.create(desk_key(f"user {number}"))
            await desk.ask(scheduled([], schedule=daily))
        await trio.sleep(600)
        server.store.load = counted
        due = slot(13) - EPOCH
        await trio.sleep(due - trio.current_time() - 1)
        assert (loads, server.supervisor.stats.desks_live) == ([], 0)
        await trio.sleep(60)
        assert len(loads) == 100
        assert min(loads) >= due - 0.001


async def test_what_is_missed_for_long_is_told_of_in_one_though_no_window_is_open(autojump_clock):
    server = awake()
    minutely = replace(HOURLY, interval_min=1, work_days=(1, 2, 3, 4, 5))
    async with server.running() as directory:
        await (await directory.create(ALICE)).ask(scheduled(schedule=minutely))
    # From a Tuesday to a Sunday.
    await trio.sleep(11.6 * 24 * HOUR)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        before = desk.published.revision
        await trio.sleep(10)
        assert [why for _, why in passes(desk)] == ["missed"]
        assert desk.published.jobs["job"].job.next_pass.due_at > server.now()
        assert desk.published.revision <= before + 3
