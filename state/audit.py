"""The audit log of a desk: who did what, in `audit.jsonl` beside the folders of its jobs.

Sealed lines, appended by the desk's session and synced by it moments later; at its size limit the
file becomes `audit.jsonl.1`, and the one that was that is gone. The first line of each says where
in the whole history it begins, so offsets that were given to a reader stay good. Called by
`state.store` in its threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from state.atomic import naming, opened, write_all
from state.errors import JobFilesMissing
from state.files import Files
from state.folders import JobFolders
from state.lines import seal_of, sealed, unsealed
from state.plain import open_plain, set_aside
from state.views import DeskKey

NAME = "audit.jsonl"
OLDER = "audit.jsonl.1"
NAMES = (NAME, OLDER)

FORMAT = 1
# No line is longer: its fields are hashes, ids, codes and an address.
LINE_MAX_BYTES = 4 * 1024
_HEAD_MAX_BYTES = 256
_SCAN_BYTES = 64 * 1024


class AuditLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was done, or refused. Never a link, a token, a user's name or a spec.

    `who` is a hash, or "system" for what the server did by itself; `means` is how they showed it
    (link, token, ...), `origin` the address they came from. `outcome` is "ok" or the error's code.
    With `more` the line stands for so many others like it that were left out; `lost` lines before
    it could not be written.
    """

    at: str
    who: str
    means: str
    what: str
    job: str | None = None
    origin: str = field(default="", name="from")
    outcome: str = "ok"
    revision: int | None = None
    more: int = 0
    lost: int = 0


class AuditPage(Struct, frozen=True):
    """Whole lines from an offset on; `next` is the offset to ask for next, `start` and `size` are
    where what is kept begins and ends. `bad_lines` of the page could not be read."""

    lines: tuple[AuditLine, ...]
    next: int
    start: int
    size: int
    bad_lines: int = 0


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a file: `base` is the offset of the file's first byte."""

    audit: int
    base: int


class _Generation(Struct, frozen=True):
    handle: int
    base: int
    size: int

    @property
    def end(self) -> int:
        return self.base + self.size


T = TypeVar("T")

_line_decoder = msgspec.json.Decoder(AuditLine)
_head_decoder = msgspec.json.Decoder(Head)


def utc_ms(at: float) -> str:
    """RFC 3339 with milliseconds, as `2026-11-22T03:01:00.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def audit_seal(desk: DeskKey) -> int:
    """What the CRC of every line begins with. No job is called so."""
    return seal_of(desk, "/audit")


def line_in(data: bytes, seal: int) -> AuditLine | None:
    """The line; None where it is damaged."""
    return _decoded(_line_decoder, data, seal)


def head_in(data: bytes, seal: int) -> Head | None:
    return _decoded(_head_decoder, data, seal)


def _decoded(decoder: msgspec.json.Decoder[T], data: bytes, seal: int) -> T | None:
    body = unsealed(data, seal)
    if body is None:
        return None
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class DeskAudits:
    """Appends to and reads the audit logs of all desks. One caller at a time writes for a desk."""

    def __init__(self, folders: JobFolders, *, max_bytes: int) -> None:
        self._folders = folders
        self._files: Files = folders.files
        self._max_bytes = max_bytes
        # Desks whose file has a durable name; written by the threads of their own writers.
        self._named: set[DeskKey] = set()

    # ----------------------------------------------------------------------------- writing

    def append(self, desk: DeskKey, lines: Sequence[AuditLine]) -> None:
        """Append them (not synced), all or none."""
        seal = audit_seal(desk)
        data = b"".join([sealed(line, seal) for line in lines])
        with self._folder(desk) as folder:
            if not self._appended(desk, folder, data):
                self._files.rename(folder, NAME, folder, OLDER)
                self._appended(desk, folder, data)

    def _appended(self, desk: DeskKey, folder: int, data: bytes) -> bool:
        """False where the file is full: it is synced, and may be put aside."""
        with opened(self._files, self._open(desk, folder)) as handle, naming(NAME):
            size = self._mended(handle)
            if size == 0:
                head = Head(FORMAT, self._end_of_older(desk, folder))
                data = sealed(head, audit_seal(desk)) + data
            elif size > _HEAD_MAX_BYTES and size + len(data) > self._max_bytes:
                self._files.fdatasync(handle)
                return False
            try:
                write_all(self._files, handle, data)
            except OSError:
                with suppress(OSError):  # then the next append begins by cutting it
                    self._files.truncate(handle, size)
                raise
        return True

    def _open(self, desk: DeskKey, folder: int) -> int:
        try:
            return open_plain(self._files, folder, NAME, append=True)
        except FileNotFoundError:
            pass
        except JobFilesMissing:
            # A desk does not wait for its log: what stands in its place is kept elsewhere.
            aside = self._folders.quarantine
            set_aside(self._files, folder, NAME, aside, f"{desk}.{NAME}")
        self._named.discard(desk)
        return self._files.create(folder, NAME)

    def _mended(self, handle: int) -> int:
        """The size of the file without the last line that a crash cut short, which is cut off."""
        size = self._files.facts_of(handle).size_bytes
        end = size
        while end and self._files.read(handle, 1, end - 1) != b"\n":
            start = max(0, end - _SCAN_BYTES)
            end = start + self._files.read(handle, end - start, start).rfind(b"\n") + 1
        if end < size:
            self._files.truncate(handle, end)
        return end

    def sync(self, desk: DeskKey) -> None:
        """Make what was appended survive a power loss."""
        with self._folders.existing_desk(desk) as folder:
            with (
                opened(self._files, open_plain(self._files, folder, NAME, append=True)) as handle,
                naming(NAME),
            ):
                self._files.fdatasync(handle)
            if desk not in self._named:
                self._files.fsync_dir(folder)
                self._named.add(desk)

    @contextmanager
    def _folder(self, desk: DeskKey) -> Iterator[int]:
        """The desk's folder. One that is there is not synced anew: that is for those whose files
        must last."""
        with ExitStack() as held:
            try:
                folder = held.enter_context(self._folders.existing_desk(desk))
            except FileNotFoundError:
                folder = held.enter_context(self._folders.desk(desk))
            yield folder

    # ----------------------------------------------------------------------------- reading

    def read(self, desk: DeskKey, after: int, limit_bytes: int) -> AuditPage:
        """Whole lines from `after` on (from the next line, where it is within one)."""
        with ExitStack() as held:
            kept = self._generations(desk, held)
            if not kept:
                return AuditPage((), 0, 0, 0)
            start, size = kept[0].base, kept[-1].end
            position = max(after, start)
            found = next((one for one in kept if position < one.end), None)
            if found is None:
                return AuditPage((), size, start, size)
            # Between two files nothing is missing, but where the older one was lost.
            position = max(position, found.base)
            lines, bad, following = self._page(desk, found, position, limit_bytes)
            return AuditPage(lines, following, start, size, bad)

    def size_bytes(self, desk: DeskKey) -> int:
        """What both files take up."""
        with ExitStack() as held:
            return sum(one.size for one in self._generations(desk, held))

    def _generations(self, desk: DeskKey, held: ExitStack) -> list[_Generation]:
        """The open files, the older one first."""
        try:
            folder = held.enter_context(self._folders.existing_desk(desk))
        except FileNotFoundError:
            return []
        # The newest first: one that is put aside in between is then seen twice, and not missed.
        newest = self._generation(desk, folder, NAME, held)
        older = self._generation(desk, folder, OLDER, held)
        if newest is None:
            return [] if older is None else [older]
        if older is None or older.base >= newest.base:
            return [newest]
        return [older, newest]

    def _generation(
        self, desk: DeskKey, folder: int, name: str, held: ExitStack
    ) -> _Generation | None:
        try:
            handle = open_plain(self._files, folder, name)
        except (FileNotFoundError, JobFilesMissing):
            return None
        held.callback(self._files.close, handle)
        size = self._files.facts_of(handle).size_bytes
        data = self._files.read(handle, _HEAD_MAX_BYTES, 0).partition(b"\n")[0]
        head = head_in(data, audit_seal(desk))
        if head is None:
            # Its place is lost with its head. It is after all that is older.
            base = self._end_of_older(desk, folder) if name == NAME else 0
            return _Generation(handle, base, size)
        return _Generation(handle, head.base, size)

    def _end_of_older(self, desk: DeskKey, folder: int) -> int:
        with ExitStack() as held:
            older = self._generation(desk, folder, OLDER, held)
            return 0 if older is None else older.end

    def _page(
        self, desk: DeskKey, found: _Generation, position: int, limit_bytes: int
    ) -> tuple[tuple[AuditLine, ...], int, int]:
        """(the lines, how many were bad, where to go on)."""
        offset = position - found.base
        # One byte before tells whether a line begins there.
        start = max(0, offset - 1)
        data = self._files.read(found.handle, max(limit_bytes, LINE_MAX_BYTES), start)
        begin = 0 if offset == 0 else data.find(b"\n") + 1
        end = data.rfind(b"\n") + 1
        if end == 0 and start + len(data) < found.size:
            # More than a line, and no end: nobody wrote that.
            return (), 1, found.base + start + len(data)
        if end <= begin:  # the rest of a line, or one that is being written
            return (), 0, max(position, found.base + start + end)
        seal = audit_seal(desk)
        parts = data[begin : end - 1].split(b"\n")
        if start + begin == 0 and head_in(parts[0], seal) is not None:
            del parts[0]
        lines = [line_in(part, seal) for part in parts]
        good = tuple(line for line in lines if line is not None)
        return good, len(lines) - len(good), found.base + start + end
