"""How fast jobs go, as the house is told by their runners."""

from __future__ import annotations

import pytest
import trio

from actors.messages import PauseJob, ResumeJob
from actors.runner.stopwatch import Stopwatch
from state.model import Counts, Job, JobStatus
from tests.support.servers import ALICE, Server, create, nap, until

JOB = Job(id="t", kind="fetch", name="", lane="", arrival=0, created_at=0.0, counts=Counts(total=9))


class Heard:
    """A `Paces` that remembers."""

    def __init__(self):
        self.said = []

    def noted(self, job, ended_n, work_s):
        self.said.append((job.id, ended_n, work_s))


def test_time_in_which_nothing_was_in_flight_is_not_told():
    heard = Heard()
    watch = Stopwatch(heard, JOB, 10.0, 0)
    watch.note(11.0, 0, at_work=True)
    watch.note(13.0, 4, at_work=True)
    watch.note(14.0, 5, at_work=False)
    watch.note(90.0, 5, at_work=False)
    watch.note(91.0, 7, at_work=False)
    assert heard.said == [("t", 4, 2.0), ("t", 1, 1.0), ("t", 2, 1.0)]


async def test_a_runner_tells_all_that_has_ended_and_no_pause(autojump_clock):
    server = Server()
    server.paces = heard = Heard()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(2)] * 20, concurrency=5))
        await trio.sleep(3)
        await desk.ask(PauseJob("job"))
        await until(desk, "job", JobStatus.PAUSED)
        await trio.sleep(100)
        await desk.ask(ResumeJob("job"))
        await until(desk, "job", JobStatus.COMPLETED)
    assert sum(ended for _, ended, _ in heard.said) == 20
    assert sum(work_s for _, _, work_s in heard.said) == pytest.approx(8.0, abs=1.0)
