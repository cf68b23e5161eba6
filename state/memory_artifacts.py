"""What the jobs of the memory store have made, as readers see it: a part of
`state.memory.MemoryStore`, which writes the jobs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import trio

from state.errors import ArtifactMissing, JobFilesMissing
from state.memory_jobs import MemoryJob
from state.memory_shelves import MemoryShelves
from state.views import Artifact, DeskKey


class MemoryArtifacts(MemoryShelves):
    """Written by the store alone."""

    def __init__(self, *, max_audit_bytes: int) -> None:
        super().__init__(max_audit_bytes=max_audit_bytes)
        self._jobs: dict[tuple[DeskKey, str], MemoryJob] = {}

    def _job(self, desk: DeskKey, job_id: str) -> MemoryJob:
        try:
            return self._jobs[desk, job_id]
        except KeyError:
            raise JobFilesMissing(f"job {job_id} has no files") from None

    async def list_artifacts(self, desk: DeskKey, job_id: str) -> list[Artifact]:
        """What the job made, by name."""
        await self.faults.meet("list_artifacts")
        made = self._job(desk, job_id).artifacts
        return [artifact for _, (artifact, _) in sorted(made.items())]

    async def find_artifact(self, desk: DeskKey, job_id: str, name: str) -> Artifact:
        """The one of that name. Raises ArtifactMissing."""
        await self.faults.meet("find_artifact")
        return self._artifact(desk, job_id, name)[0]

    async def find_artifacts(
        self, desk: DeskKey, job_id: str, names: Sequence[str]
    ) -> list[Artifact]:
        """Those of them that there are."""
        await self.faults.meet("find_artifact")
        made = self._job(desk, job_id).artifacts
        return [made[name][0] for name in names if name in made]

    def _artifact(self, desk: DeskKey, job_id: str, name: str) -> tuple[Artifact, bytes]:
        made = self._job(desk, job_id).artifacts
        if name not in made:
            raise ArtifactMissing(f"there is no artifact {name!r}")
        return made[name]

    async def read_artifacts(
        self,
        desk: DeskKey,
        job_id: str,
        wanted: Sequence[Artifact],
        *,
        chunk_bytes: int = 262_144,
        batch_bytes: int = 1_048_576,
    ) -> AsyncIterator[list[tuple[int, bytes]]]:
        """One batch for each of the wanted. Raises JobFilesMissing."""
        await self.faults.meet("read_artifacts")
        for position, artifact in enumerate(wanted):
            await trio.lowlevel.checkpoint()
            data = self._artifact(desk, job_id, artifact.name)[1]
            starts = range(0, max(1, len(data)), chunk_bytes)
            yield [(position, data[start : start + chunk_bytes]) for start in starts]

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
        await self.faults.meet("open_artifact")
        data = self._artifact(desk, job_id, name)[1]
        for offset in range(start, max(start + 1, len(data)), chunk_bytes):
            await trio.lowlevel.checkpoint()
            yield data[offset : offset + chunk_bytes]
