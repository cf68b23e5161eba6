"""What the memory store keeps of a desk beside its state and jobs: addresses, secrets, journeys,
library, audit log. `state.memory.MemoryStore` adds the states and the jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from state.audit import AuditLine, AuditPage
from state.kept_files import KEPT_JOURNEYS, KEPT_LIBRARY
from state.memory_audit import MemoryAudit
from state.memory_faults import Faults
from state.memory_kept import MemoryKept
from state.sizes import DeskSizes
from state.views import DeskKey, Link


class MemoryShelves:
    """In dictionaries. Written by the tasks that call it, without a thread."""

    def __init__(self, *, max_audit_bytes: int) -> None:
        self.faults = Faults()
        self.sizes = DeskSizes()
        self._max_audit_bytes = max_audit_bytes
        self._links: dict[Link, DeskKey] = {}
        self._secrets: dict[tuple[DeskKey, str], dict[str, str]] = {}
        self._audits: dict[DeskKey, MemoryAudit] = {}
        self._journeys = MemoryKept(self.sizes, KEPT_JOURNEYS)
        self._library = MemoryKept(self.sizes, KEPT_LIBRARY)

    async def find_link(self, link: Link) -> DeskKey | None:
        """The desk that it leads to, if it leads to one."""
        await self.faults.meet("find_link")
        return self._links.get(link)

    async def save_link(self, desk: DeskKey, link: Link) -> None:
        """Let the link lead to the desk."""
        await self.faults.meet("save_link")
        self._links[link] = desk

    async def delete_link(self, link: Link) -> None:
        """Remove what may be gone already."""
        await self.faults.meet("delete_link")
        self._links.pop(link, None)

    async def append_audit(self, desk: DeskKey, lines: Sequence[AuditLine]) -> None:
        """Append to the desk's audit log (not synced)."""
        await self.faults.meet("append_audit")
        audit = self._audit_of(desk)
        audit.append(lines)
        self.sizes.set_audit(desk, audit.size_bytes)

    async def sync_audit(self, desk: DeskKey) -> None:
        """From here on `lose_power` spares what was appended."""
        await self.faults.meet("sync_audit")
        self._audit_of(desk).sync()

    def _audit_of(self, desk: DeskKey) -> MemoryAudit:
        return self._audits.setdefault(desk, MemoryAudit(self._max_audit_bytes))

    async def save_secrets(self, desk: DeskKey, job_id: str, secrets: Mapping[str, str]) -> None:
        """Keep the job's secrets."""
        await self.faults.meet("save_secrets")
        self._secrets[desk, job_id] = dict(secrets)

    async def load_secrets(self, desk: DeskKey, job_id: str) -> dict[str, str]:
        """Empty where the job has none."""
        await self.faults.meet("load_secrets")
        return dict(self._secrets.get((desk, job_id), {}))

    async def save_journeys(self, desk: DeskKey, data: bytes, *, learned: bool = False) -> None:
        """Keep a file of the desk's journeys."""
        await self.faults.meet("save_journeys")
        self._journeys.save(desk, data, sure=learned)

    async def keep_journeys(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Let go of the files of all others."""
        await self.faults.meet("keep_journeys")
        self._journeys.keep(desk, digests)

    async def save_library(self, desk: DeskKey, data: bytes) -> None:
        """Keep a file of the desk's library."""
        await self.faults.meet("save_library")
        self._library.save(desk, data)

    async def keep_library(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Let go of all its others."""
        await self.faults.meet("keep_library")
        self._library.keep(desk, digests)

    async def read_journeys(self, desk: DeskKey, digest: str) -> bytes:
        """The file of that digest. Raises JourneysMissing."""
        await self.faults.meet("read_journeys")
        return self._journeys.read(desk, digest)

    async def read_library(self, desk: DeskKey, digest: str) -> bytes:
        """The file of that digest. Raises LibraryMissing."""
        await self.faults.meet("read_library")
        return self._library.read(desk, digest)

    async def read_audit(
        self, desk: DeskKey, *, after: int = 0, limit_bytes: int = 262_144
    ) -> AuditPage:
        """Whole lines of the desk's audit log from an offset."""
        await self.faults.meet("read_audit")
        return self._audit_of(desk).read(after, limit_bytes)
