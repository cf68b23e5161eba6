"""What a runner does about items that wait, fail, die with their worker or make files."""

import pytest
import trio

from actors.messages import CancelJob, RetryJob
from state.errors import StorageBroken, StorageFull
from state.model import Counts, JobStatus, OutcomeStatus
from tests.support.servers import (
    ALICE,
    BOB,
    ENDED,
    FAIL,
    HOLD,
    OK,
    Server,
    create,
    nap,
    until,
    until_counts,
)


async def outcomes(server, job_id="job"):
    page = await server.store.read_outcomes(ALICE, job_id, limit=1_000)
    return [record for record, _ in page.records]


async def log_of(server, job_id="job"):
    return [line.message for line in (await server.store.read_log(ALICE, job_id)).lines]


async def test_never_more_in_flight_than_the_job_asks_for(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 20, concurrency=3))
        await trio.sleep(0.5)
        while desk.published.jobs["job"].job.status is JobStatus.RUNNING:
            assert desk.published.jobs["job"].live.in_flight <= 3
            await desk.wait_newer(desk.published.revision)
        assert 6.9 < trio.current_time() < 8.5


async def test_a_kill_repeats_at_most_what_was_in_flight(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.delay("append", 1.0)
        await desk.ask(create([OK] * 40, concurrency=8))
        while desk.published.jobs["job"].job.status is not JobStatus.COMPLETED:
            written = len(await outcomes(server))
            assert server.supervisor.stats.outcomes - written <= 8
            assert desk.published.jobs["job"].counts.done <= written
            await trio.sleep(0.25)
        assert written > 20


async def test_a_retry_waits_its_turn_and_shows_as_waiting(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "retry", "until": 2}, OK], retries=3))
        await until_counts(desk, "job", 1)
        live = desk.published.jobs["job"].live
        assert (live.in_flight, live.waiting) == (0, 1)
        await until(desk, "job", *ENDED)
        assert [record.attempts for record in await outcomes(server)] == [3, 1]
        assert any("not yet" in line for line in await log_of(server))


async def test_a_host_that_asks_for_peace_holds_its_items_only(autojump_clock):
    server = Server()
    busy = {"do": "busy", "retry_after_s": 60.0}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        items, keys = [busy] + [OK] * 9, ["slow"] + ["slow", "quick", "quick"] * 3
        await desk.ask(create(items, keys=keys, concurrency=1, retries=5))
        await trio.sleep(30)
        view = desk.published.jobs["job"]
        assert view.counts.ok == 6
        assert view.live.waiting == 4
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(10, ok=10)


async def test_a_dead_worker_costs_its_items_one_try_and_nothing_else(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(5)] * 4, concurrency=4))
        await trio.sleep(1)
        server.workers.kill()
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(4, ok=4)
        assert [record.attempts for record in await outcomes(server)] == [2] * 4
        assert any("items lost at work" in line for line in await log_of(server))


async def test_an_item_that_kills_its_worker_twice_is_poisoned_and_the_job_goes_on(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, {"do": "die", "until": 99}, OK], concurrency=1))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.PARTIALLY_COMPLETED
        assert view.job.counts == Counts(3, ok=2, failed=1)
        poisoned = (await outcomes(server))[1]
        assert (poisoned.status, poisoned.attempts) == (OutcomeStatus.POISONED, 2)
        assert "died twice" in poisoned.error


async def test_a_strike_is_remembered_over_a_restart(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(50)]))
        await trio.sleep(1)
        server.workers.kill()
        await trio.sleep(2)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(1)
        server.workers.kill()
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.FAILED
        [record] = await outcomes(server)
        assert (record.status, record.attempts) == (OutcomeStatus.POISONED, 2)


async def test_two_desks_share_the_workers_evenly(autojump_clock):
    server = Server(slots=4)
    async with server.running() as directory:
        alice, bob = await directory.create(ALICE), await directory.create(BOB)
        await alice.ask(create([nap(1)] * 200, concurrency=100, job_id="big"))
        await trio.sleep(2.5)
        before = trio.current_time()
        await bob.ask(create([nap(1)], job_id="small"))
        await until(bob, "small", *ENDED)
        assert trio.current_time() - before < 2.5
        await bob.ask(create([nap(1)] * 200, concurrency=100, job_id="second"))
        done = alice.published.jobs["big"].counts.done
        await trio.sleep(20)
        alices = alice.published.jobs["big"].counts.done - done
        # Alice's items in flight at the beginning are her head start.
        assert 0 <= alices - bob.published.jobs["second"].counts.done <= 8


async def test_artifacts_are_kept_before_their_item_counts(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "artifact", "name": "a/b.txt", "bytes": 100_000}]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.ok == 1
        [artifact] = await server.store.list_artifacts(ALICE, "job")
        assert (artifact.name, artifact.size_bytes) == ("a/b.txt", 100_000)


async def test_an_artifact_with_a_wicked_name_fails_its_item_only(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "artifact", "name": "../x", "bytes": 1}, OK]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(2, ok=1, failed=1)
        assert (await outcomes(server))[0].status is OutcomeStatus.FAILED


@pytest.mark.parametrize(
    ("operation", "size_bytes"),
    [("open_artifacts", 1), ("sync_artifacts", 1), ("create_artifact", 300_000)],
)
async def test_an_artifact_that_the_disk_does_not_take_is_kept_in_the_end(
    autojump_clock, operation, size_bytes
):
    server = Server()
    server.store.faults.fail(operation, StorageFull("no space"), times=3)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "artifact", "name": "x", "bytes": size_bytes}]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.ok == 1
        (made,) = await server.store.list_artifacts(ALICE, "job")
        assert made.size_bytes == size_bytes


async def test_a_failed_sync_is_no_second_strike_against_an_item(autojump_clock):
    server = Server(save_every_s=5.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(50)]))
        await trio.sleep(1)
        server.workers.kill()
        server.store.faults.fail("sync", StorageBroken("EIO"))
        await until(desk, "job", JobStatus.PAUSED)
        await until(desk, "job", JobStatus.RUNNING)
        await trio.sleep(10)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(1, ok=1)


@pytest.mark.parametrize("operation", ["append", "sync", "open_outcomes", "open_inputs"])
async def test_no_outcome_is_lost_when_the_disk_fails_a_while(autojump_clock, operation):
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail(operation, StorageBroken("EIO"), times=3)
        await desk.ask(create([nap(0.1)] * 50, concurrency=1))
        assert (await until(desk, "job", JobStatus.PAUSED)).job.reason == "storage"
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(50, ok=50)
        server.store.lose_power()
        assert len(await outcomes(server)) == 50


@pytest.mark.parametrize("operation", ["load_secrets", "read_inputs"])
async def test_a_disk_that_cannot_be_read_is_tried_again_in_a_while(autojump_clock, operation):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail(operation, StorageBroken("EIO"), times=3)
        await desk.ask(create([OK]))
        assert (await until(desk, "job", JobStatus.PAUSED)).job.reason == "storage"
        assert (await until(desk, "job", *ENDED)).job.status is JobStatus.COMPLETED
        assert trio.current_time() >= 3


async def test_nothing_new_is_leased_while_the_disk_fails(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 20, concurrency=1))
        await until_counts(desk, "job", 2)
        server.store.faults.fail("append", StorageFull("no space"), times=10)
        await until(desk, "job", JobStatus.PAUSED)
        done = desk.published.jobs["job"].counts.done
        await trio.sleep(8)
        assert desk.published.jobs["job"].counts.done <= done + 1


async def test_cancel_frees_the_workers_before_the_disk_is_done(autojump_clock):
    server = Server(slots=4)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, HOLD, HOLD]))
        await until_counts(desk, "job", 1)
        assert server.workers.free_slots == 2
        server.store.faults.delay("sync", 1.5)
        await desk.ask(CancelJob("job"))
        await trio.sleep(0.5)
        assert server.workers.free_slots == 4


async def test_cancel_and_retry_in_one_turn_start_anew(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10)]))
        await trio.sleep(9)
        letters = [desk._mailbox.offer(CancelJob("job")), desk._mailbox.offer(RetryJob("job"))]
        for letter in letters:
            await letter.answer()
        view = await until(desk, "job", *ENDED)
        assert (view.job.run, view.job.counts) == (2, Counts(1, ok=1))
        assert [record.run for record in await outcomes(server)] == [2]
        assert trio.current_time() > 18


async def test_cancel_works_while_the_disk_fails(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, HOLD], concurrency=2))
        server.store.faults.fail("append", StorageFull("no space"), times=1_000)
        await until(desk, "job", JobStatus.PAUSED)
        await desk.ask(CancelJob("job"))
        await trio.sleep(5)
        server.store.faults._errors.clear()
        await desk.ask(RetryJob("job"))
        await until_counts(desk, "job", 1)


async def test_what_is_synced_survives_and_is_not_run_again(autojump_clock):
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 10, concurrency=1))
        await until_counts(desk, "job", 5)
        saved = (await server.store.load(ALICE)).state.jobs["job"].counts
        server.store.lose_power()
        assert len(await outcomes(server)) >= saved.done


async def test_a_crash_of_the_runner_fails_its_job_and_not_the_desk(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("append", RuntimeError("a bug"))
        await desk.ask(create([OK]))
        view = await until(desk, "job", *ENDED)
        assert (view.job.status, view.job.error) == (JobStatus.FAILED, "RuntimeError: a bug")
        assert server.supervisor.stats.restarts == 0
        assert server.heard.said("a job's runner crashed")
        await desk.ask(RetryJob("job"))
        assert (await until(desk, "job", JobStatus.COMPLETED)).job.error is None


async def test_the_log_tells_each_failure_once_and_repetitions_in_sum(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([FAIL] * 100))
        await until(desk, "job", *ENDED)
        lines = await log_of(server)
        assert lines[0] == "started: 100 of 100 items to do"
        assert lines.count("no such page") == 20
        assert "no such page (and 80 more like this)" in lines
        assert lines[-1] == "finished: 0 ok, 100 failed, 0 skipped of 100"


async def test_the_rate_and_the_rest_of_the_time_are_told(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 100, concurrency=5))
        await trio.sleep(10.5)
        live = desk.published.jobs["job"].live
        assert 4 < live.rate_per_s < 6
        assert 8 < live.eta_s < 12
