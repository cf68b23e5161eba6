"""A whole server with a schedule, killed at any moment and started anew: nothing runs twice."""

from __future__ import annotations

import random
from copy import deepcopy

import pytest
import trio
from msgspec.structs import replace

from actors.errors import InvalidSpec
from actors.messages import PauseJob, ResumeJob
from actors.rules.passes import DuePass
from state.errors import DeskTooLarge, QuotaReached, StorageError, StorageFull
from state.schedules import Schedule
from tests.support.servers import ALICE, EPOCH, Server, create, nap
from tests.support.slots import slots_between

OFTEN = Schedule(
    start="06:00",
    end="04:00",
    interval_min=30,
    work_days=tuple(range(7)),
    timezone="Europe/Berlin",
    max_delay_min=20,
)
ITEMS = 3
PRICE = 5
DAY_S = 86_400.0
# How long a slow disk takes.
SLOW_S = 30.0


def begin(server):
    command = create([nap(20.0)] * ITEMS)
    return replace(command, schedule=OFTEN, plan=replace(command.plan, price_tokens=PRICE))


async def life(server, luck):
    """One run of the server, whose disk is slow or fails at times; what the disk held when it was
    killed is what is left of it."""
    faults = server.store.faults
    if luck.random() < 0.5:
        faults.delay(luck.choice(["copy_inputs", "save"]), SLOW_S)
    if luck.random() < 0.3:
        error = luck.choice([StorageFull("no space"), StorageError("input/output error")])
        faults.fail(luck.choice(["copy_inputs", "save"]), error, times=luck.randint(1, 3))
    async with server.running():
        await trio.sleep(luck.choice([10.0, 1_000.0, 20_000.0]) * luck.random())
        left = deepcopy(server.store)
    left.lose_power()
    left.faults = type(faults)()
    return left


@pytest.mark.parametrize("seed", range(15))
async def test_passes_are_run_once_over_sudden_deaths(autojump_clock, seed):
    luck = random.Random(seed)
    server = Server(idle_after_s=luck.choice([60.0, 1e9]), opening_tokens=luck.choice([60, 10_000]))
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(begin(server))
    while trio.current_time() < DAY_S:
        store = await life(server, luck)
        server = replaced(server, store)
        await trio.sleep(luck.choice([0.0, 0.0, 5_000.0]))
    async with server.running() as directory:
        await trio.sleep(3_600)
        published = (await directory.find(ALICE)).published
    parent = published.jobs["job"].job
    slots = slots_between(OFTEN, (EPOCH // 60) * 60, 3)
    past = [slot for slot in slots if slot < parent.next_pass.slot_at]
    records = {record.slot_at: record for record in parent.passes}
    assert len(records) == len(parent.passes)
    assert set(records) <= set(past)
    assert slots[len(past)] == parent.next_pass.slot_at
    made = [view.job for view in published.jobs.values() if view.job.parent]
    ran = [slot for slot, record in records.items() if record.job_id]
    assert {job.id for job in made} == {DuePass("job", slot).job_id for slot in ran}
    assert published.ledger.spent == PRICE * len(made) == parent.spent_tokens
    for job in made:
        assert (job.status, job.run, job.counts.ok) == ("completed", 1, ITEMS)
        page = await server.store.read_outcomes(ALICE, job.id)
        assert page.total == ITEMS
    assert len(made) >= 3


def replaced(server, store):
    """The next server on what is left of the disk."""
    after = Server()
    after.settings, after.store = server.settings, store
    return after


@pytest.mark.parametrize("change", [{"timezone": "Mars/Olympus"}, {"holidays": "XX"}])
async def test_a_zone_or_country_that_is_known_no_more_costs_its_passes_alone(
    autojump_clock, change
):
    """As where the server has moved to a machine that knows fewer."""
    server = Server(idle_after_s=1e9)
    async with server.running() as directory:
        await (await directory.create(ALICE)).ask(begin(server))
    state = (await server.store.load(ALICE)).state
    job = state.jobs["job"]
    moved = replace(job, schedule=replace(OFTEN, **change))
    await server.store.save(ALICE, replace(state, jobs={"job": moved}, revision=state.revision + 1))
    async with server.running() as directory:
        await trio.sleep(DAY_S)
        desk = await directory.find(ALICE)
        await desk.ask(create([nap(1.0)], job_id="other"))
        kept = desk.published.jobs["job"].job
        assert [record.skipped for record in kept.passes] == ["damaged"]
        assert (kept.status, kept.next_pass) == ("scheduled", None)
        await desk.ask(PauseJob("job"))
        with pytest.raises(InvalidSpec, match="not known here"):
            await desk.ask(ResumeJob("job"))


@pytest.mark.parametrize(
    "error", [DeskTooLarge("the secrets have too many bytes"), QuotaReached("full")]
)
async def test_a_pass_whose_files_a_desk_has_no_room_for_is_left_out(autojump_clock, error):
    """Trying again is of no use before jobs are deleted."""
    server = Server(idle_after_s=1e9)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(begin(server))
        server.store.faults.fail("copy_inputs", error, times=1)
        await trio.sleep(DAY_S)
        assert [record.skipped for record in desk.published.jobs["job"].job.passes][:2] == [
            "limit",
            None,
        ]
