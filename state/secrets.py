"""Secret values of a desk's jobs, journeys, proxies and webhooks: `files/<desk>/secrets.json`,
0600. Used by `state.store`.

Everything else (the desk's file, logs, exports) only names them, so that one file holds what must
not be shown. It is one sealed line: a password with one changed letter would be used in earnest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

import msgspec
import trio
from msgspec import Struct

from state.atomic import opened, read_range, replace_file
from state.disk import Disk
from state.errors import DeskTooLarge, JobFilesMissing
from state.folders import JobFolders
from state.lines import seal_of, sealed, unsealed
from state.plain import open_plain, set_aside
from state.views import DeskKey

NAME = "secrets.json"
_MAX_BYTES = 64 * 1024 * 1024


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    jobs: dict[str, dict[str, str]]


_FORMAT = 1
_decoder = msgspec.json.Decoder(_Kept)


def read_secrets(folders: JobFolders, desk: DeskKey) -> dict[str, dict[str, str]]:
    """job id -> its secrets by name; empty where the desk has none. What its journeys fill in is
    there as if JOURNEYS were a job, which none is called; so are what its PROXIES are
    called by and what its WEBHOOKS are signed with. Raises JobFilesMissing."""
    files = folders.files
    try:
        with (
            folders.existing_desk(desk) as folder,
            opened(files, open_plain(files, folder, NAME)) as handle,
        ):
            data = b"".join(read_range(files, handle, 0, _MAX_BYTES))
    except FileNotFoundError:
        return {}
    body = unsealed(data.removesuffix(b"\n"), seal_of(desk, NAME))
    if body is None:
        raise JobFilesMissing(f"{NAME} of this desk is damaged: its checksum does not fit")
    try:
        return _decoder.decode(body).jobs
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JobFilesMissing(f"{NAME} of this desk is damaged: {error}") from error


class DeskSecrets:
    """Reads and replaces the secrets files, one change at a time."""

    def __init__(self, disk: Disk, folders: JobFolders) -> None:
        self._disk = disk
        self._folders = folders
        self._files = folders.files
        self._changing = trio.Lock()  # two changes of one file at once would lose one of them

    async def save(self, desk: DeskKey, job_id: str, secrets: Mapping[str, str]) -> None:
        """Keep the job's secrets, durably, instead of those it had. Raises StorageError."""
        async with self._changing:
            if secrets:
                await self._disk.run(self._save, desk, job_id, dict(secrets))
            else:
                await self._disk.run(self._forget, desk, job_id)

    async def copy(self, desk: DeskKey, from_job: str, to_job: str) -> None:
        """Give a job the secrets of another. Raises JobFilesMissing, StorageError."""
        async with self._changing:
            kept = (await self._disk.run(self._read, desk)).jobs
            secrets = kept.get(from_job, {})
            if secrets != kept.get(to_job, {}):
                await self._disk.run(self._write, desk, {**kept, to_job: secrets})

    async def load(self, desk: DeskKey, job_id: str) -> dict[str, str]:
        """The job's secrets; empty where it has none. Raises JobFilesMissing."""
        kept = await self._disk.run(self._read, desk)
        return kept.jobs.get(job_id, {})

    async def keep_only(self, desk: DeskKey, jobs: Collection[str]) -> None:
        """Forget the secrets of all other jobs."""
        async with self._changing:
            await self._disk.run(self._keep_only, desk, jobs)

    async def forget(self, desk: DeskKey, job_id: str) -> None:
        """Forget the job's secrets. Of a damaged file nothing is: the next load tells of it."""
        async with self._changing:
            with suppress(JobFilesMissing):
                await self._disk.run(self._forget, desk, job_id)

    def _save(self, desk: DeskKey, job_id: str, secrets: dict[str, str]) -> None:
        try:
            kept = self._read(desk).jobs
        except JobFilesMissing:
            # Jobs whose secrets are lost say so when they run; new ones need not fail with them.
            with self._folders.existing_desk(desk) as folder:
                set_aside(self._files, folder, NAME, self._folders.quarantine, f"{desk}.{NAME}")
            kept = {}
        self._write(desk, {**kept, job_id: secrets})

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
        data = sealed(_Kept(_FORMAT, jobs), seal_of(desk, NAME))
        if len(data) > _MAX_BYTES:
            raise DeskTooLarge(f"the secrets have {len(data)} bytes, the limit is {_MAX_BYTES}")
        with self._folders.desk(desk) as folder:
            replace_file(self._files, folder, NAME, data)

    def _read(self, desk: DeskKey) -> _Kept:
        return _Kept(_FORMAT, read_secrets(self._folders, desk))
