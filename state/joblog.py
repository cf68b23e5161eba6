"""The live log of a job: `log.jsonl`, appended by its runner, read by byte offset, of limited size.

Never synced: it is to be watched, not relied on. Called by `state.store` in its threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from state.atomic import naming, opened, write_all
from state.errors import JobFilesMissing
from state.folders import JobFolders
from state.model import LogLine
from state.plain import open_plain, set_aside
from state.sizes import JobAccount
from state.views import DeskKey, LogPage

NAME = "log.jsonl"
FULL_MESSAGE = "the log is full: nothing more is kept"
DAMAGED_MESSAGE = "a line of the log could not be read"

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(LogLine)
_TAIL_BYTES = 256  # the closing line with room to spare
_FULL_ENDING = f'"message":"{FULL_MESSAGE}","index":null}}\n'.encode()


class JobLogs:
    """Appends to and reads the logs of all jobs."""

    def __init__(self, folders: JobFolders, *, max_bytes: int, now: Callable[[], float]) -> None:
        self._folders = folders
        self._files = folders.files
        self._max_bytes = max_bytes
        self._now = now

    def append(self, desk: DeskKey, job_id: str, lines: Sequence[LogLine]) -> int:
        """Append; the first line that does not fit is replaced by one that says so, the last.
        Returns the size of the log then."""
        account = self._folders.account(desk, job_id)
        # Also where nothing more is kept: a full desk is to be noticed.
        account.check()
        with (
            self._folders.job(desk, job_id) as folder,
            opened(self._files, self._open(folder, job_id)) as handle,
        ):
            size = self._files.facts_of(handle).size_bytes
            tail = self._files.read(handle, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
            if tail.endswith(_FULL_ENDING):
                return size
            mended = b"\n" if tail and not tail.endswith(b"\n") else b""
            data = self._fitting(lines, size, mended)
            self._write(account, handle, size, data)
            return size + len(data)

    def _open(self, folder: int, job_id: str) -> int:
        try:
            return open_plain(self._files, folder, NAME, append=True)
        except FileNotFoundError:
            return self._files.create(folder, NAME)
        except JobFilesMissing:
            # A job does not wait for its log: what stands in its place is kept elsewhere.
            set_aside(self._files, folder, NAME, self._folders.quarantine, f"{job_id}.{NAME}")
            return self._files.create(folder, NAME)

    def _fitting(self, lines: Sequence[LogLine], size: int, mended: bytes) -> bytes:
        """What is to be written at `size`; `mended` ends a line that a crash cut short."""
        parts = [mended]
        room = self._max_bytes - _TAIL_BYTES - size - len(mended)
        for line in lines:
            data = _line(line)
            room -= len(data)
            if room < 0:
                parts.append(_line(LogLine(self._now(), "warning", FULL_MESSAGE)))
                break
            parts.append(data)
        return b"".join(parts)

    def _write(self, account: JobAccount, handle: int, size: int, data: bytes) -> None:
        account.claim(len(data))
        try:
            with naming(NAME):
                write_all(self._files, handle, data)
        except OSError:
            account.release(len(data))
            with suppress(OSError):  # then the next line begins by ending the torn one
                self._files.truncate(handle, size)
            raise

    def read(self, desk: DeskKey, job_id: str, after: int, limit_bytes: int) -> LogPage:
        """Whole lines from the offset `after` on (from the next line, where it is within one)."""
        with self._folders.job(desk, job_id) as folder:
            try:
                handle = open_plain(self._files, folder, NAME)
            except FileNotFoundError:
                return LogPage((), 0, 0)
            with opened(self._files, handle):
                size = self._files.facts_of(handle).size_bytes
                if after >= size:
                    return LogPage((), size, size)
                return self._page(handle, max(0, after), limit_bytes, size)

    def _page(self, handle: int, after: int, limit_bytes: int, size: int) -> LogPage:
        # One byte before tells whether `after` is where a line begins.
        start = max(0, after - 1)
        data = self._files.read(handle, limit_bytes + after - start, start)
        if b"\n" not in data[after - start :]:
            data += self._rest_of_line(handle, limit_bytes, start + len(data), size)
        begin = 0 if after == 0 else data.find(b"\n") + 1
        end = data.rfind(b"\n") + 1
        if end <= begin:  # at most the rest of a line whose beginning was not asked for
            return LogPage((), max(after, start + end), size)
        lines = tuple(_parsed(line) for line in data[begin : end - 1].split(b"\n"))
        return LogPage(lines, start + end, size)

    def _rest_of_line(self, handle: int, step_bytes: int, start: int, size: int) -> bytes:
        """From `start` on, as far as the step that it ends in. No line is longer than a log may be:
        a file of zeros is not read to its end."""
        parts: list[bytes] = []
        end = min(size, start + self._max_bytes)
        while start < end and (more := self._files.read(handle, step_bytes, start)):
            parts.append(more)
            start += len(more)
            if b"\n" in more:
                break
        return b"".join(parts)


def _line(line: LogLine) -> bytes:
    return _encode(line) + b"\n"


def _parsed(line: bytes) -> LogLine:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return LogLine(0.0, "error", DAMAGED_MESSAGE)
