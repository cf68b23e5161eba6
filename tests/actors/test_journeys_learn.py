"""What a desk's journeys learn of the jobs that drove them: once for each run, and never over the
head of their user."""

from __future__ import annotations

import msgspec
import pytest
import trio

from actors.messages import CancelJob, DeleteJob, RetryJob
from state.errors import JobFilesMissing, JourneysMissing, StorageError, StorageFull
from state.model import JobStatus
from tests.support.journeys import (
    BAD,
    GOOD,
    ONE,
    THREE,
    TWO,
    completed,
    drive,
    journey,
    kept,
    put,
)
from tests.support.servers import ALICE, ENDED, Server, create, until

HOLD = "hold"


async def begun(directory, *journeys):
    desk = await directory.create(ALICE)
    await put(desk, *(journeys or map(journey, (ONE, TWO, THREE))))
    await trio.sleep(1)
    return desk


async def driven(desk, items, **fields):
    """A job that has ended; its journeys have learned of it as far as they could."""
    command = drive(items, **fields)
    await desk.ask(command)
    await until(desk, command.job_id, *ENDED)
    await trio.sleep(1)


def settled_runs(desk):
    return desk.published.journeys.settled


async def test_a_journey_that_ended_well_is_completed_and_no_other(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await driven(desk, [(ONE, GOOD), (TWO, BAD)])
        assert await completed(server.store, desk) == {ONE}
        assert settled_runs(desk) == {"job": 1}


async def test_a_job_of_other_items_teaches_nothing(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await desk.ask(create([{"id": ONE, "do": GOOD}]))
        await until(desk, "job", *ENDED)
        await trio.sleep(60)
        assert await completed(server.store, desk) == set()
        assert settled_runs(desk) == {}


async def test_what_is_learned_is_learned_over_a_restart(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await driven(desk, [(ONE, GOOD)])
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(60)
        assert await completed(server.store, desk) == {ONE}
        assert settled_runs(desk) == {"job": 1}


async def test_a_user_who_takes_it_back_has_the_last_word_over_restarts_and_retries(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await driven(desk, [(ONE, GOOD), (TWO, BAD)])
        await put(desk, journey(ONE), journey(TWO))
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(60)
        assert await completed(server.store, desk) == set()
        await desk.ask(RetryJob("job"))
        await until(desk, "job", *ENDED)
        await trio.sleep(60)
        assert settled_runs(desk) == {"job": 2}
        assert await completed(server.store, desk) == set()


async def test_a_user_who_takes_it_back_while_the_job_still_runs_has_the_last_word(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await desk.ask(drive([(ONE, GOOD), (TWO, HOLD)]))
        await trio.sleep(10)
        await put(desk, journey(ONE), journey(TWO))
        await desk.ask(CancelJob("job"))
        await trio.sleep(10)
        assert settled_runs(desk) == {"job": 1}
        assert await completed(server.store, desk) == set()


async def test_a_list_that_changes_meanwhile_is_learned_for_and_not_undone(autojump_clock):
    """An edit between the reading and the saving: what was read is of a list that is no more."""
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        server.store.faults.delay("iter_outcomes", 30)
        await desk.ask(drive([(ONE, GOOD), (TWO, GOOD)]))
        await until(desk, "job", *ENDED)
        await trio.sleep(10)
        edited = [journey(THREE), journey(TWO, path=({"do": "screenshot"},))]
        await put(desk, *edited)
        await trio.sleep(120)
        assert await kept(server.store, desk) == tuple(edited)
        assert settled_runs(desk) == {"job": 1}


async def test_what_was_done_before_a_stop_is_learned(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await desk.ask(drive([(ONE, GOOD), (TWO, HOLD)]))
        await trio.sleep(10)
        await desk.ask(CancelJob("job"))
        await trio.sleep(10)
        assert await completed(server.store, desk) == {ONE}


async def test_what_a_job_that_is_stopped_still_writes_down_is_learned(autojump_clock):
    server = Server()
    server.store.faults.delay("append", 30)
    async with server.running() as directory:
        desk = await begun(directory)
        await desk.ask(drive([(ONE, GOOD), (TWO, HOLD)]))
        await trio.sleep(10)
        await desk.ask(CancelJob("job"))
        await trio.sleep(120)
        assert desk.published.jobs["job"].counts.ok == 1
        assert await completed(server.store, desk) == {ONE}


async def test_a_retry_is_learned_too(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await driven(desk, [(ONE, GOOD), (TWO, BAD)])
        await desk.ask(RetryJob("job"))
        await until(desk, "job", *ENDED)
        await trio.sleep(1)
        assert settled_runs(desk) == {"job": 2}


async def test_jobs_that_end_one_after_the_other_are_all_learned(autojump_clock):
    server = Server(lane_width=3)
    server.store.faults.delay("iter_outcomes", 5)
    async with server.running() as directory:
        desk = await begun(directory)
        for job_id, journey_id in (("a", ONE), ("b", TWO), ("c", THREE)):
            await desk.ask(drive([(journey_id, GOOD)], job_id=job_id))
            await trio.sleep(1)
        await trio.sleep(60)
        assert await completed(server.store, desk) == {ONE, TWO, THREE}
        assert settled_runs(desk) == {"a": 1, "b": 1, "c": 1}


async def test_a_path_that_was_found_is_kept_where_there_is_none(autojump_clock):
    own = ({"do": "click", "selector": "#own"},)
    found = [{"do": "click", "selector": "#found"}]
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory, journey(ONE), journey(TWO, path=own))
        wish = {"do": GOOD, "result": {"generated": True, "path": found}}
        items = [{"id": journey_id, **wish} for journey_id in (ONE, TWO)]
        command = msgspec.structs.replace(create(items), of_journeys=True)
        await desk.ask(command)
        await until(desk, "job", *ENDED)
        await trio.sleep(1)
        first, second = await kept(server.store, desk)
        assert (first.path, first.generated) == (tuple(found), True)
        assert (second.path, second.generated) == (own, False)


@pytest.mark.parametrize("operation", ["read_journeys", "iter_outcomes", "save_journeys", "save"])
@pytest.mark.parametrize("error", [StorageError("no"), StorageFull("full")])
async def test_a_disk_that_fails_delays_it(operation, error, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        server.store.faults.delay("read_journeys", 3)
        await desk.ask(drive([(ONE, GOOD)]))
        await until(desk, "job", *ENDED)
        server.store.faults.fail(operation, error, times=4)
        await trio.sleep(90)
        assert await completed(server.store, desk) == {ONE}
        assert settled_runs(desk) == {"job": 1}


async def test_a_server_that_stops_before_it_is_learned_learns_it_at_the_next_start(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        server.store.faults.delay("iter_outcomes", 3_600)
        await driven(desk, [(ONE, GOOD)])
        assert settled_runs(desk) == {}
    server.store.faults.delay("iter_outcomes", 0)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(1)
        assert await completed(server.store, desk) == {ONE}


async def test_a_job_is_swept_only_after_it_was_learned(autojump_clock):
    """Its time was over while the server was off."""
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        server.store.faults.delay("iter_outcomes", 3_600)
        command = msgspec.structs.replace(drive([(ONE, GOOD)]), retention_s=600.0)
        await desk.ask(command)
        await until(desk, "job", *ENDED)
    server.store.faults.delay("iter_outcomes", 5)
    await trio.sleep(24 * 3_600)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(1)
        assert "job" in desk.published.jobs
        await trio.sleep(60)
        assert await completed(server.store, desk) == {ONE}
        assert "job" not in desk.published.jobs


async def test_damaged_journeys_learn_nothing_and_the_desk_lives(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        server.store.faults.fail("read_journeys", JourneysMissing("damaged"))
        await driven(desk, [(ONE, GOOD)])
        assert settled_runs(desk) == {"job": 1}
        assert server.heard.said("damaged journeys learn nothing")
        await put(desk, journey(TWO))
        await driven(desk, [(TWO, GOOD)], job_id="next")
        assert await completed(server.store, desk) == {TWO}


async def test_a_job_without_outcomes_teaches_nothing_and_the_others_do(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        server.store.faults.fail("iter_outcomes", JobFilesMissing("gone"))
        await driven(desk, [(ONE, GOOD)])
        await driven(desk, [(TWO, GOOD)], job_id="next")
        assert await completed(server.store, desk) == {TWO}
        assert settled_runs(desk) == {"job": 1, "next": 1}


async def test_a_job_that_is_deleted_is_not_remembered(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await driven(desk, [(ONE, GOOD)])
        await desk.ask(DeleteJob("job"))
        await driven(desk, [(TWO, GOOD)], job_id="next")
        assert settled_runs(desk) == {"next": 1}
        assert await completed(server.store, desk) == {ONE, TWO}


async def test_a_desk_that_has_learned_all_writes_nothing(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await begun(directory)
        await driven(desk, [(ONE, GOOD)])
        await trio.sleep(60)
        saves, revision = server.store.saves, desk.published.revision
        await trio.sleep(600)
        assert (server.store.saves, desk.published.revision) == (saves, revision)


async def test_a_full_desk_learns_all_the_same(autojump_clock):
    server = Server(max_guest_desk_bytes=10_000_000)
    async with server.running() as directory:
        desk = await begun(directory)
        await desk.ask(drive([(ONE, GOOD), (TWO, HOLD)]))
        await trio.sleep(10)
        server.store.sizes.limit(ALICE, 1)
        await desk.ask(CancelJob("job"))
        await trio.sleep(10)
        assert desk.published.jobs["job"].job.status is JobStatus.CANCELLED
        assert await completed(server.store, desk) == {ONE}
