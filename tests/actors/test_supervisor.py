"""Desks as they come and go: woken, restarted, parked, retired, swept, ended with the server."""

import pytest
import trio

from actors.errors import DeskUnavailable, NotFound
from actors.messages import StartJob
from state.errors import DeskUnreadable
from state.model import Counts, JobStatus
from tests.support.servers import (
    ALICE,
    BOB,
    ENDED,
    HOLD,
    OK,
    Server,
    create,
    nap,
    settled,
    statuses,
    until,
    until_counts,
)


async def test_an_unknown_desk_is_not_found_and_not_made(autojump_clock):
    server = Server()
    async with server.running() as directory:
        with pytest.raises(NotFound):
            await directory.find(ALICE)
        assert not await server.store.exists(ALICE)
        assert server.supervisor.stats.desks_live == 0


async def test_a_new_desk_is_durable_and_one_for_all_who_ask(autojump_clock):
    server = Server()
    found = []

    async def make(directory):
        found.append(await directory.create(ALICE))

    async with server.running() as directory:
        async with trio.open_nursery() as tasks:
            for _ in range(5):
                tasks.start_soon(make, directory)
        assert await server.store.exists(ALICE)
        assert len({id(desk) for desk in found}) == 1
        assert await directory.find(ALICE) is found[0]
        assert server.store.saves == 1


async def test_create_wins_over_a_look_that_finds_nothing(autojump_clock):
    server = Server()
    server.store.faults.delay("load", 1.0)
    async with server.running() as directory, trio.open_nursery() as tasks:

        async def look():
            with pytest.raises(NotFound):
                await directory.find(ALICE)

        tasks.start_soon(look)
        await settled()
        assert (await directory.create(ALICE)).key == ALICE


async def test_a_server_that_stops_puts_its_jobs_back_into_the_queue(autojump_clock):
    server = Server(drain_s=2.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(3)] * 8, concurrency=2))
        await until_counts(desk, "job", 2)
        await trio.sleep(2)
    kept = (await server.store.load(ALICE)).state.jobs["job"]
    assert (kept.status, kept.reason, kept.run) == (JobStatus.QUEUED, "shutdown", 1)
    assert kept.counts.done == 4, "those in flight may end within the drain"
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(8, ok=8)


async def test_a_stop_waits_no_longer_than_the_drain(autojump_clock):
    server = Server(drain_s=2.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD, OK]))
        await until_counts(desk, "job", 1)
        before = trio.current_time()
    assert trio.current_time() - before < 3
    kept = (await server.store.load(ALICE)).state.jobs["job"]
    assert (kept.status, kept.counts) == (JobStatus.QUEUED, Counts(2, ok=1))


async def test_desks_with_work_go_on_by_themselves_after_a_start(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await directory.create(BOB)
        await desk.ask(create([nap(60)] * 2, concurrency=1))
        await trio.sleep(5)
    async with server.running():
        await trio.sleep(1)
        assert server.supervisor.stats.desks_live == 1
        assert server.supervisor.stats.desks_booting == 0
        await trio.sleep(130)
        kept = (await server.store.load(ALICE)).state.jobs["job"]
        assert kept.status is JobStatus.COMPLETED


async def test_a_server_may_be_told_to_leave_work_paused(autojump_clock):
    server = Server(boot="paused")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(60)] * 2, concurrency=1))
        await trio.sleep(5)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        view = await until(desk, "job", JobStatus.PAUSED)
        assert view.job.reason == "boot"


async def test_a_desk_that_dies_restarts_from_its_file_and_its_job_goes_on(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 10, concurrency=1))
        await desk.ask(create([OK], job_id="later", start=False))
        await until_counts(desk, "job", 3)
        revision = desk.published.revision
        server.store.faults.fail("save", RuntimeError("a bug"))
        with pytest.raises(DeskUnavailable):
            await desk.ask(StartJob("later"))
        assert (await desk.wait_newer(revision)).revision > revision
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(10, ok=10)
        assert statuses(desk.published)[:2] == ["queued", "running"]
        assert server.supervisor.stats.restarts == 1
        page = await server.store.read_outcomes(ALICE, "job")
        assert page.total == 10


async def test_a_desk_that_keeps_dying_is_parked_and_others_do_not_notice(autojump_clock):
    server = Server(restarts_max=5, restarts_window_s=60.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
        bob = await directory.create(BOB)
        server.store.faults.fail("load", RuntimeError("a bug"), times=5)
        server.store.faults.fail("save", RuntimeError("a bug"))
        with pytest.raises(DeskUnavailable):
            await desk.ask(create([OK], job_id="x"))
        await trio.sleep(30)
        assert server.supervisor.stats.restarts == 5
        assert "a bug" in server.supervisor.parked[ALICE]
        with pytest.raises(DeskUnavailable, match="parked"):
            await directory.find(ALICE)
        with pytest.raises(DeskUnavailable):
            await desk.wait_newer(desk.published.revision)
        await bob.ask(create([OK]))
        await until(bob, "job", *ENDED)
    async with server.running() as directory:
        assert (await directory.find(ALICE)).published.jobs["job"].job.status == "running"


async def test_an_unreadable_desk_is_parked_with_the_reason(autojump_clock):
    server = Server()
    server.store.faults.fail("load", DeskUnreadable("a newer schema"))
    async with server.running() as directory:
        for _ in range(2):
            with pytest.raises(DeskUnavailable, match="newer schema"):
                await directory.find(ALICE)
        assert server.supervisor.parked == {ALICE: "a newer schema"}


async def test_an_idle_desk_leaves_memory_and_is_woken_by_who_asks(autojump_clock):
    server = Server(idle_after_s=600)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        await trio.sleep(1_300)
        assert server.supervisor.stats.desks_live == 0
        with pytest.raises(DeskUnavailable):
            await desk.ask(StartJob("job"))
        again = await directory.find(ALICE)
        assert again.published.revision > desk.published.revision
        await again.ask(StartJob("job"))


async def test_a_desk_that_works_or_is_watched_stays(autojump_clock):
    server = Server(idle_after_s=600)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
        bob = await directory.create(BOB)
        with bob.subscribe():
            assert bob.subscribers == 1
            await trio.sleep(5_000)
            assert server.supervisor.stats.desks_live == 2
        await trio.sleep(2_000)
        assert server.supervisor.stats.desks_live == 1


async def test_ended_jobs_are_swept_by_an_alarm_while_the_desk_is_up(autojump_clock):
    server = Server(retention_s=3_600)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        with desk.subscribe():
            await trio.sleep(3_590)
            assert "job" in desk.published.jobs
            await trio.sleep(20)
            assert desk.published.jobs == {}
            assert server.store._jobs == {}


async def test_sleeping_desks_are_swept_hourly_and_only_once(autojump_clock):
    server = Server(retention_s=7_200, idle_after_s=60)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await trio.sleep(12_000)
        assert server.store._jobs == {}
        assert server.supervisor.stats.desks_live == 0
        await trio.sleep(10_000)
        server.store.faults.fail("load", RuntimeError("it was looked at again"))
        saves = server.store.saves
        await trio.sleep(20_000)
        assert server.store.saves == saves
        assert server.heard.said("an old desk was not swept") == []


async def test_who_wants_a_desk_that_is_going_waits_for_the_next(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.delay("save", 5.0)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(desk.ask, create([OK], start=False))
            await settled()
            (await directory.open(ALICE, create=False)).close()
            again = await directory.find(ALICE)
        assert again is not desk
        assert "job" in again.published.jobs
        await again.ask(StartJob("job"))


async def test_many_desks_with_work_are_up_soon(autojump_clock):
    server = Server(slots=400)
    keys = [f"{number:064x}" for number in range(200)]
    async with server.running() as directory:
        for key in keys:
            desk = await directory.create(key)
            await desk.ask(create([nap(10)], job_id=key))
    server.store.faults.delay("load", 0.01)
    async with server.running() as directory:
        await trio.sleep(1.0)
        assert server.supervisor.stats.desks_live == 200
        await trio.sleep(20)
        desk = await directory.find(keys[100])
        assert desk.published.jobs[keys[100]].job.status is JobStatus.COMPLETED


async def test_nobody_is_left_waiting_when_the_server_stops(autojump_clock):
    server = Server()
    told = []

    async def watch(desk):
        try:
            await desk.wait_newer(desk.published.revision)
        except DeskUnavailable as error:
            told.append(error)

    async with trio.open_nursery() as watchers:
        async with server.running() as directory:
            desk = await directory.create(ALICE)
            watchers.start_soon(watch, desk)
            await settled()
        with pytest.raises(DeskUnavailable):
            await directory.find(ALICE)
        with pytest.raises(DeskUnavailable):
            await desk.ask(StartJob("job"))
    assert len(told) == 1
