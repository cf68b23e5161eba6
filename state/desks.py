"""The desks' files in `sessions/`: how one is replaced, and which generation is loaded.

`state.store` calls this in its threads and syncs the folder for many desks at once.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from state.atomic import discard, opened, read_range, write_temp
from state.codec import MAX_FILE_BYTES, Damaged, Decoded, NewerSchema, decode
from state.errors import DeskMissing, DeskUnreadable, DeskUnreadableNow, JobFilesMissing
from state.files import Files
from state.migrations import Schema
from state.model import DeskState, Restored
from state.plain import NOT_A_FILE, open_plain, set_aside
from state.views import DeskKey, DeskListed

_KEY = re.compile(r"[0-9a-f]{64}")
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# The folder of a desk's journeys, among those of its jobs.
JOURNEYS = "journeys"
# The folder of its library, which is there too.
LIBRARY = "library"
# Under which its proxies keep their user names and passwords among the secrets of jobs.
PROXIES = "proxies"
# Under which the secrets are that its webhooks are signed with.
WEBHOOKS = "webhooks"
KEPT_FOLDERS = frozenset({JOURNEYS, LIBRARY})
NO_JOBS = frozenset({*KEPT_FOLDERS, PROXIES, WEBHOOKS})
_CURRENT = ".json"
_PREVIOUS = ".json.1"
LINK_SUFFIX = ".json.link"
_HEAD = re.compile(
    rb'\{"format":\d{1,9},"schema":\d{1,9},"owner":"[0-9a-f]{64}","revision":(\d{1,18}),'
)
_HEAD_BYTES = 256
PROBE_BYTES = 4096

# A read that failed so says nothing about the file.
_NOT_NOW = (errno.EACCES, errno.EPERM, errno.EIO, errno.ENOMEM)


def is_key(name: str) -> bool:
    return _KEY.fullmatch(name) is not None


def is_job_id(name: str) -> bool:
    """Whether a job can be called so: a folder is, and some names are taken."""
    return _JOB_ID.fullmatch(name) is not None and name not in NO_JOBS


def checked_key(desk: str) -> DeskKey:
    """A desk's key names files: anything but a hex SHA-256 is a mistake of the caller."""
    if not is_key(desk):
        raise ValueError(f"not a desk key: {desk!r}")
    return DeskKey(desk)


def file_names(desk: DeskKey) -> tuple[str, str]:
    """The names of its two generations, the newest first."""
    return desk + _CURRENT, desk + _PREVIOUS


class DeskFiles:
    """Two generations of each desk's file, in one folder."""

    def __init__(
        self,
        files: Files,
        folder: int,
        quarantine: int,
        *,
        schema: Schema,
        now: Callable[[], float],
    ) -> None:
        self._files = files
        self._folder = folder
        self._quarantine = quarantine
        self._schema = schema
        self._now = now

    def replace(self, desk: DeskKey, data: bytes, *, again: bool = False) -> None:
        """Put `data` in place and keep what was there as the previous generation. `again`: what is
        there may be the same, from a save whose last sync failed.

        Durable only after the folder has been synced. The contents are synced before they get
        their name, so either generation is whole whenever the power goes.
        """
        name = desk + _CURRENT
        temp = write_temp(self._files, self._folder, name, data)
        try:
            if not (again and self._holds(name, data)):
                self._keep_previous(desk)
            self._files.rename(self._folder, temp, self._folder, name)
        except BaseException:
            with suppress(OSError):  # the first error is the one to tell
                discard(self._files, self._folder, temp)
            raise

    def _holds(self, name: str, data: bytes) -> bool:
        """Whether that is there already. It is not kept as its own previous generation: it would
        push out the true one."""
        try:
            same_size = self._files.facts(self._folder, name).size_bytes == len(data)
            return same_size and self._contents(name) == data
        except (OSError, Damaged):
            return False

    def probe(self, desk: DeskKey) -> None:
        """Find out whether the disk takes a new file of this desk. Raises OSError."""
        temp = write_temp(self._files, self._folder, f"{desk}.probe", os.urandom(PROBE_BYTES))
        self._files.unlink(self._folder, temp)
        self._files.fsync_dir(self._folder)

    def _keep_previous(self, desk: DeskKey) -> None:
        link = desk + LINK_SUFFIX
        with self._no_folder_at(link):
            discard(self._files, self._folder, link)
        try:
            self._files.link(self._folder, desk + _CURRENT, link)
        except FileNotFoundError:
            return  # the first generation, or the one before was quarantined
        with self._no_folder_at(desk + _PREVIOUS):
            self._files.rename(self._folder, link, self._folder, desk + _PREVIOUS)

    @contextmanager
    def _no_folder_at(self, name: str) -> Iterator[None]:
        """A folder where a file belongs would fail every save for ever: this one fails, the next
        finds it gone."""
        try:
            yield
        except IsADirectoryError:
            self._set_aside(name)
            raise

    def exists(self, desk: DeskKey) -> bool:
        """Whether either generation has a file, of whatever kind and state."""
        return self._has(desk + _CURRENT) or self._has(desk + _PREVIOUS)

    def _has(self, name: str) -> bool:
        try:
            self._files.facts(self._folder, name)
        except FileNotFoundError:
            return False
        return True

    def delete(self, desk: DeskKey) -> bool:
        """Remove the file of a desk that has no older generation; others stay (False). Durable only
        after the folder has been synced."""
        if self._has(desk + _PREVIOUS):
            return False
        with suppress(FileNotFoundError):
            self._files.unlink(self._folder, desk + _CURRENT)
        return True

    def load(self, desk: DeskKey) -> DeskState:
        """The newest good generation. Raises DeskMissing, DeskUnreadable.

        Where the older one has to do, the newer one is moved to quarantine, so that the next save
        cannot put it in the older one's place.
        """
        newest = self._read(desk, _CURRENT)
        if isinstance(newest, DeskState):
            return self._unless_replaced(desk, newest)
        older = self._read(desk, _PREVIOUS)
        if isinstance(older, DeskState):
            self._set_aside(desk + _CURRENT)
            restored = Restored(older.revision, self._now(), newest or "its file is missing")
            return replace(older, restored=restored)
        if newest is None and older is None:
            raise DeskMissing("there is no such desk")
        said = [f"{name}: {why}" for name, why in (("newest", newest), ("previous", older)) if why]
        raise DeskUnreadable("; ".join(said))

    def _unless_replaced(self, desk: DeskKey, newest: DeskState) -> DeskState:
        """The newest generation; but where an older copy has taken its place, which shows by the
        previous one, the better of the two, restored."""
        revision = self._revision_of(desk + _PREVIOUS)
        if revision < newest.revision:
            return newest
        if revision == newest.revision:
            why = "a copy of the previous generation stood in its place"
            copied = self._is_copied(desk)
            found = Restored(revision, self._now(), why)
            return replace(newest, restored=found) if copied else newest
        previous = self._read(desk, _PREVIOUS)
        if not isinstance(previous, DeskState) or previous.revision <= newest.revision:
            return newest
        self._set_aside(desk + _CURRENT)
        why = f"an older one, of revision {newest.revision}, stood in its place"
        return replace(previous, restored=Restored(previous.revision, self._now(), why))

    def _revision_of(self, name: str) -> int:
        """What the head of that file says, unchecked; -1 where it says nothing."""
        try:
            with opened(self._files, open_plain(self._files, self._folder, name)) as handle:
                head = _HEAD.match(self._files.read(handle, _HEAD_BYTES, 0))
        except (OSError, JobFilesMissing):
            return -1
        return -1 if head is None else int(head[1])

    def _is_copied(self, desk: DeskKey) -> bool:
        """Whether two files hold the same generation. One file of two names is what a server leaves
        that is killed in the middle of a save, and nothing is lost then."""
        newest, previous = (self._files.facts(self._folder, name) for name in file_names(desk))
        if newest.modified_at == previous.modified_at:
            return False
        return self._contents(desk + _CURRENT) == self._contents(desk + _PREVIOUS)

    def _read(self, desk: DeskKey, suffix: str) -> DeskState | str | None:
        """The state in that file; why it is no good; or None where there is none."""
        found = self.inspect(desk, desk + suffix)
        if not isinstance(found, Decoded):
            return found
        if found.migrated_from is not None:
            self._keep_unmigrated(desk + suffix, found.migrated_from)
        return found.state

    def inspect(self, desk: DeskKey, name: str) -> Decoded | str | None:
        """What is in that generation's file; why it is no good; or None where there is none.
        Changes nothing. Raises DeskUnreadable for one that is not ours to judge."""
        try:
            return decode(desk, self._contents(name), self._schema)
        except FileNotFoundError:
            return None
        except Damaged as error:
            return str(error)
        except NewerSchema as error:
            # It may be whole: an older generation in its place would be a silent loss.
            raise DeskUnreadable(f"{name.removeprefix(desk)}: {error}") from error

    def previous(self, desk: DeskKey) -> DeskState | None:
        """The generation before, where there is a good one. Raises DeskUnreadable."""
        found = self.inspect(desk, desk + _PREVIOUS)
        return found.state if isinstance(found, Decoded) else None

    def _contents(self, name: str) -> bytes:
        try:
            with opened(self._files, self._files.open_read(self._folder, name)) as handle:
                found = self._files.facts_of(handle)
                if not found.regular:
                    raise Damaged("it is not a regular file")
                if found.size_bytes > MAX_FILE_BYTES:
                    raise Damaged(f"it has {found.size_bytes} bytes")
                return b"".join(read_range(self._files, handle, 0, MAX_FILE_BYTES))
        except OSError as error:
            if error.errno in NOT_A_FILE:
                raise Damaged(str(error.strerror)) from error
            if error.errno in _NOT_NOW:
                raise DeskUnreadableNow(f"its file cannot be read now: {error.strerror}") from error
            raise

    def _keep_unmigrated(self, name: str, schema: int) -> None:
        """The file as the older version wrote it stays, beside what the next save makes of it."""
        kept = f"{name}.schema{schema}"
        if not self._has(kept):
            self._files.link(self._folder, name, kept)
            self._files.fsync_dir(self._folder)

    def _set_aside(self, name: str) -> None:
        if self._has(name):
            said = f"{name}.{int(self._now() * 1000)}"
            set_aside(self._files, self._folder, name, self._quarantine, said)

    def older_than(self, before: float) -> list[DeskKey]:
        """The desks whose newest generation was written before that time."""
        return [
            DeskKey(name.removesuffix(_CURRENT))
            for name in self._files.list(self._folder)
            if name.endswith(_CURRENT) and self._written_at(name) < before
        ]

    def listed(self) -> list[DeskListed]:
        """All desks that have a newest generation: one look into the folder, none into a file."""
        found = []
        for name in self._files.list(self._folder):
            if name.endswith(_CURRENT):
                with suppress(FileNotFoundError):  # replaced or set aside since it was listed
                    facts = self._files.facts(self._folder, name)
                    key = DeskKey(name.removesuffix(_CURRENT))
                    found.append(DeskListed(key, facts.modified_at, facts.size_bytes))
        return found

    def saved_at(self, desk: DeskKey) -> float:
        """When the generation that `load` gave was saved: one that was no good is away by then."""
        suffix = _CURRENT if self._has(desk + _CURRENT) else _PREVIOUS
        return self._files.facts(self._folder, desk + suffix).modified_at

    def _written_at(self, name: str) -> float:
        try:
            return self._files.facts(self._folder, name).modified_at
        except FileNotFoundError:
            return float("inf")  # replaced or set aside since it was listed
