"""The desks' files in `sessions/`: how one is replaced, and which generation is loaded.

`state.store` calls this in its threads and syncs the folder for many desks at once.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from state.atomic import discard, opened, read_range, write_temp
from state.codec import MAX_FILE_BYTES, Damaged, Decoded, NewerSchema, decode
from state.errors import DeskMissing, DeskUnreadable, DeskUnreadableNow
from state.files import Files
from state.migrations import Schema
from state.model import DeskState, Restored
from state.views import DeskKey

_KEY = re.compile(r"[0-9a-f]{64}")
_CURRENT = ".json"
_PREVIOUS = ".json.1"
LINK_SUFFIX = ".json.link"
PROBE_BYTES = 4096

# A read that failed so says nothing about the file.
_NOT_NOW = (errno.EACCES, errno.EPERM, errno.EIO, errno.ENOMEM)


def is_key(name: str) -> bool:
    return _KEY.fullmatch(name) is not None


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

    def replace(self, desk: DeskKey, data: bytes) -> None:
        """Put `data` in place and keep what was there as the previous generation.

        Durable only after the folder has been synced. The contents are synced before they get
        their name, so either generation is whole whenever the power goes.
        """
        name = desk + _CURRENT
        temp = write_temp(self._files, self._folder, name, data)
        try:
            self._keep_previous(desk)
            self._files.rename(self._folder, temp, self._folder, name)
        except BaseException:
            with suppress(OSError):  # the first error is the one to tell
                discard(self._files, self._folder, temp)
            raise

    def probe(self, desk: DeskKey) -> None:
        """Find out whether the disk takes a new file of this desk. Raises OSError."""
        temp = write_temp(self._files, self._folder, f"{desk}.probe", os.urandom(PROBE_BYTES))
        self._files.unlink(self._folder, temp)
        self._files.fsync_dir(self._folder)

    def _keep_previous(self, desk: DeskKey) -> None:
        link = desk + LINK_SUFFIX
        discard(self._files, self._folder, link)
        try:
            self._files.link(self._folder, desk + _CURRENT, link)
        except FileNotFoundError:
            return  # the first generation, or the one before was quarantined
        self._files.rename(self._folder, link, self._folder, desk + _PREVIOUS)

    def exists(self, desk: DeskKey) -> bool:
        """Whether either generation has a file, of whatever kind and state."""
        return self._has(desk + _CURRENT) or self._has(desk + _PREVIOUS)

    def _has(self, name: str) -> bool:
        try:
            self._files.facts(self._folder, name)
        except FileNotFoundError:
            return False
        return True

    def load(self, desk: DeskKey) -> DeskState:
        """The newest good generation. Raises DeskMissing, DeskUnreadable.

        Where the older one has to do, the newer one is moved to quarantine, so that the next save
        cannot put it in the older one's place.
        """
        newest = self._read(desk, _CURRENT)
        if isinstance(newest, DeskState):
            return newest
        older = self._read(desk, _PREVIOUS)
        if isinstance(older, DeskState):
            self._set_aside(desk + _CURRENT)
            restored = Restored(older.revision, self._now(), newest or "its file is missing")
            return replace(older, restored=restored)
        if newest is None and older is None:
            raise DeskMissing("there is no such desk")
        said = [f"{name}: {why}" for name, why in (("newest", newest), ("previous", older)) if why]
        raise DeskUnreadable("; ".join(said))

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
            if error.errno in (errno.ELOOP, errno.ENXIO):
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
            aside = f"{name}.{int(self._now() * 1000)}"
            self._files.rename(self._folder, name, self._quarantine, aside)
            self._files.fsync_dir(self._quarantine)
            self._files.fsync_dir(self._folder)

    def older_than(self, before: float) -> list[DeskKey]:
        """The desks whose newest generation was written before that time."""
        return [
            DeskKey(name.removesuffix(_CURRENT))
            for name in self._files.list(self._folder)
            if name.endswith(_CURRENT) and self._written_at(name) < before
        ]

    def saved_at(self, desk: DeskKey) -> float:
        """When the generation that `load` gave was saved: one that was no good is away by then."""
        suffix = _CURRENT if self._has(desk + _CURRENT) else _PREVIOUS
        return self._files.facts(self._folder, desk + suffix).modified_at

    def _written_at(self, name: str) -> float:
        try:
            return self._files.facts(self._folder, name).modified_at
        except FileNotFoundError:
            return float("inf")  # replaced or set aside since it was listed
