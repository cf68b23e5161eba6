"""What all items of a job share: copies of files of the desk's library, and files that it was made
of, `assets/<digest>` in the job's folder. Called by `state.store`, in its threads.

A job has them for its own, so that it goes on with what it began with whatever becomes of the
library; each is named by its digest and never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from state.atomic import opened, read_range, replace_file
from state.digests import digest_of, is_digest
from state.errors import JobFilesMissing
from state.folders import JobFolders
from state.kept_files import KeptFiles
from state.library import FILE_MAX_BYTES
from state.plain import NOT_A_FILE, open_plain
from state.views import DeskKey

NAME = "assets"


class Assets:
    """Writes and reads them. Holds nothing of its own."""

    def __init__(self, folders: JobFolders, library: KeptFiles) -> None:
        self._folders = folders
        self._files = folders.files
        self._library = library

    def give(
        self, desk: DeskKey, job_id: str, digests: Iterable[str], check: Callable[[], None]
    ) -> None:
        """Copy those files of the library, durably. `check` raises where that must stop. Raises
        LibraryMissing, QuotaReached."""
        for digest in dict.fromkeys(digests):
            check()
            self._add(desk, job_id, digest, self._library.read(desk, digest))

    def put(self, desk: DeskKey, job_id: str, files: Mapping[str, bytes]) -> None:
        """Keep those files, by digest, durably. Raises QuotaReached."""
        for digest, data in files.items():
            self._add(desk, job_id, digest, data)

    def copy(self, desk: DeskKey, from_job: str, to_job: str, check: Callable[[], None]) -> None:
        """Give a job what another has; what it has already stays. Raises JobFilesMissing,
        QuotaReached."""
        for digest in self._names(desk, from_job):
            check()
            if not self._has(desk, to_job, digest):
                self._add(desk, to_job, digest, self.read(desk, from_job, digest))

    def read(self, desk: DeskKey, job_id: str, digest: str) -> bytes:
        """The bytes of that digest. Raises JobFilesMissing where they are not what was written."""
        data = self.part(desk, job_id, digest, 0, FILE_MAX_BYTES)
        if digest_of(data) != digest:
            raise JobFilesMissing("a file that the items of this job share is damaged")
        return data

    def part(self, desk: DeskKey, job_id: str, digest: str, start: int, size_bytes: int) -> bytes:
        """So many bytes of that file from `start` on, or as many as there are: unlike `read` it
        does not see whether they are those that were written. Raises JobFilesMissing."""
        if not is_digest(digest):
            raise JobFilesMissing(f"no asset can be called {digest!r}")
        try:
            with self._folders.job(desk, job_id) as job, opened(self._files, self._open(job)) as at:
                handle = open_plain(self._files, at, digest)
                with opened(self._files, handle):
                    return b"".join(read_range(self._files, handle, start, start + size_bytes))
        except FileNotFoundError as error:
            raise JobFilesMissing("a file that the items of this job share is gone") from error

    def _open(self, job: int) -> int:
        """Raises FileNotFoundError; JobFilesMissing where something else is in its place."""
        try:
            return self._files.open_folder(job, NAME)
        except OSError as error:
            if error.errno in NOT_A_FILE:
                raise JobFilesMissing(f"{NAME} is no folder: {error.strerror}") from error
            raise

    def _names(self, desk: DeskKey, job_id: str) -> list[str]:
        try:
            with self._folders.job(desk, job_id) as job, opened(self._files, self._open(job)) as at:
                return sorted(filter(is_digest, self._files.list(at)))
        except FileNotFoundError:
            return []

    def _has(self, desk: DeskKey, job_id: str, digest: str) -> bool:
        try:
            self.read(desk, job_id, digest)
        except JobFilesMissing:
            return False
        return True

    def _add(self, desk: DeskKey, job_id: str, digest: str, data: bytes) -> None:
        account = self._folders.account(desk, job_id)
        account.claim(len(data), at_work=False)
        try:
            with self._folders.job(desk, job_id) as job:
                self._folders.make_within(job, (desk, job_id, NAME))
                with opened(self._files, self._open(job)) as folder:
                    replace_file(self._files, folder, digest, data)
        except BaseException:
            account.release(len(data))
            raise
