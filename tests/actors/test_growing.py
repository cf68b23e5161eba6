"""Jobs that grow: what items find is done too, once, in this run and over every interruption."""

from __future__ import annotations

import pytest
import trio

from actors.errors import PlanExceeded
from actors.messages import CancelJob, PauseJob, ResumeJob, RetryJob
from actors.rules.change import PlanTier
from state.errors import StorageBroken
from state.model import Counts, JobStatus
from tests.support.servers import (
    ALICE,
    ENDED,
    FAIL,
    OK,
    Server,
    create,
    nap,
    until,
    until_counts,
)

# Every page leads to three others, round and round.
RING = {f"p{n}": [f"p{(n + step) % 40}" for step in (1, 7, 19)] for n in range(40)}
SEED = {"do": "walk", "name": "p0"}


def walk(graph=RING, *, grows_to=1_000, **changes):
    fields = {"names": ["p0"], "spec": {"graph": graph, **changes.pop("spec", {})}, **changes}
    return create([SEED], grows_to=grows_to, **fields)


async def names_in(server, job_id="job"):
    items = await server.store.read_items(ALICE, job_id, limit=10_000)
    return [item.name for item in items]


async def log_of(server, job_id="job"):
    return [line.message for line in (await server.store.read_log(ALICE, job_id)).lines]


async def test_what_is_found_is_done_once(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(walk())
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.COMPLETED
        assert view.job.counts == Counts(40, ok=40)
        names = await names_in(server)
        assert sorted(names) == sorted(RING)
        page = await server.store.read_outcomes(ALICE, "job", limit=100)
        assert (page.total, page.items) == (40, 40)


async def test_it_grows_no_further_than_it_may_and_says_what_was_left_out(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(walk(grows_to=15))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(15, ok=15)
        left_out = [line for line in await log_of(server) if "were left out" in line]
        assert len(left_out) == 1
        assert left_out[0].endswith("found items were left out: the job has room for 15")


async def test_a_job_that_does_not_grow_takes_no_found_item(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "find", "items": {"a": OK, "b": OK}}]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(1, ok=1)
        assert "2 found items were left out: the job has room for 1" in await log_of(server)


async def test_the_total_rises_while_the_job_runs(autojump_clock):
    server = Server()
    graph = {f"p{n}": [f"p{n + 1}"] for n in range(9)}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(walk(graph, spec={"s": 10}))
        seen = []
        for done in range(1, 10):
            view = await until_counts(desk, "job", done)
            seen.append((view.counts.total, view.live.eta_s))
            assert view.job.status is JobStatus.RUNNING
        assert seen == [(done + 1, None) for done in range(1, 10)]
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(10, ok=10)


async def test_found_items_are_done_while_the_one_that_found_them_is_at_work(autojump_clock):
    server = Server()
    finder = {"do": "find", "items": {"a": OK, "b": OK}, "then": "sleep", "s": 100}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([finder], grows_to=10, names=["seed"]))
        view = await until_counts(desk, "job", 2)
        assert trio.current_time() < 5
        assert (view.counts.total, view.live.in_flight) == (3, 1)


async def test_a_failed_item_keeps_what_it_found_and_a_retry_may_find_more(autojump_clock):
    server = Server()
    found = {"a": OK, "b": FAIL}
    finder = {"do": "find", "items": found, "then": "fail"}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([finder], grows_to=10, names=["seed"]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(3, ok=1, failed=2)
        # What it finds is in its item, which the memory store lets us change: the site has grown.
        inputs = server.store._jobs[ALICE, "job"].inputs
        more = create([{**finder, "items": {**found, "c": OK}, "then": "ok"}], names=["seed"])
        inputs[0] = more.plan.items[0]
        await desk.ask(RetryJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(4, ok=3, failed=1)
        assert await names_in(server) == ["seed", "a", "b", "c"]


async def test_a_paused_job_goes_on_with_what_it_found(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(walk(spec={"s": 1}, concurrency=2))
        await until_counts(desk, "job", 5)
        await desk.ask(PauseJob("job"))
        await trio.sleep(5)
        paused = desk.published.jobs["job"]
        assert paused.job.status is JobStatus.PAUSED
        assert paused.counts.total > paused.counts.done
        await desk.ask(ResumeJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(40, ok=40)


async def test_a_cancelled_job_counts_what_it_found_and_a_retry_does_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(walk(spec={"s": 1}, concurrency=2))
        await until_counts(desk, "job", 5)
        await desk.ask(CancelJob("job"))
        await trio.sleep(5)
        cancelled = desk.published.jobs["job"]
        assert cancelled.job.status is JobStatus.CANCELLED
        assert cancelled.counts.total == len(await names_in(server))
        await desk.ask(RetryJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(40, ok=40)


async def test_a_dead_worker_costs_nothing_that_was_found(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(walk(spec={"s": 2}, concurrency=4))
        await trio.sleep(7)
        server.workers.kill()
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(40, ok=40)


@pytest.mark.parametrize("fault", ["append_inputs", "sync_inputs"])
async def test_a_disk_that_fails_for_a_while_loses_nothing(autojump_clock, fault):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail(fault, StorageBroken("EIO"), times=3)
        await desk.ask(walk(spec={"s": 1}))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(40, ok=40)
        assert len(await names_in(server)) == 40
        assert "goes on, its files can be written again" in await log_of(server)


async def test_more_than_may_wait_in_memory_waits_in_the_item_that_found_it(autojump_clock):
    """The disk takes nothing: its finders come back, and what they found with them."""
    server = Server()
    large = {"do": "ok", "value": "x" * 60_000}
    graph = [{f"{n}-{m}": large for m in range(40)} for n in range(4)]
    finders = [{"do": "find", "items": found} for found in graph]
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("append_inputs", StorageBroken("EIO"), times=4)
        names = [f"seed {n}" for n in range(4)]
        await desk.ask(create(finders, grows_to=1_000, names=names))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(164, ok=164)
        assert any("what it found was not kept" in line for line in await log_of(server))


async def test_what_is_saved_of_a_growing_job_is_never_ahead_of_its_files(autojump_clock):
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(walk(spec={"s": 1}, concurrency=3))
        while desk.published.jobs["job"].job.status not in ENDED:
            await desk.wait_newer(desk.published.revision)
            saved = (await server.store.load(ALICE)).state.jobs["job"].counts.total
            assert saved <= server.store._jobs[ALICE, "job"].inputs_synced


async def test_a_plan_of_the_desk_limits_how_far_a_job_may_grow(autojump_clock):
    server = Server(plans={"default": PlanTier(max_items=10)})
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(PlanExceeded):
            await desk.ask(walk(grows_to=11))
        await desk.ask(walk(grows_to=10, spec={"s": 0}))
        await until(desk, "job", *ENDED)


async def test_an_item_at_work_keeps_the_job_open_for_what_it_may_find(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        graph = {"p0": ["a", "b"]}
        await desk.ask(
            create([SEED, nap(1)], grows_to=9, names=["p0", "nap"], spec={"graph": graph, "s": 60})
        )
        view = await until_counts(desk, "job", 1)
        assert view.job.status is JobStatus.RUNNING
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(4, ok=4)


async def test_what_is_found_while_others_are_on_their_way_to_disk_follows_them(autojump_clock):
    server = Server()
    finders = [{"do": "find", "items": {"a": OK, "b": OK}, "then": "sleep", "s": 30}]
    finders += [{"do": "walk", "name": "w"}]
    spec = {"graph": {"w": ["c", "d"]}, "s": 2}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.delay("append_inputs", 2.0)
        await desk.ask(create(finders, grows_to=10, names=["first", "w"], spec=spec))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(6, ok=6)
        assert await names_in(server) == ["first", "w", "a", "b", "c", "d"]


async def test_a_found_item_at_work_is_saved_before_it_is_counted(autojump_clock):
    """Counts are saved as they were last synced; a found item that says how far it is may be
    beyond them."""
    server = Server(save_every_s=1.0)
    talk = {"do": "talk", "steps": 40, "every_s": 0.5}
    finder = {"do": "find", "items": {f"{n}": talk for n in range(5)}, "then": "hold"}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([finder], grows_to=10, names=["seed"]))
        await trio.sleep(5)
        saved = (await server.store.load(ALICE)).state.jobs["job"]
        assert max(item.index for item in saved.working) == 5
        assert saved.counts.total <= 6


async def test_a_repeated_request_is_answered_as_it_was_whatever_was_found_since(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        first = await desk.ask(walk(key="k"))
        await until(desk, "job", *ENDED)
        again = await desk.ask(walk(key="k"))
        assert again.replayed
        assert again.job.counts == first.job.counts == Counts(1)
