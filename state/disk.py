"""Runs file work in the store's own threads and gives its errors their names.

The store's limiters are its own: hung look-ups and long CPU work fill Trio's default one, and a
save must not wait behind them. Short writes and long scans have one each, so that an export of
100,000 outcomes does not hold up a save either.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar, TypeVarTuple, Unpack

import trio
from outcome import Outcome

from state.errors import StorageBroken, StorageError, StorageFull, StorageReadOnly

FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)
_NO_ACCESS = (errno.EACCES, errno.EPERM)

# The part of a desk's key that no log needs, and what temp files add to the name they are for.
_UNTOLD = re.compile(r"(?<=[0-9a-f]{8})[0-9a-f]{56}|\.[0-9a-f]{16}\.tmp$")

T = TypeVar("T")
Args = TypeVarTuple("Args")


def storage_error(error: OSError) -> StorageError:
    """The one table from the operating system's errors to ours: what, where, and what to do."""
    said = error.strerror or str(error)
    if error.filename is not None:
        said = f"{said}: {_UNTOLD.sub('', str(error.filename))}"
    if error.errno in FULL:
        return StorageFull(f"the disk is full ({said}): make room, it then goes on by itself")
    if error.errno == errno.EROFS:
        return StorageReadOnly(f"the disk is read-only ({said}): make it writable again")
    if error.errno == errno.EIO:
        return StorageBroken(f"the disk failed ({said}): look at the kernel's log")
    if error.errno in _NO_DESCRIPTORS:
        return StorageError(f"too many open files ({said}): raise the limit (ulimit -n)")
    if error.errno in _NO_ACCESS:
        return StorageError(f"no access ({said}): look at the owner and mode of the data folder")
    return StorageError(f"the disk refused ({said})")


class Disk:
    """Two limiters over one kind of thread. Work that has begun is always waited for: a write that
    outlived its caller could land after a newer one."""

    def __init__(self, threads: int) -> None:
        self._short = trio.CapacityLimiter(threads)
        self._long = trio.CapacityLimiter(threads)

    async def run(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        """Something short: a save, an append, a sync."""
        return await _named(_begun_at_once(self._short, partial(work, *args)))

    async def run_long(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        """A scan, a page of an export, a whole input file."""
        return await _named(trio.to_thread.run_sync(work, *args, limiter=self._long))

    def check_cancelled(self) -> None:
        """For work of `run_long` to call between its steps: raises trio.Cancelled where nobody
        waits for it."""
        trio.from_thread.check_cancelled()


async def _named(done: Awaitable[T]) -> T:
    try:
        return await done
    except OSError as error:
        raise storage_error(error) from error


async def _begun_at_once(limiter: trio.CapacityLimiter, work: Callable[[], T]) -> T:
    """As `trio.to_thread.run_sync`, but where a thread is free the work begins before any other
    task has its turn: paid calls wait for these syncs, and a turn of a busy loop is as long as one.
    """
    await trio.lowlevel.checkpoint_if_cancelled()
    borrower = object()
    try:
        limiter.acquire_on_behalf_of_nowait(borrower)
    except trio.WouldBlock:
        await limiter.acquire_on_behalf_of(borrower)
    task, token = trio.lowlevel.current_task(), trio.lowlevel.current_trio_token()

    def back(outcome: Outcome[T]) -> None:
        limiter.release_on_behalf_of(borrower)
        trio.lowlevel.reschedule(task, outcome)

    def deliver(outcome: Outcome[T]) -> None:
        token.run_sync_soon(back, outcome)

    try:
        trio.lowlevel.start_thread_soon(work, deliver)
    except BaseException:
        # There is no thread to be had, and so nobody to give it back.
        limiter.release_on_behalf_of(borrower)
        raise
    # What has begun is waited for.
    done: T = await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED)
    return done
