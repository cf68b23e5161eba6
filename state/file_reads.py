"""The read side of the file store: the `StoreReads` port, for the front end.

Everything is read in the threads for long work, so that no export holds up a save.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial

from state.artifact_reads import ArtifactReads, read_pieces
from state.assets import Assets
from state.audit import AuditPage
from state.audit_pages import AuditPages
from state.buckets import SeriesAsk, SeriesPage
from state.disk import Disk
from state.folders import JobFolders
from state.groups import CausePage
from state.joblog import JobLogs
from state.kept_files import KEPT_JOURNEYS, KEPT_LIBRARY, KeptFiles
from state.model import InputItem, OutcomeRecord, OutcomeStatus
from state.reading import OutcomeReader
from state.views import Artifact, DeskKey, LogPage, OutcomePage
from state.wanted import Order, OutcomeFilter


class FileReads:
    """Reads the files of jobs; changes nothing. `state.store.FileStore` adds the write side."""

    def __init__(
        self,
        disk: Disk,
        folders: JobFolders,
        reader: OutcomeReader,
        logs: JobLogs,
        audits: AuditPages,
    ) -> None:
        self._disk = disk
        self._folders = folders
        self._reader = reader
        self._artifacts = ArtifactReads(folders)
        self._logs = logs
        self._audit_pages = audits
        self._journeys = KeptFiles(folders, KEPT_JOURNEYS)
        self._library = KeptFiles(folders, KEPT_LIBRARY)
        self._assets = Assets(folders, self._library)

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
        """One page of the newest endings. Raises JobFilesMissing."""
        read = self._reader.page
        return await self._disk.run_long(
            read, desk, job_id, status, run, again, where, order, offset, limit
        )

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
    ) -> AsyncIterator[tuple[tuple[OutcomeRecord, InputItem], ...]]:
        """Batches of the newest endings in index order, as the file stood at the first step."""
        read = self._reader.spots
        spots = await self._disk.run_long(read, desk, job_id, status, run, again, where)
        for start in range(0, len(spots), batch):
            some = spots[start : start + batch]
            yield await self._disk.run_long(self._reader.endings, desk, job_id, some)

    async def read_causes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        run: int | None = None,
        again: OutcomeFilter | None = None,
    ) -> CausePage:
        """Why items have failed. Raises JobFilesMissing."""
        return await self._disk.run_long(self._reader.causes, desk, job_id, run, again)

    async def read_series(self, desk: DeskKey, job_id: str, ask: SeriesAsk) -> SeriesPage:
        """What happened when. Raises JobFilesMissing."""
        return await self._disk.run_long(self._reader.series, desk, job_id, ask)

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
        read = self._reader.pending
        return await self._disk.run_long(read, desk, job_id, run, again, offset, limit)

    async def read_items(
        self, desk: DeskKey, job_id: str, *, offset: int = 0, limit: int = 100
    ) -> tuple[InputItem, ...]:
        """One page of the items. Raises JobFilesMissing."""
        return await self._disk.run_long(self._reader.items, desk, job_id, offset, limit)

    async def read_log(
        self, desk: DeskKey, job_id: str, *, after: int = 0, limit_bytes: int = 262_144
    ) -> LogPage:
        """Whole log lines from a byte offset."""
        return await self._disk.run_long(self._logs.read, desk, job_id, after, limit_bytes)

    async def read_audit(
        self, desk: DeskKey, *, after: int = 0, limit_bytes: int = 262_144
    ) -> AuditPage:
        """Whole lines of the desk's audit log from an offset."""
        return await self._disk.run_long(self._audit_pages.read, desk, after, limit_bytes)

    async def read_journeys(self, desk: DeskKey, digest: str) -> bytes:
        """The file of that digest. Raises JourneysMissing."""
        return await self._disk.run_long(self._journeys.read, desk, digest)

    async def read_library(self, desk: DeskKey, digest: str) -> bytes:
        """The file of that digest. Raises LibraryMissing."""
        return await self._disk.run_long(self._library.read, desk, digest)

    async def read_asset(self, desk: DeskKey, job_id: str, digest: str) -> bytes:
        """What the job was given under that digest. Raises JobFilesMissing."""
        return await self._disk.run_long(self._assets.read, desk, job_id, digest)

    async def read_asset_part(
        self, desk: DeskKey, job_id: str, digest: str, start: int, size_bytes: int
    ) -> bytes:
        """A part of what the job was given under that digest. Raises JobFilesMissing."""
        read = partial(self._assets.part, desk, job_id, digest, start, size_bytes)
        return await self._disk.run_long(read)

    async def list_artifacts(self, desk: DeskKey, job_id: str) -> list[Artifact]:
        """What the job made, by name."""
        return await self._disk.run_long(self._artifacts.all, desk, job_id)

    async def find_artifact(self, desk: DeskKey, job_id: str, name: str) -> Artifact:
        """The one of that name. Raises ArtifactMissing."""
        return await self._disk.run_long(self._artifacts.find, desk, job_id, name)

    async def find_artifacts(
        self, desk: DeskKey, job_id: str, names: Sequence[str]
    ) -> list[Artifact]:
        """Those of them that there are."""
        return await self._disk.run_long(self._artifacts.find_all, desk, job_id, names)

    async def open_artifact(
        self,
        desk: DeskKey,
        job_id: str,
        name: str,
        *,
        start: int = 0,
        chunk_bytes: int = 262_144,
    ) -> AsyncIterator[bytes]:
        """The bytes of one artifact. Raises JobFilesMissing at the first."""
        found = await self.find_artifact(desk, job_id, name)
        pieces = self._artifacts.pieces(desk, job_id, [found], chunk_bytes, start)
        async with aclosing(read_pieces(self._disk, pieces, chunk_bytes)) as batches:
            async for batch in batches:
                for _, chunk in batch:
                    yield chunk

    async def read_artifacts(
        self,
        desk: DeskKey,
        job_id: str,
        wanted: Sequence[Artifact],
        *,
        chunk_bytes: int = 262_144,
        batch_bytes: int = 1_048_576,
    ) -> AsyncIterator[list[tuple[int, bytes]]]:
        """Batches of (position among the wanted, a chunk). Raises JobFilesMissing."""
        pieces = self._artifacts.pieces(desk, job_id, wanted, chunk_bytes)
        async with aclosing(read_pieces(self._disk, pieces, batch_bytes)) as batches:
            async for batch in batches:
                yield batch
