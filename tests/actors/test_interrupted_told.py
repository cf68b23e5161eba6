"""What a file calls running when its desk is read: told in one line, and put back in its queue."""

from __future__ import annotations

import copy

import pytest

from actors.errors import StorageUnavailable
from actors.messages import PauseJob
from actors.session.opening import TOLD_JOBS
from state.errors import StorageError
from state.model import Counts, JobStatus
from tests.support.servers import ALICE, ENDED, OK, Server, create, nap, until, until_counts

BACK = "jobs of the file were running and are not: they go back to their queues"
HELD = "jobs of the file were running and are not: they wait for their user"


def killed(server, **settings):
    """Another server, on the disk as it is now."""
    after = Server(**settings)
    after.store._desks = dict(server.store._desks)
    after.store._jobs = copy.deepcopy(server.store._jobs)
    for job in after.store._jobs.values():
        job.writing = job.packing = False
    return after


async def test_a_server_that_starts_after_a_crash_says_what_it_finds(autojump_clock):
    server = Server(lane_width=2)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, nap(1_000)], job_id="a"))
        await desk.ask(create([OK, nap(1_000)], job_id="b"))
        await desk.ask(create([OK], job_id="waits"))
        await desk.ask(create([OK], job_id="paused"))
        await desk.ask(PauseJob("paused"))
        await until_counts(desk, "b", 1)
        after = killed(server)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert after.heard.said(BACK) == [
            {"desk": ALICE[:8], "after": "a crash of the server", "jobs_n": 2, "jobs": ["a", "b"]}
        ]
        view = await until(desk, "a", *ENDED)
        assert view.job.counts == Counts(2, ok=2)
        changes = [(t.job_id, t.old, t.new, t.reason) for t in desk.published.transitions]
        back = (JobStatus.RUNNING, JobStatus.QUEUED, "crash")
        assert [each for each in changes if each[1:] == back] == [("a", *back), ("b", *back)]
        log = await after.store.read_log(ALICE, "a")
        said = [line.message for line in log.lines]
        assert "taken up again after a crash of the server: 1 of 2 items to do" in said


async def test_where_jobs_wait_for_their_user_that_is_said(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1_000)]))
        await until(desk, "job", JobStatus.RUNNING)
        after = killed(server, boot="paused")
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert [line["jobs"] for line in after.heard.said(HELD)] == [["job"]]
        view = await until(desk, "job", JobStatus.PAUSED)
        assert view.job.reason == "boot"


async def test_a_server_that_was_stopped_has_nothing_to_tell(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1_000)]))
        await until(desk, "job", JobStatus.RUNNING)
    async with server.running() as directory:
        await directory.find(ALICE)
        assert not server.heard.said(BACK)


async def test_a_desk_that_died_alone_says_so(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(50)]))
        await until(desk, "job", JobStatus.RUNNING)
        server.store.faults.fail("save", StorageError("nobody knows"), times=1)
        with pytest.raises(StorageUnavailable):
            await desk.ask(create([OK], job_id="refused", lane="own"))
        await until(await directory.find(ALICE), "job", *ENDED)
        assert [line["after"] for line in server.heard.said(BACK)] == ["a restart of the desk"]


async def test_the_line_stays_short(autojump_clock):
    many = TOLD_JOBS + 5
    server = Server(lane_width=many)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for number in range(many):
            await desk.ask(create([nap(1_000)], job_id=f"j{number}"))
        await until(desk, f"j{many - 1}", JobStatus.RUNNING)
        after = killed(server)
    async with after.running() as directory:
        await directory.find(ALICE)
        [line] = after.heard.said(BACK)
        assert (line["jobs_n"], len(line["jobs"])) == (many, TOLD_JOBS)
