"""How long ended jobs are kept: for the server's time or their own, or until learned of."""

import pytest
import trio
from msgspec.structs import replace

from actors.messages import JourneysLearned
from actors.rules import journeys, retention
from actors.rules.change import Moment
from state.errors import StorageError
from state.model import Counts, DeskState, Job, JobStatus, JourneyBook
from tests.support.journeys import GOOD, ONE, completed, drive, journey, put
from tests.support.servers import ALICE, ENDED, OK, Server, create, until

SERVER_S = 100.0
HOUR_S = 3_600.0


def ended_job(job_id: str = "job", **fields) -> Job:
    given = {"status": JobStatus.COMPLETED, "run": 1, "ended_at": 1_000.0, **fields}
    return Job(
        id=job_id,
        kind="k",
        name="n",
        lane="k",
        arrival=0,
        counts=Counts(1, 1),
        created_at=0.0,
        **given,
    )


def a_desk(*jobs: Job, book: JourneyBook | None = None) -> DeskState:
    return DeskState(created_at=0.0, jobs={job.id: job for job in jobs}, journeys=book)


def swept(state: DeskState, now: float) -> set[str]:
    return set(state.jobs) - set(retention.sweep(state, SERVER_S, Moment(now, 1)).state.jobs)


@pytest.mark.parametrize(
    ("own_s", "due"), [(None, 1_100.0), (10.0, 1_010.0), (500.0, 1_500.0), (0.0, 1_000.0)]
)
def test_a_job_is_kept_for_its_own_time_where_it_has_one(own_s, due):
    state = a_desk(ended_job(retention_s=own_s))
    assert retention.next_sweep(state, SERVER_S) == due
    assert swept(state, due - 0.1) == set()
    assert swept(state, due) == {"job"}


def test_the_next_sweep_is_that_of_whichever_job_is_due_first():
    state = a_desk(ended_job("a"), ended_job("b", retention_s=70.0), ended_job("c", retention_s=80))
    assert retention.next_sweep(state, SERVER_S) == 1_070.0
    assert swept(state, 1_075.0) == {"b"}


@pytest.mark.parametrize(("own_s", "due"), [(None, 1_100.0), (10.0, 1_100.0), (500.0, 1_500.0)])
def test_a_job_that_the_journeys_have_not_learned_of_is_kept_until_they_have(own_s, due):
    book = JourneyBook("0" * 64, 1, 2, settled={"job": 1})
    job = ended_job(retention_s=own_s, of_journeys=True, run=2)
    state = a_desk(job, book=book)
    assert retention.next_sweep(state, SERVER_S) == due
    assert swept(state, due - 0.1) == set()
    # But never longer than the server keeps any for that.
    assert swept(state, due) == {"job"}


def test_a_job_that_they_have_learned_of_goes_at_its_own_time():
    state = a_desk(
        ended_job(retention_s=10.0, of_journeys=True, run=2), book=JourneyBook("0" * 64, 1, 2)
    )
    assert swept(state, 1_050.0) == set()
    learned = journeys.learned(state, JourneysLearned("0" * 64, "1" * 64, 2, {"job": 2})).state
    assert retention.next_sweep(learned, SERVER_S) == 1_010.0
    assert swept(learned, 1_050.0) == {"job"}


# --------------------------------------------------------------------------------- the desk


def kept_for(own_s: float | None, job_id: str = "job"):
    return replace(create([OK], job_id=job_id), retention_s=own_s)


async def test_a_desk_in_memory_sweeps_each_job_at_its_time(autojump_clock):
    server = Server(retention_s=2 * HOUR_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(kept_for(600.0, "short"))
        await desk.ask(kept_for(None, "plain"))
        await desk.ask(kept_for(3 * HOUR_S, "long"))
        await until(desk, "long", *ENDED)
        with desk.subscribe():
            await trio.sleep(590)
            assert list(desk.published.jobs) == ["short", "plain", "long"]
            await trio.sleep(20)
            assert list(desk.published.jobs) == ["plain", "long"]
            await trio.sleep(2 * HOUR_S)
            assert list(desk.published.jobs) == ["long"]
            await trio.sleep(HOUR_S)
            assert list(desk.published.jobs) == []


def left(server: Server) -> set[str]:
    return {job_id for _, job_id in server.store._jobs}


async def test_a_desk_asleep_is_woken_for_each_of_its_sweeps(autojump_clock):
    server = Server(retention_s=30 * HOUR_S, background_retention_s=5 * HOUR_S, idle_after_s=60)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(kept_for(5 * HOUR_S, "short"))
        await desk.ask(kept_for(None, "plain"))
        await until(desk, "plain", *ENDED)
        await trio.sleep(4.9 * HOUR_S)
        assert server.supervisor.stats.desks_live == 0
        assert left(server) == {"short", "plain"}
        await trio.sleep(1.2 * HOUR_S)
        assert left(server) == {"plain"}
        assert server.supervisor.stats.desks_live == 0
        await trio.sleep(23.8 * HOUR_S)
        assert left(server) == {"plain"}
        await trio.sleep(1.2 * HOUR_S)
        assert left(server) == set()


async def test_so_is_one_that_slept_when_the_server_started(autojump_clock):
    server = Server(retention_s=30 * HOUR_S, background_retention_s=5 * HOUR_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(kept_for(5 * HOUR_S, "short"))
        await desk.ask(kept_for(None, "plain"))
        await until(desk, "plain", *ENDED)
    async with server.running():
        await trio.sleep(4.9 * HOUR_S)
        assert left(server) == {"short", "plain"}
        await trio.sleep(1.2 * HOUR_S)
        assert left(server) == {"plain"}
        await trio.sleep(25 * HOUR_S)
        assert left(server) == set()


async def test_a_desk_asleep_is_left_awake_until_its_journeys_have_learned(autojump_clock):
    server = Server(retention_s=30 * HOUR_S, background_retention_s=5 * HOUR_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(ONE))
        server.store.faults.fail("read_journeys", StorageError("EIO"), times=2)
        await desk.ask(replace(drive([(ONE, GOOD)]), retention_s=5 * HOUR_S))
        await until(desk, "job", *ENDED)
        assert desk.published.journeys.settled == {}
    async with server.running() as directory:
        await trio.sleep(7.5 * HOUR_S)
        assert server.supervisor.stats.desks_live == 0
        assert left(server) == set()
        desk = await directory.find(ALICE)
        assert await completed(server.store, desk) == {ONE}


async def test_a_desk_asleep_with_nothing_due_is_left_alone(autojump_clock):
    server = Server(retention_s=30 * HOUR_S, background_retention_s=2 * HOUR_S, idle_after_s=60)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(kept_for(None))
        await until(desk, "job", *ENDED)
        await trio.sleep(HOUR_S)
        assert server.supervisor.stats.desks_live == 0
        server.store.faults.fail("load", RuntimeError("it was looked at"))
        await trio.sleep(25 * HOUR_S)
        assert server.heard.said("an old desk was not swept") == []
        assert left(server) == {"job"}
