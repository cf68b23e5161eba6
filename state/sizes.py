"""What the files of each desk take up, and whether there is room for more: counted, never scanned.

Whoever writes a file of a desk claims the bytes first and gives them back where it failed, so no
desk ever has more than its limit but for its audit log and what its journeys learn. What a server
that died left is counted once, when its desk is read or its job is opened. Owned by a store; used
from all its threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any

from msgspec import Struct

from state.atomic import opened
from state.desks import KEPT_FOLDERS
from state.errors import QuotaReached
from state.files import Files
from state.views import DeskKey, Usage

# The place of the audit log among the jobs, and all that no job is called: what is no job's.
_AUDIT = ""
_KEPT = frozenset({_AUDIT, *KEPT_FOLDERS})
UNLIMITED = 2**63 - 1


class _Desk:
    """Written under the lock of the `DeskSizes` that owns it."""

    def __init__(self) -> None:
        self.limit_bytes = UNLIMITED
        self.used_bytes = 0
        self.jobs: dict[str, int] = {}
        # A claim was refused to a job: none is granted any more until a job's files are gone.
        # Otherwise what is small would go on for ever beside what does not fit.
        self.full = False


class DeskSizes:
    """Bytes by desk and job. No method waits for more than the lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._desks: dict[DeskKey, _Desk] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> DeskSizes:
        """A memory store is copied to see what a loss of power leaves; a lock cannot be."""
        copied = memo[id(self)] = DeskSizes()
        with self._lock:
            copied._desks = deepcopy(self._desks, memo)
        return copied

    # -------------------------------------------------------------------------- for the desk

    def limit(self, desk: DeskKey, limit_bytes: int) -> None:
        """How much the desk may have from now on."""
        with self._lock:
            self._of(desk).limit_bytes = limit_bytes

    def usage(self, desk: DeskKey) -> Usage:
        with self._lock:
            found = self._of(desk)
            return Usage(found.used_bytes, found.limit_bytes, full=_is_full(found))

    def job_bytes(self, desk: DeskKey, job_id: str) -> int:
        with self._lock:
            return self._of(desk).jobs.get(job_id, 0)

    def seed(self, desk: DeskKey, job_id: str, size_bytes: int) -> None:
        """What was last known of a job, where nothing newer is."""
        with self._lock:
            if job_id not in self._of(desk).jobs:
                self._put(desk, job_id, size_bytes)

    def forget(self, desk: DeskKey) -> None:
        """The desk leaves memory."""
        with self._lock:
            self._desks.pop(desk, None)

    # ------------------------------------------------------------------- for those who write

    def check(self, desk: DeskKey) -> None:
        """Raises QuotaReached where a job of the desk has found no room."""
        with self._lock:
            found = self._of(desk)
            if found.full:
                raise _refusal(found)

    def claim(self, desk: DeskKey, job_id: str, size_bytes: int, *, at_work: bool = True) -> None:
        """Take so much for the job. Raises QuotaReached: where the job is `at_work` the desk is
        full from then on, else the error tells the new job from what was there before it."""
        with self._lock:
            found = self._of(desk)
            if found.full or found.used_bytes + size_bytes > found.limit_bytes:
                found.full = found.full or at_work
                mine = 0 if at_work else found.jobs.get(job_id, 0)
                raise _refusal(found, mine, size_bytes)
            self._add(found, job_id, size_bytes)

    def release(self, desk: DeskKey, job_id: str, size_bytes: int) -> None:
        """Give back what was claimed and not used, or is used no more."""
        with self._lock:
            self._add(self._of(desk), job_id, -size_bytes)

    @contextmanager
    def claimed(self, desk: DeskKey, job_id: str, size_bytes: int) -> Iterator[None]:
        """Take so much for what the block writes; it comes back where that fails."""
        self.claim(desk, job_id, size_bytes)
        try:
            yield
        except BaseException:
            self.release(desk, job_id, size_bytes)
            raise

    def set(self, desk: DeskKey, job_id: str, size_bytes: int) -> None:
        """The job, or the folder of what is kept beside jobs, has been counted."""
        with self._lock:
            self._put(desk, job_id, size_bytes)

    def set_audit(self, desk: DeskKey, size_bytes: int) -> None:
        """The audit log takes up so much. It is counted and never refused."""
        self.set(desk, _AUDIT, size_bytes)

    def add_audit(self, desk: DeskKey, size_bytes: int) -> None:
        self.release(desk, _AUDIT, -size_bytes)

    def claim_kept(self, desk: DeskKey, folder: str, size_bytes: int, *, sure: bool) -> None:
        """Take so much for what the desk keeps in that folder beside its jobs. Raises QuotaReached
        unless it is `sure`; no job waits for it."""
        with self._lock:
            found = self._of(desk)
            within = not found.full and found.used_bytes + size_bytes <= found.limit_bytes
            if not (within or sure):
                raise _refusal(found, more=size_bytes)
            self._add(found, folder, size_bytes)

    def remove(self, desk: DeskKey, job_id: str) -> None:
        """The job's files are gone: there may be room again."""
        with self._lock:
            found = self._of(desk)
            freed = found.jobs.pop(job_id, 0)
            found.used_bytes -= freed
            if freed and found.used_bytes < found.limit_bytes:
                found.full = False

    def relieve(self, desk: DeskKey) -> None:
        """Some of a job's files are gone, and given back: there may be room again."""
        with self._lock:
            found = self._of(desk)
            if found.used_bytes < found.limit_bytes:
                found.full = False

    # -------------------------------------------------------------------- under the lock

    def _of(self, desk: DeskKey) -> _Desk:
        found = self._desks.get(desk)
        if found is None:
            found = self._desks[desk] = _Desk()
        return found

    def _put(self, desk: DeskKey, job_id: str, size_bytes: int) -> None:
        found = self._of(desk)
        self._add(found, job_id, size_bytes - found.jobs.get(job_id, 0))

    @staticmethod
    def _add(found: _Desk, job_id: str, size_bytes: int) -> None:
        found.jobs[job_id] = found.jobs.get(job_id, 0) + size_bytes
        found.used_bytes += size_bytes


class JobAccount(Struct, frozen=True):
    """The sizes of one job, for those who write its files."""

    sizes: DeskSizes
    desk: DeskKey
    job_id: str

    def claim(self, size_bytes: int, *, at_work: bool = True) -> None:
        self.sizes.claim(self.desk, self.job_id, size_bytes, at_work=at_work)

    def release(self, size_bytes: int) -> None:
        self.sizes.release(self.desk, self.job_id, size_bytes)

    def check(self) -> None:
        self.sizes.check(self.desk)

    def relieve(self) -> None:
        self.sizes.relieve(self.desk)


def tree_bytes(files: Files, folder: int) -> int:
    """The sizes of all regular files in an open folder and below it. What goes meanwhile, as the
    temp file of another write does, takes up nothing."""
    total = 0
    for name in files.list(folder):
        with suppress(FileNotFoundError):
            total += _bytes_of(files, folder, name)
    return total


def _bytes_of(files: Files, folder: int, name: str) -> int:
    facts = files.facts(folder, name)
    if facts.folder:
        with opened(files, files.open_folder(folder, name)) as inner:
            return tree_bytes(files, inner)
    return facts.size_bytes if facts.regular else 0


def _is_full(found: _Desk) -> bool:
    return found.full or found.used_bytes >= found.limit_bytes


def _refusal(found: _Desk, mine: int = 0, more: int = 0) -> QuotaReached:
    """`mine` is what was claimed already for that of which `more` is refused."""
    used, limit = found.used_bytes - mine, found.limit_bytes
    return QuotaReached(
        f"the desk is full: its files take up {used:,} of {limit:,} bytes",
        used_bytes=used,
        limit_bytes=limit,
        needed_bytes=mine + more,
        kept_bytes=sum(found.jobs.get(name, 0) for name in _KEPT),
    )
