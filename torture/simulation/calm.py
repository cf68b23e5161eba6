"""The end of a simulation: nothing fails any more, so everything that was begun must end.

Run by the plot on a fresh server. Afterwards the books are compared, and the idle desks must sleep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import trio

from actors.directory import Directory
from actors.errors import NotFound
from actors.handle import DeskHandle
from actors.rules.journeys import unsettled
from actors.supervisor import Supervisor
from state.model import TERMINAL, DeskState, Job, JobStatus
from state.views import DeskKey
from torture.simulation.clients import Clients
from torture.simulation.counting import recount
from torture.simulation.disk import Disk
from torture.simulation.journeys import Journeys
from torture.simulation.library import Templates
from torture.simulation.promises import Promises
from torture.simulation.scenario import Scenario
from torture.simulation.told import Told
from torture.simulation.trace import Trace
from torture.simulation.wishes import Wishes
from workers.inline import InlineWorkers

# How often it is looked whether all is done, and how long nothing may happen until then. An item
# takes at most 130 s, its pauses between attempts 60 s each.
LOOK_S = 20.0
STUCK_S = 600.0
# How long idle desks are watched, and the steps of the few tasks that wake up in that time: the
# sweeper, once an hour, and this one.
IDLE_S = 10_000.0
IDLE_STEPS = 40
# Desks are not swept in that time where ended jobs are kept as long as this.
LONG_S = 86_400.0


class Calm:
    """See `come`."""

    def __init__(
        self,
        scenario: Scenario,
        trace: Trace,
        wishes: Wishes,
        promises: Promises,
        disk: Disk,
        clients: Clients,
        journeys: Journeys,
        templates: Templates,
        told: Told,
        desks: Sequence[DeskKey],
    ) -> None:
        self._scenario = scenario
        self._trace = trace
        self._wishes = wishes
        self._promises = promises
        self._disk = disk
        self._clients = clients
        self._journeys = journeys
        self._templates = templates
        self._told = told
        self._desks = desks

    async def come(self, supervisor: Supervisor, workers: InlineWorkers) -> None:
        """Let everything end; then check that it did, and that it is quiet."""
        for desk in self._desks:
            await self._resume_all(supervisor.directory, desk)
        await self._all_end()
        self._check_books()
        for desk, state in self._states():
            await self._journeys.check(desk, state)
            await self._templates.check(desk, state)
            self._told.check(desk)
        if workers.free_slots != self._scenario.slots:
            self._broken(f"{workers.free_slots} of {self._scenario.slots} slots are free")
        if supervisor.parked:
            self._broken(f"desks are parked though nothing failed: {supervisor.parked}")
        if self._scenario.retention_s > LONG_S:
            await self._all_sleep(supervisor)

    async def _resume_all(self, directory: Directory, desk: DeskKey) -> None:
        try:
            handle = await directory.find(desk)
        except NotFound:
            if self._promises.of(desk).durable is not None:
                self._broken(f"desk {desk[:4]} is gone")
            return
        for job_id, view in handle.published.jobs.items():
            if view.job.status is JobStatus.PAUSED:
                await self._resume(handle, job_id)

    async def _resume(self, handle: DeskHandle, job_id: str) -> None:
        await self._clients.ask(handle, "resume", job_id)

    async def _all_end(self) -> None:
        """Wait until no job has anything left to do."""
        state, since = self._progress(), trio.current_time()
        while unfinished := [*self._unfinished()]:
            if trio.current_time() - since > STUCK_S:
                self._broken(f"nothing happens, but these have not ended: {unfinished}")
                return
            await trio.sleep(LOOK_S)
            if self._progress() != state:
                state, since = self._progress(), trio.current_time()

    def _unfinished(self) -> Iterator[str]:
        for _, state in self._states():
            yield from (job.id for job in state.jobs.values() if not _settled(job))
            yield from (f"the lesson of {job.id}" for job in unsettled(state))
            yield from (f"the notice {notice.id}" for notice in state.outbox)

    def _progress(self) -> list[object]:
        return [
            self._trace.counts["items"],
            self._trace.counts["ends told"],
            *((job.id, job.status, job.counts) for _, job in self._jobs()),
        ]

    def _jobs(self) -> Iterator[tuple[DeskKey, Job]]:
        for desk, state in self._states():
            for job in state.jobs.values():
                yield desk, job

    def _states(self) -> Iterator[tuple[DeskKey, DeskState]]:
        for desk in self._desks:
            state = self._promises.of(desk).durable
            if state is not None:
                yield desk, state

    def _check_books(self) -> None:
        for desk, job in self._jobs():
            sure, at_most = self._wishes.runs(desk, job.id)
            if not sure <= job.run <= at_most:
                self._broken(f"{job.id} is in run {job.run}, not in {sure} to {at_most}")
            files = self._disk.job(desk, job.id)
            if files is None:
                self._broken(f"{job.id} has lost its files")
            elif job.counts != (counted := recount(files, job.run, len(files.lines))):
                self._broken(f"{job.id} says {job.counts}, its lines {counted}")

    async def _all_sleep(self, supervisor: Supervisor) -> None:
        await trio.sleep(2 * self._scenario.idle_after_s + 1.0)
        if supervisor.stats.desks_live:
            self._broken(f"{supervisor.stats.desks_live} idle desks are still in memory")
        steps, saves = self._trace.steps, self._disk.saves
        await trio.sleep(IDLE_S)
        if self._trace.steps - steps > IDLE_STEPS:
            self._broken(f"idle desks cost {self._trace.steps - steps} steps")
        if self._disk.saves != saves:
            self._broken("idle desks were saved")

    def _broken(self, what: str) -> None:
        self._trace.broken(what)


def _settled(job: Job) -> bool:
    """It is over, or waits to be started; and what a start recounted of it has been saved."""
    over = job.status in TERMINAL or job.status is JobStatus.PENDING
    return over and not job.lagging
