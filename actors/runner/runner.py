"""One running job, from its files to its end: opens, works off, closes, says how it ended.

Started by `actors.session.roster`. Besides the supervisor this is the only place that turns an
unexpected exception into a value: the crash of a job is a message to its desk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import trio

from actors.errors import cause_of
from actors.house import House
from actors.messages import Ending, Fact, JobEnded
from actors.ports import DeskKey, ExecutorSpec, JobBrief
from actors.purse import DeskPurse
from actors.runner.hush import Hush
from actors.runner.intake import Intake
from actors.runner.line import DeskLine, Order
from actors.runner.opened import LAST_SYNC_S, OpenJob, open_job
from actors.runner.pooled import draws_on_pool, to_be_hushed, with_pool
from actors.runner.replay import FAILURES
from actors.runner.work import Work
from state.desks import PROXIES
from state.errors import JobFilesMissing, StorageError
from state.job_events import EventCounts, JobEvent, JobEventName
from state.model import EgressLists, Job
from state.paces import HostPace
from state.proxies import PoolProxy

# How a run has ended, as its job's history calls it.
_TOLD: dict[Ending, JobEventName] = {
    "finished": "finished",
    "drained": "rested",
    "cancelled": "cancelled",
    "broken": "broken",
    "storage": "waits_for_disk",
    "crashed": "crashed",
}


class Runner:
    """Ordered about by the session through `go_on`, `drain`, `cancel`, `permit` and `pace`, which
    never wait."""

    def __init__(
        self,
        desk: DeskKey,
        job: Job,
        egress: EgressLists,
        house: House,
        report: Callable[[Fact], None],
        purse: DeskPurse,
        interruption: str | None = None,
        *,
        proxies: Sequence[PoolProxy] = (),
    ) -> None:
        """`interruption` is what cut short the runner before this one, for the job's log. `proxies`
        are the desk's, for a job that draws on them."""
        self._desk = desk
        self.job = job
        self._house = house
        self._purse = purse
        self._interruption = interruption
        self._proxies = proxies
        self._line = DeskLine(job, report, egress)
        # Written by the task in `run`: the counts whose outcomes are synced.
        self._synced = job.counts

    def go_on(self) -> None:
        self._line.give(Order.RUN)

    def drain(self) -> None:
        self._line.give(Order.DRAIN)

    def cancel(self) -> None:
        self._line.give(Order.CANCEL)

    def permit(self, egress: EgressLists) -> None:
        self._line.permit(egress)

    def pace(self, paces: dict[str, HostPace]) -> None:
        self._line.pace(paces)

    async def run(self) -> JobEnded:
        """Work the job off. Raises nothing but Cancelled."""
        how, error = await self._outcome()
        return JobEnded(
            job_id=self.job.id, run=self.job.run, how=how, counts=self._synced, error=error
        )

    async def _outcome(self) -> tuple[Ending, str | None]:
        while True:
            try:
                return await self._run()
            except Exception as failure:  # noqa: BLE001 - a job's crash is a message, see the module
                cause = cause_of(failure)
            # Started anew at once, a job whose disk fails would spin between its desk and here.
            if not isinstance(cause, StorageError) or self._line.order is not Order.RUN:
                return self._failed(cause)
            await self._line.wait_out(cause)

    def _failed(self, cause: BaseException) -> tuple[Ending, str]:
        if isinstance(cause, StorageError):
            return "storage", str(cause)
        if isinstance(cause, JobFilesMissing):
            return "broken", str(cause)
        self._house.log.error(
            "a job's runner crashed", desk=self._desk[:8], job=self.job.id, exc_info=cause
        )
        return "crashed", f"{type(cause).__name__}: {cause}"

    async def _run(self) -> tuple[Ending, str | None]:
        executor = self._house.executors.get(self.job.kind)
        if executor is None:
            return "broken", f"this server has no executor for {self.job.kind!r}"
        at = (self._desk, self.job, self._house, executor, self._line, self._purse)
        async with open_job(*at) as opened:
            try:
                how, error = await self._work_off(opened)
            finally:
                try:
                    with trio.move_on_after(LAST_SYNC_S, shield=True):
                        await self._close_book(opened)
                finally:
                    self._synced = opened.book.synced
            await self._last_words(opened, how)
            return how, error

    async def _work_off(self, opened: OpenJob) -> tuple[Ending, str | None]:
        left, total = opened.queue.left, opened.book.counts.total
        after = self._interruption
        begun = f"taken up again after {after}" if after is not None else "started"
        event = JobEvent("begun" if after is None else "taken_up", left, after or "")
        opened.log.say("info", f"{begun}: {left} of {total} items to do", event=event)
        store = self._house.store
        secrets = await store.load_secrets(self._desk, self.job.id)
        spec = opened.executor.fill_secrets(self.job.spec, secrets)
        hushed = [*secrets.values()]
        if draws_on_pool(spec):
            kept = await store.load_secrets(self._desk, PROXIES)
            spec = with_pool(spec, self._desk, self._proxies, kept)
            hushed += to_be_hushed(kept.values())
        assets = {
            digest: await store.read_asset(self._desk, self.job.id, digest)
            for digest in self._shared()
        }
        brief = self._brief(opened.executor, spec, assets)
        intake = Intake(opened, Hush(hushed))
        async with self._house.workers.attach(brief) as attachment:
            with self._line.attached(attachment):
                how = await Work(opened, intake, self._line, attachment).run()
        if how == "finished" and (left := opened.queue.left):
            stopped = f"stopped at its first failure, as it was to: {left} items were not done"
            opened.log.say("warning", stopped, event=JobEvent("stopped", left))
            return how, stopped
        if how == "finished" and (failure := await self._failed_finale(opened)) is not None:
            return "broken", failure
        return how, intake.broken if how == "broken" else None

    def _shared(self) -> tuple[str, ...]:
        """What workers get for all items. What goes along with single ones is read when they do."""
        enclosures = self._house.enclosures.get(self.job.kind)
        return self.job.assets if enclosures is None else enclosures.shared(self.job.spec)

    async def _failed_finale(self, opened: OpenJob) -> str | None:
        """Why the finale has failed, in this life of the runner or before; None where it has not.
        The job has then failed too: the finale is what all the others were for."""
        if opened.finale is None or not opened.book.counts.failed:
            return None
        page = await self._house.store.read_outcomes(
            self._desk, self.job.id, offset=opened.finale, limit=1
        )
        for record, _ in page.records:
            if record.index == opened.finale and record.status in FAILURES:
                return record.error or "its last item has failed"
        return None

    def _brief(
        self, executor: ExecutorSpec, spec: dict[str, Any], assets: dict[str, bytes]
    ) -> JobBrief:
        job = self.job
        return JobBrief(
            desk=self._desk,
            job_id=job.id,
            kind=job.kind,
            pool=executor.pool_of(spec),
            priority=job.priority,
            concurrency=job.concurrency,
            retries=job.retries,
            spec=spec,
            egress=self._line.egress,
            assets=assets,
            run=job.run,
        )

    async def _close_book(self, opened: OpenJob) -> None:
        """Sync what was recorded, also when the job crashed or is being cancelled."""
        book = opened.book
        if book.clean or self._line.retry_at is not None:
            return
        try:
            await book.sync()
        except StorageError as error:
            self._warn("the last outcomes of a job are not on disk", error)

    async def _last_words(self, opened: OpenJob, how: Ending) -> None:
        counts = opened.book.synced
        if opened.growth.left_out:
            room = f"the job has room for {max(self.job.grows_to, counts.total)}"
            opened.log.say("info", f"{opened.growth.left_out} found items were left out: {room}")
        ok, failed, skipped, total = counts.ok, counts.failed, counts.skipped, counts.total
        opened.log.end(
            "info",
            f"{how}: {ok} ok, {failed} failed, {skipped} skipped of {total}",
            JobEvent(_TOLD[how], counts=EventCounts(ok, failed, skipped, total)),
        )
        try:
            await opened.log.flush()
        except StorageError as error:
            self._warn("the last lines of a job's log are not on disk", error)

    def _warn(self, event: str, error: StorageError) -> None:
        self._house.log.warning(event, desk=self._desk[:8], job=self.job.id, error=str(error))
