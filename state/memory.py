"""The memory store: the `Store` port without a disk, for tests on the virtual clock.

It keeps the file store's promises (a conformance suite says so) and fails when told to:

    store = MemoryStore()
    store.faults.fail("save", StorageFull("full"))          # the next save raises
    store.faults.fail("append", StorageError("no"), times=3)
    store.faults.delay("save", 0.5)                         # every save sleeps so long first
    store.saves                                             # how many saves succeeded
    store.lose_power()                                      # what was not synced is gone

Operations have the names of the store's methods; those of an open outcome log are `append` and
`sync`, those of open inputs are `read_inputs`, `append_inputs` and `sync_inputs`, those of an
artifact `artifact`, that of packed ones `sync_artifacts`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence

import trio

from state.artifacts import safe_parts
from state.audit import AuditLine
from state.buckets import SeriesAsk, SeriesPage
from state.codec import decode, encode
from state.desks import NO_JOBS
from state.errors import DeskMissing, JobFilesMissing, StorageError
from state.groups import CausePage
from state.joblog import FULL_MESSAGE
from state.memory_artifacts import MemoryArtifacts
from state.memory_jobs import (
    MemoryArtifact,
    MemoryInputs,
    MemoryJob,
    MemoryOutcomes,
    MemoryPacks,
)
from state.memory_series import series_page
from state.memory_table import causes_in, sorted_endings
from state.model import DeskState, InputItem, LogLine, OutcomeRecord, OutcomeStatus, has_work
from state.sizes import JobAccount
from state.views import DeskKey, Loaded, LogPage, OutcomePage
from state.wanted import Order, OutcomeFilter

Ending = tuple[OutcomeRecord, InputItem]


class MemoryStore(MemoryArtifacts):
    """The `Store` port in dictionaries. Written by the tasks that call it, without a thread."""

    def __init__(
        self,
        *,
        max_log_bytes: int = 4 * 1024 * 1024,
        max_artifact_bytes: int = 256 * 1024 * 1024,
        max_audit_bytes: int = 4 * 1024 * 1024,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(max_audit_bytes=max_audit_bytes)
        self.saves = 0
        self._max_log_bytes = max_log_bytes
        self._max_artifact_bytes = max_artifact_bytes
        self._now = now
        self._desks: dict[DeskKey, tuple[float, bytes]] = {}
        # Those that were saved more than once.
        self._changed: set[DeskKey] = set()
        self._marked: set[DeskKey] = set()
        self._saving: set[DeskKey] = set()

    def lose_power(self) -> None:
        """Forget what was written and not synced, and who was saving, as a crash would."""
        self._saving.clear()
        for (desk, job_id), job in self._jobs.items():
            job.lose_unsynced()
            self.sizes.set(desk, job_id, job.size_bytes)
        for desk, audit in self._audits.items():
            audit.lose_unsynced()
            self.sizes.set_audit(desk, audit.size_bytes)

    async def exists(self, desk: DeskKey) -> bool:
        """Whether the desk was ever saved."""
        await self.faults.meet("exists")
        return desk in self._desks

    async def load(self, desk: DeskKey) -> Loaded:
        """Raises DeskMissing. Sweeps jobs that the state does not name."""
        await self.faults.meet("load")
        if desk not in self._desks:
            raise DeskMissing("there is no such desk")
        saved_at, data = self._desks[desk]
        state = decode(desk, data).state
        for job_id, size_bytes in state.sizes.items():
            self.sizes.seed(desk, job_id, size_bytes)
        self.sizes.set_audit(desk, self._audit_of(desk).size_bytes)
        for owner, job_id in [*self._jobs, *self._secrets]:
            if owner == desk and job_id not in {*state.jobs, *NO_JOBS} and state.restored is None:
                self._forget(desk, job_id)
        if state.restored is None:
            self._journeys.sweep(desk, state)
            self._library.sweep(desk, state)
        return Loaded(state, saved_at)

    async def save(
        self,
        desk: DeskKey,
        state: DeskState,
        *,
        essential: bool = False,
        audit: Sequence[AuditLine] = (),
    ) -> StorageError | None:
        """Keep the state, encoded as on disk. `essential` makes no difference here."""
        if desk in self._saving:
            raise RuntimeError(f"two saves of desk {desk[:8]} at once")
        self._saving.add(desk)
        try:
            await self.faults.meet("save")
        finally:
            self._saving.remove(desk)
        if desk in self._desks:
            self._changed.add(desk)
        self._desks[desk] = (self._now(), encode(desk, state))
        self._journeys.saved(desk, state)
        self._library.saved(desk, state)
        self.saves += 1
        if has_work(state):
            self._marked.add(desk)
        else:
            self._marked.discard(desk)
        if not audit:
            return None
        try:
            await self.append_audit(desk, audit)
        except StorageError as error:
            return error
        return None

    async def delete_desk(self, desk: DeskKey) -> bool:
        """See the port."""
        await self.faults.meet("delete_desk")
        if desk in self._changed or self._audit_of(desk).size_bytes:
            return False
        self._desks.pop(desk, None)
        return True

    async def unfinished(self) -> list[DeskKey]:
        """The desks whose last saved state has unfinished jobs."""
        await self.faults.meet("unfinished")
        return list(self._marked)

    async def stale(self, before: float) -> list[DeskKey]:
        """Desks that were last saved before that time."""
        await self.faults.meet("stale")
        return [desk for desk, (at, _) in self._desks.items() if at < before]

    async def write_inputs(self, desk: DeskKey, job_id: str, items: Iterable[InputItem]) -> None:
        """Keep the items; on an error (of the iterable too) nothing of it is left."""
        await self.faults.meet("write_inputs")
        kept = MemoryJob(list(items), JobAccount(self.sizes, desk, job_id))
        kept.account.claim(kept.size_bytes, at_work=False)
        self._jobs[desk, job_id] = kept

    async def copy_inputs(
        self, desk: DeskKey, from_job: str, to_job: str, *, first: int | None = None
    ) -> None:
        """Raises JobFilesMissing."""
        await self.faults.meet("copy_inputs")
        inputs = self._job(desk, from_job).inputs[:first]
        if first is not None and len(inputs) < first:
            raise JobFilesMissing(f"there are {len(inputs)} items of {first}")
        if (desk, to_job) not in self._jobs:
            await self.write_inputs(desk, to_job, inputs)
        for digest, data in self._job(desk, from_job).assets.items():
            self._job(desk, to_job).give(digest, data)
        if secrets := self._secrets.get((desk, from_job)):
            await self.save_secrets(desk, to_job, secrets)

    async def open_inputs(
        self, desk: DeskKey, job_id: str, *, grows_from: int | None = None
    ) -> MemoryInputs:
        """Raises JobFilesMissing. One that grows: one at a time for a job."""
        await self.faults.meet("open_inputs")
        return MemoryInputs(self._job(desk, job_id), self.faults.meet, grows_from)

    async def open_outcomes(self, desk: DeskKey, job_id: str) -> MemoryOutcomes:
        """Open for append. One at a time for a job."""
        await self.faults.meet("open_outcomes")
        job = self._job(desk, job_id)
        self.sizes.set(desk, job_id, job.size_bytes)
        return MemoryOutcomes(job, self.faults.meet)

    async def append_log(self, desk: DeskKey, job_id: str, lines: Sequence[LogLine]) -> int:
        """Append; at the size limit one last line says so."""
        await self.faults.meet("append_log")
        job = self._job(desk, job_id)
        full = LogLine(self._now(), "warning", FULL_MESSAGE)
        job.account.check()
        longer = job.log.appended(lines, self._max_log_bytes, full)
        job.account.claim(longer.size_bytes - job.log.size_bytes)
        job.log = longer
        return longer.size_bytes

    async def create_artifact(self, desk: DeskKey, job_id: str, name: str) -> MemoryArtifact:
        """Raises ValueError for a name that is not a safe relative one."""
        safe_parts(name)
        await self.faults.meet("create_artifact")
        job = self._job(desk, job_id)
        limit = self._max_artifact_bytes
        return MemoryArtifact(job, name, limit, self._now, self.faults.meet)

    async def open_artifacts(self, desk: DeskKey, job_id: str) -> MemoryPacks:
        """What takes the job's artifacts. One at a time for a job."""
        await self.faults.meet("open_artifacts")
        job = self._job(desk, job_id)
        return MemoryPacks(job, self._max_artifact_bytes, self._now, self.faults.meet)

    async def remove_artifacts(self, desk: DeskKey, job_id: str, names: Collection[str]) -> int:
        """How many there were. Raises ArtifactsInUse, JobFilesMissing."""
        await self.faults.meet("remove_artifacts")
        return self._job(desk, job_id).remove(names)

    async def put_assets(self, desk: DeskKey, job_id: str, files: Mapping[str, bytes]) -> None:
        """Give the job those files, by digest."""
        await self.faults.meet("put_assets")
        for digest, data in files.items():
            self._job(desk, job_id).give(digest, data)

    async def copy_assets(self, desk: DeskKey, job_id: str, digests: Iterable[str]) -> None:
        """Give the job those files of the library. Raises LibraryMissing."""
        await self.faults.meet("copy_assets")
        for digest in dict.fromkeys(digests):
            self._job(desk, job_id).give(digest, self._library.read(desk, digest))

    async def delete_job(self, desk: DeskKey, job_id: str) -> None:
        """Remove all that is kept of the job, which may be gone already."""
        await self.faults.meet("delete_job")
        self._forget(desk, job_id)

    def _forget(self, desk: DeskKey, job_id: str) -> None:
        self._jobs.pop((desk, job_id), None)
        self._secrets.pop((desk, job_id), None)
        self.sizes.remove(desk, job_id)

    async def read_outcomes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        status: OutcomeStatus | None = None,
        run: int | None = None,
        again: OutcomeFilter | None = None,
        where: OutcomeFilter | None = None,
        order: Order | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> OutcomePage:
        """One page of the newest endings."""
        await self.faults.meet("read_outcomes")
        job = self._job(desk, job_id)
        endings = sorted_endings(job, job.endings(status, run, again, where), order)
        shown = tuple(endings[offset : offset + limit])
        return OutcomePage(len(endings), shown, ended=len(job.newest()), items=len(job.inputs))

    async def iter_outcomes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        status: OutcomeStatus | None = None,
        run: int | None = None,
        again: OutcomeFilter | None = None,
        where: OutcomeFilter | None = None,
        batch: int = 500,
    ) -> AsyncIterator[tuple[Ending, ...]]:
        """Batches of the newest endings, as they were at the first step."""
        await self.faults.meet("iter_outcomes")
        endings = self._job(desk, job_id).endings(status, run, again, where)
        for start in range(0, len(endings), batch):
            await trio.lowlevel.checkpoint()
            yield tuple(endings[start : start + batch])

    async def read_causes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        run: int | None = None,
        again: OutcomeFilter | None = None,
    ) -> CausePage:
        """Why items have failed."""
        await self.faults.meet("read_causes")
        return causes_in(self._job(desk, job_id), run, again)

    async def read_series(self, desk: DeskKey, job_id: str, ask: SeriesAsk) -> SeriesPage:
        """What happened when."""
        await self.faults.meet("read_series")
        job = self._job(desk, job_id)
        return series_page(job.lines, len(job.inputs), ask)

    async def read_pending(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        run: int | None = None,
        again: OutcomeFilter | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[int, tuple[tuple[int, InputItem], ...]]:
        """(how many items have no ending that counts, one page of (index, item))."""
        await self.faults.meet("read_pending")
        pending = self._job(desk, job_id).pending(run, again)
        return len(pending), tuple(pending[offset : offset + limit])

    async def read_items(
        self, desk: DeskKey, job_id: str, *, offset: int = 0, limit: int = 100
    ) -> tuple[InputItem, ...]:
        """One page of the items."""
        await self.faults.meet("read_items")
        return tuple(self._job(desk, job_id).inputs[offset : offset + limit])

    async def read_asset(self, desk: DeskKey, job_id: str, digest: str) -> bytes:
        """What the job was given under that digest. Raises JobFilesMissing."""
        await self.faults.meet("read_asset")
        try:
            return self._job(desk, job_id).assets[digest]
        except KeyError:
            raise JobFilesMissing("a file that the items of this job share is gone") from None

    async def read_asset_part(
        self, desk: DeskKey, job_id: str, digest: str, start: int, size_bytes: int
    ) -> bytes:
        """A part of what the job was given under that digest. Raises JobFilesMissing."""
        data = await self.read_asset(desk, job_id, digest)
        return data[start : start + size_bytes]

    async def read_log(
        self, desk: DeskKey, job_id: str, *, after: int = 0, limit_bytes: int = 262_144
    ) -> LogPage:
        """Whole log lines from a byte offset."""
        await self.faults.meet("read_log")
        return self._job(desk, job_id).log.read(after, limit_bytes)
