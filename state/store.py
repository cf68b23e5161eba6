"""The file store: the `Store` port on a data folder. Built by `nightdesk.serve`, handed down.

This module holds the order of things (what is durable before what) and nothing else: the parts do
the work, in the store's threads. `docs/state-file.md` tells the whole story.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import trio

from state import artifacts, growing, outcomes, pack_index, packs, removal, sealed_file
from state import items as inputs
from state.atomic import sweep_temps
from state.audit import AuditLine
from state.audit_files import DeskAudits
from state.ballast import Ballast
from state.desks import LINK_SUFFIX, NO_JOBS, DeskFiles, checked_key, is_key
from state.disk import Disk
from state.errors import (
    DeskMissing,
    DeskUnreadable,
    JobFilesMissing,
    StorageBroken,
    StorageError,
    StorageFull,
)
from state.file_shelves import FileShelves, Shelves
from state.files import Files, RealFiles
from state.folders import JobFolders
from state.health import Health
from state.joblog import JobLogs
from state.layout import Layout, close_layout, open_layout
from state.links import LinkFiles
from state.markers import Markers
from state.migrations import SCHEMA, Schema
from state.model import DeskState, InputItem, LogLine, has_work
from state.reading import OutcomeReader
from state.saves import Saves
from state.secrets import DeskSecrets
from state.shared_sync import SharedSync
from state.sizes import DeskSizes
from state.views import DeskKey, DeskListed, Loaded

_SPARE_DESCRIPTORS = 8  # for each storage thread: the folders and files that one call has open


class FileStore(FileShelves):
    """Everything a desk keeps, on disk. `opened` is how to get one.

    The caller holds the data folder's lock. Each desk is saved by one task at a time.
    """

    def __init__(
        self,
        files: Files,
        disk: Disk,
        layout: Layout,
        ballast: Ballast,
        *,
        marked: set[DeskKey],
        max_log_bytes: int,
        max_audit_bytes: int,
        max_artifact_bytes: int,
        schema: Schema,
        now: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._max_artifact_bytes = max_artifact_bytes
        self._now = now
        self._desks = DeskFiles(files, layout.sessions, layout.quarantine, schema=schema, now=now)
        health = Health(self._desks.probe, clock)
        # What the desks take up, for their sessions to limit and to show.
        self.sizes = DeskSizes()
        folders = JobFolders(files, layout.jobs, layout.quarantine, self.sizes)
        self._markers = Markers(disk, files, layout.active, marked)
        logs = JobLogs(folders, max_bytes=max_log_bytes, now=now)
        audits = DeskAudits(folders, max_bytes=max_audit_bytes)
        self._saves = Saves(self._desks, health, ballast, audits, schema)
        reader = OutcomeReader(folders, self._good_bytes)
        shelves = Shelves(LinkFiles(files, layout.links), DeskSecrets(disk, folders), audits)
        super().__init__(disk, folders, reader, logs, shelves, ballast, health)
        self._removals = removal.Removals(disk, ballast, self._artifacts.writing)
        self._sessions_sync = SharedSync(lambda: disk.run(files.fsync_dir, layout.sessions))
        # All four are written by the tasks of the desks and jobs in question.
        self._saving: set[DeskKey] = set()
        self._uncertain: set[DeskKey] = set()  # renamed into place, the folder not yet synced
        self._writers: dict[tuple[DeskKey, str], outcomes.OutcomeFile] = {}
        self._growing: dict[tuple[DeskKey, str], growing.GrowingInputs] = {}
        # Written by the threads that write those files: see `sealed_file.Place`.
        self._suspects: set[sealed_file.Suspect] = set()

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        root: Path,
        *,
        threads: int,
        max_log_bytes: int,
        max_audit_bytes: int = 4 * 1024 * 1024,
        max_artifact_bytes: int,
        ballast_bytes: int,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        files: Files | None = None,
        disk: Disk | None = None,
        schema: Schema = SCHEMA,
    ) -> AsyncIterator[FileStore]:
        """Open the data folder: make what is missing, sweep what a dead server left half-done."""
        disk = disk or Disk(threads)
        with _files_or_real(files, threads) as used:
            layout = await disk.run_long(open_layout, used, root)
            try:
                ballast = Ballast(used, layout.root, ballast_bytes)
                store = cls(
                    used,
                    disk,
                    layout,
                    ballast,
                    marked=await disk.run_long(_prepared, used, layout, ballast),
                    max_log_bytes=max_log_bytes,
                    max_audit_bytes=max_audit_bytes,
                    max_artifact_bytes=max_artifact_bytes,
                    schema=schema,
                    now=now,
                    clock=clock,
                )
                try:
                    yield store
                finally:
                    store._audit_files.close()
                    with trio.CancelScope(shield=True):
                        await store._markers.remove_all()
            finally:
                close_layout(used, layout)

    # ------------------------------------------------------------------------ the desk's file

    async def exists(self, desk: DeskKey) -> bool:
        """Whether anything is kept of this desk, readable or not."""
        return await self._disk.run(self._has_traces, checked_key(desk))

    def _has_traces(self, desk: DeskKey) -> bool:
        return self._desks.exists(desk) or bool(self._folders.within(desk))

    async def load(self, desk: DeskKey) -> Loaded:
        """The newest good generation; see the port. What is shown is durable before it is."""
        if checked_key(desk) in self._uncertain:
            await self._sessions_sync.wait_durable()
            self._uncertain.discard(desk)
        try:
            state, saved_at = await self._disk.run(self._load, desk)
        except DeskMissing:
            self._markers.leave(desk)
            raise
        if not has_work(state):
            self._markers.leave(desk)
        return Loaded(state, saved_at, await self._sweep(desk, state))

    def _load(self, desk: DeskKey) -> tuple[DeskState, float]:
        try:
            state = self._desks.load(desk)
        except DeskMissing:
            if self._folders.within(desk):
                raise DeskUnreadable("its file is gone, but files of its jobs are there") from None
            raise
        for job_id, size_bytes in state.sizes.items():
            self.sizes.seed(desk, job_id, size_bytes)
        self.sizes.set_audit(desk, self._audit_files.size_bytes(desk))
        for kept in (self._journeys, self._library):
            self.sizes.set(desk, kept.kind.folder, kept.size_bytes(desk))
        return state, self._desks.saved_at(desk)

    async def _sweep(self, desk: DeskKey, state: DeskState) -> str | None:
        """Remove files of unknown jobs; never while a newer generation may have known them."""
        if state.restored is not None:
            return None
        try:
            await self._disk.run(self._folders.sweep, desk, state.jobs)
            await self._secrets.keep_only(desk, {*state.jobs, *NO_JOBS})
            for kept in (self._journeys, self._library):
                await self._disk.run(kept.sweep, desk, state, self._desks.previous)
        except (StorageError, JobFilesMissing, DeskUnreadable) as error:
            return str(error)
        return None

    async def save(
        self,
        desk: DeskKey,
        state: DeskState,
        *,
        essential: bool = False,
        audit: Sequence[AuditLine] = (),
    ) -> StorageError | None:
        """Durable when it returns; see the port.

        marker -> temp file synced -> previous generation kept -> renamed -> audit lines appended
        -> folder synced
        """
        await self._check_writable(desk)
        wakes = has_work(state)
        with self._only_save_of(desk):
            if wakes:
                await self._markers.wait_set(desk)
            again = desk in self._uncertain
            self._uncertain.add(desk)
            untold = await self._disk.run(self._saves.write, desk, state, essential, again, audit)
            await self._sync_sessions(desk)
            self._uncertain.discard(desk)
        self._health.succeeded(desk)
        if not wakes:
            self._markers.leave(desk)
        await self._markers.remove_due()
        return untold

    @contextmanager
    def _only_save_of(self, desk: DeskKey) -> Iterator[None]:
        if desk in self._saving:
            raise RuntimeError(f"two saves of desk {desk[:8]} at once")
        self._saving.add(desk)
        try:
            yield
        finally:
            self._saving.remove(desk)

    async def _sync_sessions(self, desk: DeskKey) -> None:
        try:
            await self._sessions_sync.wait_durable()
        except StorageBroken:
            self._health.failed(desk)
            raise
        except StorageError as error:
            # Full or read-only would say that the old version was kept: it has been replaced.
            raise StorageError(f"whether the desk was saved is unknown: {error}") from error

    async def unfinished(self) -> list[DeskKey]:
        """The desks with a boot marker that is not on its way out."""
        await trio.lowlevel.checkpoint()
        return self._markers.wanted()

    async def stale(self, before: float) -> list[DeskKey]:
        """Desks whose file was last written before that time."""
        return await self._disk.run_long(self._desks.older_than, before)

    async def listed(self) -> list[DeskListed]:
        """All desks on disk, unopened; for the operator."""
        return await self._disk.run_long(self._desks.listed)

    async def delete_desk(self, desk: DeskKey) -> bool:
        """Remove a desk that was saved once, and has one file for it; see the port."""
        with self._only_save_of(checked_key(desk)):
            deleted = await self._disk.run(self._delete_desk, desk)
            if deleted:
                await self._sessions_sync.wait_durable()
                self._uncertain.discard(desk)
        return deleted

    def _delete_desk(self, desk: DeskKey) -> bool:
        return not self._folders.has_any(desk) and self._desks.delete(desk)

    # ---------------------------------------------------------------------- the jobs' files

    async def write_inputs(self, desk: DeskKey, job_id: str, items: Iterable[InputItem]) -> None:
        """The items, durable; iterated in a thread, stopped between chunks when cancelled."""
        await self._check_writable(desk)
        await self._disk.run_long(self._write_inputs, desk, job_id, items)

    def _write_inputs(self, desk: DeskKey, job_id: str, items: Iterable[InputItem]) -> None:
        self._ballast.lay()  # the room of a spent ballast is not for new jobs
        inputs.write_inputs(self._folders, desk, job_id, items, self._disk.check_cancelled)

    async def copy_inputs(
        self, desk: DeskKey, from_job: str, to_job: str, *, first: int | None = None
    ) -> None:
        """Raises JobFilesMissing."""
        await self._check_writable(desk)
        await self._disk.run_long(self._ballast.lay)  # its room is not for new jobs
        check = self._disk.check_cancelled
        folders = self._folders
        await self._disk.run_long(inputs.copy_inputs, folders, desk, from_job, to_job, first, check)
        await self._disk.run_long(self._assets.copy, desk, from_job, to_job, check)
        await self._secrets.copy(desk, from_job, to_job)

    async def open_inputs(
        self, desk: DeskKey, job_id: str, *, grows_from: int | None = None
    ) -> inputs.InputFile | growing.GrowingInputs:
        """Raises JobFilesMissing. One that grows: one at a time for a job."""
        if grows_from is None:
            return await inputs.InputFile.opened(self._disk, self._folders, desk, job_id)
        job = (desk, job_id)
        if job in self._growing:
            raise RuntimeError(f"the items of job {job_id} are open already")
        place = self._place_of(job, inputs.NAME, partial(self._growing.pop, job, None))
        opened = await growing.GrowingInputs.opened(self._disk, place, grows_from)
        self._growing[job] = opened
        self._reader.forget(desk, job_id)
        return opened

    async def open_outcomes(self, desk: DeskKey, job_id: str) -> outcomes.OutcomeFile:
        """Open for append, repaired. One at a time for a job."""
        job = (desk, job_id)
        if job in self._writers:
            raise RuntimeError(f"the outcomes of job {job_id} are open already")
        place = self._place_of(job, outcomes.NAME, partial(self._writers.pop, job, None))
        opened = self._writers[job] = await outcomes.OutcomeFile.opened(self._disk, place)
        self._reader.forget(desk, job_id)
        return opened

    def _place_of(
        self, job: tuple[DeskKey, str], name: str, closed: Callable[[], object]
    ) -> sealed_file.Place:
        check_writable = partial(self._health.check, job[0])
        return sealed_file.Place(self._folders, *job, name, check_writable, closed, self._suspects)

    def _good_bytes(self, desk: DeskKey, job_id: str, name: str) -> int | None:
        writers = self._growing if name == inputs.NAME else self._writers
        writer = writers.get((desk, job_id))
        return None if writer is None else writer.good_bytes

    async def open_artifacts(self, desk: DeskKey, job_id: str) -> packs.Packs:
        """What takes the job's artifacts. One at a time for a job."""
        job, writing = (desk, job_id), self._artifacts.writing
        async with self._removals.kept_off(job):
            if job in writing:
                raise RuntimeError(f"the artifacts of job {job_id} are open already")
            opened = writing[job] = await packs.Packs.opened(self._disk, self._pack_place(job))
        return opened

    def _pack_place(self, job: tuple[DeskKey, str]) -> packs.PackPlace:
        closed = partial(self._artifacts.writing.pop, job, None)
        index = self._place_of(job, pack_index.NAME, closed)
        return packs.PackPlace(index, self._now, self._max_artifact_bytes)

    async def remove_artifacts(self, desk: DeskKey, job_id: str, names: Collection[str]) -> int:
        """How many there were. Raises ArtifactsInUse, JobFilesMissing; works on a full disk too."""
        await self._check_writable(desk)
        return await self._removals.remove(self._pack_place((desk, job_id)), names)

    async def append_log(self, desk: DeskKey, job_id: str, lines: Sequence[LogLine]) -> int:
        """Append to the live log (never synced)."""
        return await self._disk.run(self._logs.append, desk, job_id, lines)

    async def create_artifact(
        self, desk: DeskKey, job_id: str, name: str
    ) -> artifacts.ArtifactFile:
        """Raises ValueError for a name that is not a safe relative one."""
        await self._check_writable(desk)
        parts = artifacts.safe_parts(name)
        limit = self._max_artifact_bytes
        place = artifacts.Place(self._folders, desk, job_id, name, parts, limit)
        return await artifacts.ArtifactFile.opened(self._disk, place)

    async def delete_job(self, desk: DeskKey, job_id: str) -> None:
        """Remove the job's files and secrets; works on a full disk too."""
        self._reader.forget(desk, job_id)
        await self._disk.run_long(self._folders.remove, desk, job_id)
        self.sizes.remove(desk, job_id)
        for name in (inputs.NAME, outcomes.NAME, pack_index.NAME):
            self._suspects.discard((desk, job_id, name))
        try:
            await self._secrets.forget(desk, job_id)
        except StorageFull:
            await self._disk.run(self._ballast.spend)
            await self._secrets.forget(desk, job_id)


@contextmanager
def _files_or_real(files: Files | None, threads: int) -> Iterator[Files]:
    """The files given (by a test), or the operating system's with a reserve of descriptors."""
    if files is not None:
        yield files
        return
    real = RealFiles(_SPARE_DESCRIPTORS * threads)
    try:
        yield real
    finally:
        real.release_spares()


def _prepared(files: Files, layout: Layout, ballast: Ballast) -> set[DeskKey]:
    """Sweep, settle what a dead server left unsynced, lay the ballast; returns the boot markers."""
    sweep_temps(files, layout.sessions, LINK_SUFFIX)
    sweep_temps(files, layout.links)
    files.fsync_dir(layout.sessions)
    files.fsync_dir(layout.active)
    # A full disk, and nothing else is raised, must not keep anyone from deleting: the next plain
    # save tries again.
    with suppress(OSError):
        ballast.lay()
    return {DeskKey(name) for name in files.list(layout.active) if is_key(name)}
