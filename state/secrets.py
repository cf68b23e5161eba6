"""Secret values of a desk's jobs: `files/<desk>/secrets.json`, 0600. Used by `state.store`.

Everything else (the desk's file, logs, exports) only names them, so that one file holds what must
not be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
import trio
from msgspec import Struct

from state.atomic import opened, read_range, replace_file
from state.disk import Disk
from state.errors import JobFilesMissing
from state.folders import JobFolders
from state.views import DeskKey

NAME = "secrets.json"
_MAX_BYTES = 64 * 1024 * 1024


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    jobs: dict[str, dict[str, str]]


_FORMAT = 1
_decoder = msgspec.json.Decoder(_Kept)


def read_secrets(folders: JobFolders, desk: DeskKey) -> dict[str, dict[str, str]]:
    """job id -> its secrets by name; empty where the desk has none. Raises JobFilesMissing."""
    files = folders.files
    try:
        with (
            folders.existing_desk(desk) as folder,
            opened(files, files.open_read(folder, NAME)) as handle,
        ):
            data = b"".join(read_range(files, handle, 0, _MAX_BYTES))
    except FileNotFoundError:
        return {}
    try:
        return _decoder.decode(data).jobs
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise JobFilesMissing(f"{NAME} of this desk is damaged: {error}") from error


class DeskSecrets:
    """Reads and replaces the secrets files, one change at a time."""

    def __init__(self, disk: Disk, folders: JobFolders) -> None:
        self._disk = disk
        self._folders = folders
        self._files = folders.files
        self._changing = trio.Lock()  # two changes of one file at once would lose one of them

    async def save(self, desk: DeskKey, job_id: str, secrets: Mapping[str, str]) -> None:
        """Keep the job's secrets, durably. Raises StorageError."""
        if secrets:
            async with self._changing:
                await self._disk.run(self._save, desk, job_id, dict(secrets))

    async def load(self, desk: DeskKey, job_id: str) -> dict[str, str]:
        """The job's secrets; empty where it has none. Raises JobFilesMissing."""
        kept = await self._disk.run(self._read, desk)
        return kept.jobs.get(job_id, {})

    async def keep_only(self, desk: DeskKey, jobs: Collection[str]) -> None:
        """Forget the secrets of all other jobs."""
        async with self._changing:
            await self._disk.run(self._keep_only, desk, jobs)

    async def forget(self, desk: DeskKey, job_id: str) -> None:
        """Forget the job's secrets."""
        async with self._changing:
            await self._disk.run(self._forget, desk, job_id)

    def _save(self, desk: DeskKey, job_id: str, secrets: dict[str, str]) -> None:
        self._write(desk, {**self._read(desk).jobs, job_id: secrets})

    def _keep_only(self, desk: DeskKey, jobs: Collection[str]) -> None:
        before = self._read(desk).jobs
        after = {job_id: kept for job_id, kept in before.items() if job_id in jobs}
        if after != before:
            self._write(desk, after)

    def _forget(self, desk: DeskKey, job_id: str) -> None:
        before = self._read(desk).jobs
        if job_id in before:
            self._write(desk, {other: kept for other, kept in before.items() if other != job_id})

    def _write(self, desk: DeskKey, jobs: dict[str, dict[str, str]]) -> None:
        data = msgspec.json.encode(_Kept(_FORMAT, jobs))
        with self._folders.desk(desk) as folder:
            replace_file(self._files, folder, NAME, data)

    def _read(self, desk: DeskKey) -> _Kept:
        return _Kept(_FORMAT, read_secrets(self._folders, desk))
