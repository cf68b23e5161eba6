"""The folders of tasks that are being worked on, in the scratch of the workers for the network.

Each is locked for as long as its worker uses it; the kernel lets go of the lock with the worker,
however that ends. What a dead one has left goes when another opens a job. Used by
`executors.agent.run`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

import trio
from msgspec import Struct

from state.files import FOLDER_MODE
from state.scratch import empty

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Place(Struct, frozen=True):
    """`folder` is the task's, empty at first; `keep` is beside it, for what nobody else sees."""

    folder: Path
    keep: Path


class Places:
    """Under `root`, which belongs to the workers of one server."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def sweep(self) -> None:
        """Remove what dead workers have left. Raises OSError."""
        await trio.to_thread.run_sync(self._sweep)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """For one task; it is removed at the end of the block. Raises OSError."""
        handle, own = await trio.to_thread.run_sync(self._make)
        try:
            yield Place(own / "files", own / "keep")
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(_remove, handle, own)

    def _make(self) -> tuple[int, Path]:
        self._root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        own = self._root / token_hex(8)
        own.mkdir(mode=FOLDER_MODE)
        handle = os.open(own, _FOLDER)
        try:
            # A sweep may be looking at it just now, for a moment.
            fcntl.flock(handle, fcntl.LOCK_EX)
            for name in ("files", "keep"):
                (own / name).mkdir(mode=FOLDER_MODE)
        except BaseException:
            # On a full disk each try would leave a descriptor open.
            _remove(handle, own)
            raise
        return handle, own

    def _sweep(self) -> None:
        self._root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for name in os.listdir(self._root):
            # One that has just been made is empty and not yet locked: it may stay.
            with suppress(FileNotFoundError, BlockingIOError):
                handle = os.open(self._root / name, _FOLDER)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.listdir(handle):
                        _empty(self._root / name)
                finally:
                    os.close(handle)


def _remove(handle: int, own: Path) -> None:
    try:
        _empty(own)
    finally:
        os.close(handle)


def _empty(own: Path) -> None:
    empty(own)
    own.rmdir()
