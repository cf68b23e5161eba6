"""The runners of one desk, kept in step with the jobs of its saved state.

Owned by the session, which calls `reconcile` after each save with the jobs it touched. Every runner
is a child of the job nursery that the session passes in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import trio

from actors.house import House
from actors.messages import Fact
from actors.ports import DeskKey, Link
from actors.purse import DeskPurse
from actors.rules.facts import waits_for_storage
from actors.runner import Runner
from actors.session.mailbox import Mailbox
from state.errors import StorageError
from state.model import DeskState, Job, JobStatus

# A job's id and run.
RunKey = tuple[str, int]

_AFTER = {
    "crash": "a crash of the server",
    "restart": "a restart of its desk",
    "shutdown": "a restart of the server",
}


def interruptions(state: DeskState, *, restart: bool) -> dict[RunKey, str]:
    """What cut short the jobs of a desk as it was read; `restart` where only its actor died."""
    found = {}
    for job in state.jobs.values():
        cut_now = job.status is JobStatus.RUNNING or waits_for_storage(job)
        reason = ("restart" if restart else "crash") if cut_now else job.reason
        if reason in _AFTER:
            found[job.id, job.run] = _AFTER[reason]
    return found


class Roster:
    """At most one runner a job: one that is to start anew waits for the older to end."""

    def __init__(
        self,
        desk: DeskKey,
        house: House,
        mailbox: Mailbox,
        interrupted: Mapping[RunKey, str],
        purse: DeskPurse,
    ) -> None:
        self._desk = desk
        self._house = house
        self._mailbox = mailbox
        self._purse = purse
        # Written by the session's task, as are the runners: what their logs have yet to say.
        self._interrupted = dict(interrupted)
        self._runners: dict[str, Runner] = {}

    def __len__(self) -> int:
        return len(self._runners)

    @property
    def job_ids(self) -> Collection[str]:
        """The jobs that have a runner."""
        return self._runners.keys()

    def ended(self, job_id: str) -> None:
        """The job's runner has reported its end."""
        self._runners.pop(job_id, None)

    def reconcile(self, state: DeskState, touched: Iterable[str], tasks: trio.Nursery) -> None:
        """Start, direct or stop the runner of each touched job as its saved status wants it; all of
        them keep to the saved lists of domains, and to the paces of hosts."""
        for job_id in touched:
            job = state.jobs.get(job_id)
            runner = self._runners.get(job_id)
            if runner is not None:
                _direct(runner, job)
            elif job is None:
                tasks.start_soon(self.delete_files, job_id)
            elif job.status is JobStatus.RUNNING:
                self._start(job, state, tasks)
        for job_id, runner in self._runners.items():
            runner.permit(state.egress)
            if (kept := state.jobs.get(job_id)) is not None:
                runner.pace(kept.paces)

    def drain(self) -> None:
        """The desk stops: no new leases, what is in flight may end."""
        for runner in self._runners.values():
            runner.drain()

    def cancel(self) -> None:
        """The desk stops now: what is in flight will be done again."""
        for runner in self._runners.values():
            runner.cancel()

    async def delete_files(self, job_id: str) -> None:
        """Remove what belongs to no job any more. What stays is swept when the desk is loaded."""
        try:
            await self._house.store.delete_job(self._desk, job_id)
        except StorageError as error:
            self._house.log.warning("files of a deleted job stay", job=job_id, error=str(error))

    async def delete_link(self, link: Link) -> None:
        """Remove the file of a link that no generation names. One that stays opens nothing."""
        try:
            await self._house.store.delete_link(link)
        except StorageError as error:
            self._house.log.warning("an old link stays", desk=self._desk[:8], error=str(error))

    def _start(self, job: Job, state: DeskState, tasks: trio.Nursery) -> None:
        interruption = self._interrupted.pop((job.id, job.run), None)
        report = self._mailbox.report
        runner = Runner(
            self._desk,
            job,
            state.egress,
            self._house,
            report,
            self._purse,
            interruption,
            proxies=state.proxies,
        )
        self._runners[job.id] = runner
        tasks.start_soon(_run, runner, self._mailbox)


async def _run(runner: Runner, mailbox: Mailbox) -> None:
    ended: Fact = await runner.run()
    mailbox.report(ended)


def _direct(runner: Runner, job: Job | None) -> None:
    if job is None or job.run != runner.job.run or job.ended_at is not None:
        runner.cancel()
    elif job.status is JobStatus.RUNNING or waits_for_storage(job):
        runner.go_on()
    else:
        runner.drain()
