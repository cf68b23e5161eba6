"""Whose turn it is at a server that does one thing at a time: over all items of a worker, and over
all workers, of which there are two while one takes the place of another.

The kernel lets go of a worker's lock with the worker, however that ends; a mark in the locked file
stays, and says that whoever had the turn has died in it. Used by `workers.net.services`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio

# How soon a turn is asked for again that another worker has.
ASK_AGAIN_S = 0.25
_FREE, _TAKEN = b"-", b"!"


class Turns:
    """`place` is that of the file; without one they are those of this worker alone."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._line = trio.StrictFIFOLock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """In the order in which they came. True where whoever had the turn before died in it.
        Raises OSError."""
        async with self._line:
            if not self._place:
                yield False
                return
            handle = os.open(self._place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                await _locked(handle)
                was_left = os.pread(handle, 1, 0) == _TAKEN
                os.pwrite(handle, _TAKEN, 0)
                is_over = not was_left
                try:
                    yield was_left
                    is_over = True
                finally:
                    # Else what was left is for the next to see to.
                    os.pwrite(handle, _FREE if is_over else _TAKEN, 0)
            finally:
                os.close(handle)


async def _locked(handle: int) -> None:
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        await trio.sleep(ASK_AGAIN_S)
