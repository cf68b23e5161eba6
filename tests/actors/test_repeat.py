"""A job made once more: of all that the first was made of, and of nothing that it became."""

from __future__ import annotations

import pytest
import trio
from msgspec.structs import replace

from actors.errors import InvalidSpec, InvalidStatus, LaneBusy, LimitReached, NotFound
from actors.messages import CancelJob, DeleteJob, Idempotency, RepeatJob
from state.errors import StorageFull
from state.model import Counts, JobStatus
from tests.support.servers import ALICE, ENDED, FAIL, HOLD, OK, Server, create, nap, until


async def test_it_is_made_of_all_that_the_first_was_made_of(autojump_clock):
    server = Server()
    command = create([OK, FAIL], lane="own", priority=3, concurrency=7, retries=2, spec={"a": 1})
    command = replace(
        command,
        plan=replace(command.plan, secrets={"key": "hush"}, price_tokens=11, finale=True),
        memo={"dialect": "own"},
        notify="https://told.example/",
        retention_s=60.0,
        feature="words",
    )
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(command)
        first = (await until(desk, "job", *ENDED)).job
        reply = await desk.ask(RepeatJob("job", "new"))
        # The first is told of anew, as it was: who asked may show it as begun again.
        shown = desk.published.jobs["job"].job
        assert shown == replace(first, revision=shown.revision)
        assert shown.revision > first.revision
        assert (reply.job.job.id, reply.job.job.status) == ("new", JobStatus.QUEUED)
        assert (reply.job.job.run, reply.job.counts) == (1, Counts(2))
        again = (await until(desk, "new", *ENDED)).job
        for field in ("kind", "name", "lane", "priority", "concurrency", "retries", "spec", "memo",
                      "notify", "retention_s", "feature", "price_tokens", "spent_tokens", "finale",
                      "counts", "status", "assets"):  # fmt: skip
            assert getattr(again, field) == getattr(first, field), field
        assert await server.store.load_secrets(ALICE, "new") == {"key": "hush"}
        assert desk.published.ledger.spent == 22
        # Neither knows of the other: it stays when the first goes.
        await desk.ask(DeleteJob("job"))
        page = await server.store.read_outcomes(ALICE, "new")
        assert page.total == 2


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.CANCELLED])
async def test_how_the_first_stands_makes_no_difference(status, autojump_clock):
    server = Server(lane_width=2)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
        await until(desk, "job", JobStatus.RUNNING)
        if status is JobStatus.CANCELLED:
            await desk.ask(CancelJob("job", reason="stopped"))
        await desk.ask(RepeatJob("job", "new"))
        view = await until(desk, "new", JobStatus.RUNNING)
        assert view.job.reason is None
        await desk.ask(CancelJob("new"))


async def test_of_a_job_that_grew_it_has_what_was_handed_in(autojump_clock):
    server = Server()
    graph = {"a": ["b", "c"], "b": ["d"], "c": [], "d": ["a"]}
    walk = {"do": "walk", "name": "a"}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        spec = {"graph": graph, "s": 1}
        await desk.ask(create([walk], spec=spec, grows_to=9, names=["a"]))
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(4, ok=4)
        reply = await desk.ask(RepeatJob("job", "new"))
        assert reply.job.counts == Counts(1)
        assert len(server.store._jobs[ALICE, "new"].inputs) == 1
        view = await until(desk, "new", *ENDED)
        assert (view.job.counts, view.job.damage) == (Counts(4, ok=4), None)
        # And of that one too.
        await desk.ask(RepeatJob("new", "third"))
        assert (await until(desk, "third", *ENDED)).job.counts == Counts(4, ok=4)


async def test_the_same_key_makes_one_job(autojump_clock):
    server = Server()
    key = Idempotency("key", "print")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        first = await desk.ask(RepeatJob("job", "new", key))
        again = await desk.ask(RepeatJob("job", "other", key))
        assert (again.job.job.id, again.replayed) == (first.job.job.id, True)
        assert list(desk.published.jobs) == ["job", "new"]
        assert (ALICE, "other") not in server.store._jobs


async def test_what_cannot_be_made_leaves_nothing(autojump_clock):
    server = Server(max_jobs=2)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        with pytest.raises(NotFound):
            await desk.ask(RepeatJob("nothing", "new"))
        with pytest.raises(InvalidStatus):
            await desk.ask(RepeatJob("job", "job"))
        server.store.faults.fail("copy_inputs", StorageFull("no space"), times=1)
        with pytest.raises(Exception, match="could not be made durable"):
            await desk.ask(RepeatJob("job", "new"))
        inputs = server.store._jobs.pop((ALICE, "job"))
        with pytest.raises(InvalidSpec, match="cannot be done once more"):
            await desk.ask(RepeatJob("job", "new"))
        server.store._jobs[ALICE, "job"] = inputs
        await desk.ask(RepeatJob("job", "new"))
        with pytest.raises(LimitReached):
            await desk.ask(RepeatJob("job", "third"))
        assert list(desk.published.jobs) == ["job", "new"]
        assert [job for _, job in server.store._jobs] == ["job", "new"]


async def test_a_job_that_goes_while_it_is_copied_is_no_more(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        server.store.faults.delay("copy_inputs", 5.0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_refused, desk)
            await trio.sleep(1)
            await desk.ask(DeleteJob("job"))
        assert desk.published.jobs == {}
        await trio.sleep(1)
        assert server.store._jobs == {}


async def _refused(desk):
    with pytest.raises((NotFound, InvalidSpec)):
        await desk.ask(RepeatJob("job", "new"))


async def test_one_of_a_desks_journeys_stays_alone_in_its_lane(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(replace(create([nap(5)]), of_journeys=True))
        with pytest.raises(LaneBusy):
            await desk.ask(RepeatJob("job", "new"))
        await until(desk, "job", *ENDED)
        reply = await desk.ask(RepeatJob("job", "new"))
        assert reply.job.job.of_journeys


async def test_a_kill_after_the_answer_takes_nothing_of_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await desk.ask(RepeatJob("job", "new"))
        await until(desk, "new", JobStatus.RUNNING, *ENDED)
        server.store.lose_power()
        state = (await server.store.load(ALICE)).state
        assert state.jobs["new"].counts.total == len(server.store._jobs[ALICE, "new"].inputs) == 1
