"""What a desk keeps in the file store beside its state and its jobs: addresses, secrets, journeys,
library, audit log. The write side; `state.store.FileStore` adds the states and the jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from state.audit import AuditLine
from state.audit_files import DeskAudits
from state.ballast import Ballast
from state.desks import checked_key
from state.disk import Disk
from state.errors import StorageFull
from state.file_reads import FileReads
from state.folders import JobFolders
from state.health import Health
from state.joblog import JobLogs
from state.links import LinkFiles
from state.reading import OutcomeReader
from state.secrets import DeskSecrets
from state.views import DeskKey, Link


class Shelves(Struct, frozen=True):
    """Where it all is."""

    links: LinkFiles
    secrets: DeskSecrets
    audits: DeskAudits


class FileShelves(FileReads):
    """Writes what belongs to a desk as a whole. Holds nothing of its own."""

    def __init__(
        self,
        disk: Disk,
        folders: JobFolders,
        reader: OutcomeReader,
        logs: JobLogs,
        shelves: Shelves,
        ballast: Ballast,
        health: Health,
    ) -> None:
        super().__init__(disk, folders, reader, logs, shelves.audits)
        self._links = shelves.links
        self._secrets = shelves.secrets
        self._audit_files = shelves.audits
        self._ballast = ballast
        self._health = health

    async def _check_writable(self, desk: DeskKey) -> None:
        """Raises StorageReadOnly where the disk failed under this desk and has not come back."""
        if self._health.read_only(checked_key(desk)):
            await self._disk.run(self._health.check, desk)

    async def find_link(self, link: Link) -> DeskKey | None:
        """The desk that it leads to. Raises DeskUnreadable."""
        return await self._disk.run(self._links.find, link)

    async def save_link(self, desk: DeskKey, link: Link) -> None:
        """Durable; works on a full disk too: shutting somebody out cannot wait for room."""
        await self._check_writable(desk)
        try:
            await self._disk.run(self._links.save, desk, link)
        except StorageFull:
            await self._disk.run(self._ballast.spend)
            await self._disk.run(self._links.save, desk, link)

    async def delete_link(self, link: Link) -> None:
        """Remove what may be gone already."""
        await self._disk.run(self._links.remove, link)

    async def append_audit(self, desk: DeskKey, lines: Sequence[AuditLine]) -> None:
        """Append to the desk's audit log (not synced)."""
        await self._disk.run(self._audit_files.append, checked_key(desk), lines)

    async def sync_audit(self, desk: DeskKey) -> None:
        """Make what was appended survive a power loss. Not repeated where it fails."""
        await self._disk.run(self._audit_files.sync, checked_key(desk))

    async def save_secrets(self, desk: DeskKey, job_id: str, secrets: Mapping[str, str]) -> None:
        """Keep the job's secrets, durably."""
        await self._check_writable(desk)
        await self._secrets.save(desk, job_id, secrets)

    async def load_secrets(self, desk: DeskKey, job_id: str) -> dict[str, str]:
        """Empty where the job has none."""
        return await self._secrets.load(desk, job_id)

    async def save_journeys(self, desk: DeskKey, data: bytes, *, learned: bool = False) -> None:
        """Keep a file of the desk's journeys, durably."""
        await self._check_writable(desk)
        await self._disk.run_long(self._save_journeys, desk, data, learned)

    def _save_journeys(self, desk: DeskKey, data: bytes, learned: bool) -> None:
        self._ballast.lay()  # the room of a spent ballast is not for more
        self._journeys.save(desk, data, sure=learned)

    async def keep_journeys(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Let go of the files of all others; works on a full disk too."""
        await self._disk.run(self._journeys.keep, desk, digests)

    async def save_library(self, desk: DeskKey, data: bytes) -> None:
        """Keep a file of the desk's library, durably."""
        await self._check_writable(desk)
        await self._disk.run_long(self._ballast.lay)  # its room is not for more
        await self._disk.run_long(self._library.save, desk, data)

    async def keep_library(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Let go of its other files; works on a full disk too."""
        await self._disk.run(self._library.keep, desk, digests)

    async def put_assets(self, desk: DeskKey, job_id: str, files: Mapping[str, bytes]) -> None:
        """Give the job those files, by digest."""
        await self._check_writable(desk)
        await self._disk.run_long(self._ballast.lay)  # its room is not for more
        await self._disk.run_long(self._assets.put, desk, job_id, files)

    async def copy_assets(self, desk: DeskKey, job_id: str, digests: Iterable[str]) -> None:
        """Give the job those files of the library. Raises LibraryMissing."""
        await self._check_writable(desk)
        check = self._disk.check_cancelled
        await self._disk.run_long(self._assets.give, desk, job_id, digests, check)
