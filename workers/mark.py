"""Which item a worker is at, told through a word of memory that it shares with its parent.

A worker that holds many items and does them one after the other says so before each (`Marker`, used
by `workers.jail.guard`); when it dies, its parent (`MarkBoard`, used by `workers.process`) knows
whose doing it was. A message could not tell: what kills a worker gives it no time to send one. The
word outlives the worker, costs no system call, and holds nothing but two numbers, of which the
parent believes only what it has leased.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from typing import Self

from msgspec import Struct

# One aligned word, so that it is never seen half written: the job's number and, in the lower half,
# 0 for nothing, 1 for opening the job, else the item's index and 2.
_WORD = struct.Struct("@Q")
_JOB_BITS = 32
_LOW = (1 << _JOB_BITS) - 1
_OPENS = 1
_FIRST = 2
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


class Mark(Struct, frozen=True):
    """What a worker was at: that item of that job (its number on the wire). Without an index it
    opened the job; job 0 is no job."""

    job: int = 0
    index: int | None = None


NOTHING = Mark()


class MarkBoard:
    """The parent's side, for one worker."""

    def __init__(self) -> None:
        """Raises OSError."""
        self.fd = os.memfd_create("mark", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, mmap.PAGESIZE)
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _SEALS)

    def read(self) -> Mark:
        (word,) = _WORD.unpack(os.pread(self.fd, _WORD.size, 0))
        job, low = word >> _JOB_BITS, word & _LOW
        if low == _OPENS:
            return Mark(job)
        return Mark(job, low - _FIRST) if low else NOTHING

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)


class Marker:
    """The worker's side."""

    def __init__(self, fd: int) -> None:
        """Raises OSError or ValueError where that is no such memory."""
        self._memory = mmap.mmap(fd, mmap.PAGESIZE)
        os.close(fd)

    def opens(self, job: int) -> None:
        _WORD.pack_into(self._memory, 0, job << _JOB_BITS | _OPENS)

    def at(self, job: int, index: int) -> None:
        _WORD.pack_into(self._memory, 0, job << _JOB_BITS | index + _FIRST)

    def nothing(self) -> None:
        _WORD.pack_into(self._memory, 0, 0)
