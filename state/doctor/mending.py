"""How the doctor changes a data folder: never in place, never without keeping what it takes out.

Everything here may be cut short at any point and done again: what is taken away is durable in
quarantine before it is gone from its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from state.atomic import discard, opened, read_range, temp_name, write_all
from state.files import Files
from state.lines import whole_lines
from state.plain import make_private

_LABEL_BYTES = 200  # a name has 255 at most; time and chance follow it

# Whether a line (without its newline) stays.
IsGood = Callable[[bytes], bool]


class Aside(Struct, frozen=True):
    """The quarantine: what is put there stays, under a name that tells where it was."""

    files: Files
    folder: int
    now: Callable[[], float]

    def move(self, folder: int, name: str, path: str) -> str:
        """Move an entry of whatever kind there."""
        kept = self._name(path)
        self.files.rename(folder, name, self.folder, kept)
        make_private(self.files, self.folder, kept)
        self.files.fsync_dir(self.folder)
        self.files.fsync_dir(folder)
        return f"moved to quarantine/{kept}"

    def _name(self, path: str) -> str:
        label = path.replace("/", ".").encode("utf-8", "surrogateescape")[:_LABEL_BYTES]
        unique = f"{int(self.now() * 1000)}.{os.urandom(4).hex()}"
        return f"{label.decode('utf-8', 'surrogateescape')}.{unique}"

    @contextmanager
    def new_file(self, path: str) -> Iterator[tuple[str, int]]:
        """A new file there, for what is cut out of that path: durable at the end of the block."""
        kept = self._name(path)
        with opened(self.files, self.files.create(self.folder, kept)) as handle:
            yield kept, handle
            self.files.fsync(handle)
        self.files.fsync_dir(self.folder)


def set_mode(files: Files, folder: int, name: str, mode: int) -> str:
    """Give the entry its mode; it is durable with the next sync of the file system."""
    files.set_mode(folder, name, mode)
    return f"gave it {mode:04o}"


def cut_tail(aside: Aside, folder: int, name: str, path: str, end: int) -> str:
    """Cut what lies beyond `end` off a file of lines, and keep it."""
    files = aside.files
    with opened(files, files.open_append(folder, name)) as handle:
        size = files.facts_of(handle).size_bytes
        with aside.new_file(path) as (kept, copy):
            for piece in read_range(files, handle, end, size):
                write_all(files, copy, piece)
        files.truncate(handle, end)
        files.fsync(handle)
    return f"cut off {size - end} bytes, kept as quarantine/{kept}"


def keep_lines(aside: Aside, folder: int, name: str, path: str, is_good: IsGood) -> str:
    """Write a file of lines anew without the bad ones, and keep those."""
    files = aside.files
    temp = temp_name(name)
    try:
        with (
            opened(files, files.open_read(folder, name)) as handle,
            opened(files, files.create(folder, temp)) as fresh,
        ):
            with aside.new_file(path) as (kept, copy):
                count = _divide(files, handle, fresh, copy, is_good)
            files.fsync(fresh)
        files.rename(folder, temp, folder, name)
    except BaseException:
        discard(files, folder, temp)
        raise
    files.fsync_dir(folder)
    return f"took out {count} lines, kept as quarantine/{kept}"


def _divide(files: Files, handle: int, good: int, bad: int, is_good: IsGood) -> int:
    """Copy each line to one of the two; returns how many were bad. A torn last line is bad."""
    size = files.facts_of(handle).size_bytes
    end = count = 0
    for found in whole_lines(files, handle, 0, size):
        write_all(files, good, b"".join(line.data + b"\n" for line in found if is_good(line.data)))
        taken = [line for line in found if not is_good(line.data)]
        for line in taken:
            for piece in read_range(files, handle, line.start, line.end):
                write_all(files, bad, piece)
        count += len(taken)
        end = found[-1].end
    for piece in read_range(files, handle, end, size):
        write_all(files, bad, piece)
    return count + (end < size)
