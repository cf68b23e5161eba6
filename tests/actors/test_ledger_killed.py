"""Starts are paid once: asked for twice, the server killed at any moment, the disk unsure."""

from __future__ import annotations

import copy

import pytest
import trio
from msgspec.structs import replace

from actors.errors import ActorError, InvalidStatus
from actors.messages import CancelJob, CreateJob, Idempotency, RetryJob, StartJob
from actors.rules.change import PlanTier
from actors.tokens import GrantTokens, HoldTokens, SetPlan
from state.errors import StorageBroken, StorageFull
from state.memory import MemoryStore
from state.model import JobStatus
from tests.support.servers import (
    ALICE,
    ENDED,
    FAIL,
    HOLD,
    OK,
    Server,
    create,
    nap,
    settled,
    until,
    until_counts,
)


def priced(job_id: str, price: int, *, start: bool = False, **fields: str) -> CreateJob:
    command = create([OK], job_id=job_id, start=start, lane=job_id)
    return replace(command, plan=replace(command.plan, price_tokens=price), **fields)


def once(job_id: str) -> StartJob:
    return StartJob(job_id, Idempotency(f"start-{job_id}", "print"))


async def try_to(desk, command, times=1):
    """What becomes of it is not our business here, as for a client whose answers are lost."""
    for _ in range(times):
        try:
            await desk.ask(command)
        except ActorError:
            continue


def charges(ledger):
    return [entry for entry in ledger.entries if entry.amount < 0]


async def test_a_thousand_double_starts_are_a_thousand_charges(autojump_clock):
    """Two at once, then the repetition of one whose answer was lost; between them, restarts."""
    server = Server(opening_tokens=1_500, max_ledger_entries=1_100)
    for batch in range(10):
        names = [f"{batch}-{n}" for n in range(100)]
        async with server.running() as directory:
            desk = await directory.create(ALICE)
            async with trio.open_nursery() as clients:
                for name in names:
                    clients.start_soon(desk.ask, priced(name, 1))
            async with trio.open_nursery() as clients:
                for n, name in enumerate(names):
                    clients.start_soon(try_to, desk, once(name) if n % 2 else StartJob(name))
                    clients.start_soon(try_to, desk, once(name) if n % 3 else StartJob(name))
        async with server.running() as directory:
            desk = await directory.find(ALICE)
            for name in names:
                await try_to(desk, once(name))
                await try_to(desk, StartJob(name))
            ledger = desk.published.ledger
            assert ledger.spent == 100 * (batch + 1)
    assert len({entry.id for entry in charges(ledger)}) == len(charges(ledger)) == 1_000
    assert (ledger.granted, ledger.balance, ledger.forgotten) == (1_500, 500, 0)


async def test_a_start_is_paid_once_whenever_the_server_was_killed(autojump_clock):
    server = Server(opening_tokens=10)
    left = []
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(priced("job", 6))
        server.store.faults.delay("save", 2.5)
        async with trio.open_nursery() as clients:
            clients.start_soon(try_to, desk, once("job"))
            clients.start_soon(try_to, desk, StartJob("job"))
            clients.start_soon(try_to, desk, GrantTokens(5, "may"))
            for _ in range(12):
                left.append(copy.deepcopy(server.store))
                await trio.sleep(1)
    seen = set()
    for store in left:
        after = Server(opening_tokens=10)
        after.store = store
        store.faults.delay("save", 0)
        store.lose_power()
        async with after.running() as directory:
            desk = await directory.find(ALICE)
            seen.add(desk.published.ledger.spent)
            assert (desk.published.ledger.spent == 6) == (desk.published.jobs["job"].job.run == 1)
            await try_to(desk, GrantTokens(5, "may"))
            await try_to(desk, once("job"))
            await try_to(desk, StartJob("job"))
            assert (await until(desk, "job", *ENDED)).job.spent_tokens == 6
            ledger = desk.published.ledger
            assert (ledger.granted, ledger.balance, ledger.spent) == (15, 9, 6)
    assert seen == {0, 6}


class Unsure(MemoryStore):
    """Its next saves are written, and reported as broken all the same."""

    unsure = 0

    async def save(self, *given, **named):
        answer = await super().save(*given, **named)
        if self.unsure:
            self.unsure -= 1
            raise StorageBroken("EIO")
        return answer


async def test_a_save_of_which_nobody_knows_is_no_second_charge(autojump_clock):
    server = Server(opening_tokens=10)
    server.store = Unsure(now=server.now)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(priced("job", 6))
        server.store.unsure = 1
        await try_to(desk, once("job"))
        await trio.sleep(60)
        await try_to(desk, once("job"), times=3)
        view = await until(desk, "job", *ENDED)
        assert (view.job.spent_tokens, desk.published.ledger.spent) == (6, 6)


async def test_a_start_that_did_not_reach_the_disk_is_not_paid(autojump_clock):
    server = Server(opening_tokens=10)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(priced("job", 6))
        server.store.faults.fail("save", StorageFull("ENOSPC"))
        await try_to(desk, once("job"))
        assert desk.published.ledger.spent == 0
        assert desk.published.jobs["job"].job.status is JobStatus.PENDING
        await desk.ask(once("job"))
        assert desk.published.ledger.spent == 6


async def test_an_idle_desk_writes_nothing_for_its_opening(autojump_clock):
    server = Server(opening_tokens=10)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        saves = server.store.saves
        assert desk.published.ledger.balance == 10
        await trio.sleep(3_600)
        assert server.store.saves == saves


async def test_a_hold_survives_a_restart_and_is_drawn_on(autojump_clock):
    server = Server(opening_tokens=10)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(HoldTokens(8, "basic", "k"))
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await desk.ask(priced("job", 8, start=True, feature="basic"))
        assert [hold.amount for hold in desk.published.ledger.holds] == [0]
        assert desk.published.ledger.balance == 2


async def test_a_plan_bounds_what_runs_at_once_over_all_lanes(autojump_clock):
    server = Server(plans={"default": PlanTier(max_running=2), "pro": PlanTier()})
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for n in range(4):
            await desk.ask(create([nap(10)], job_id=f"j{n}", lane=f"lane{n}", priority=n == 3))
        running = [
            view.job.id
            for view in desk.published.jobs.values()
            if view.job.status is JobStatus.RUNNING
        ]
        assert running == ["j0", "j1"]
        # The more urgent one is next, though it came last.
        await until(desk, "j3", JobStatus.RUNNING)
        assert desk.published.jobs["j2"].job.status is not JobStatus.COMPLETED


async def test_a_wider_plan_starts_what_waits(autojump_clock):
    server = Server(plans={"default": PlanTier(max_running=1), "pro": PlanTier()})
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for n in range(2):
            await desk.ask(create([HOLD], job_id=f"j{n}", lane=f"lane{n}"))
        assert desk.published.jobs["j1"].job.status is JobStatus.QUEUED
        await desk.ask(SetPlan("pro"))
        assert desk.published.plan == "pro"
        await until(desk, "j1", JobStatus.RUNNING)


async def test_a_job_that_was_cancelled_before_its_start_is_not_retried_for_nothing(autojump_clock):
    """Seed 21 of the simulation: none of its items had failed, so its first start cost nothing."""
    server = Server(opening_tokens=10)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(priced("job", 6))
        await desk.ask(CancelJob("job"))
        await desk.ask(RetryJob("job"))
        assert (await until(desk, "job", *ENDED)).job.spent_tokens == 6


async def test_a_retry_costs_what_failed_and_nothing_for_what_never_ran(autojump_clock):
    server = Server(opening_tokens=100)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        half = create([OK, FAIL, HOLD, HOLD], start=True)
        await desk.ask(replace(half, plan=replace(half.plan, price_tokens=40)))
        await until_counts(desk, "job", 2)
        await desk.ask(CancelJob("job"))
        await settled()
        await desk.ask(RetryJob("job"))
        assert desk.published.jobs["job"].job.spent_tokens == 50
        assert [entry.id for entry in charges(desk.published.ledger)] == ["job:1", "job:2"]


async def test_a_started_job_is_not_started_again(autojump_clock):
    server = Server(opening_tokens=10)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(priced("job", 6, start=True))
        with pytest.raises(InvalidStatus):
            await desk.ask(StartJob("job"))
        assert desk.published.ledger.spent == 6
