"""One folder fsync for many callers. Used by `state.store` for `sessions/` and `active/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from state.errors import StorageError


class _Round:
    """One fsync of the folder: who began it writes it, who waits for it reads it after `done`."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.done = trio.Event()
        self.succeeded = False  # written by the leader
        self.error: StorageError | None = None  # written by the leader


class SharedSync:
    """Makes all that was done to a folder before the call durable.

    An fsync covers every change made before it began, and none made after: a caller that finds one
    under way waits for it and then for the next, which one of the waiting begins for all of them.
    An error of that fsync is every covered caller's error. A leader that is cancelled before its
    fsync began covers nobody, and another takes its place.
    """

    def __init__(self, sync: Callable[[], Awaitable[None]]) -> None:
        self._sync = sync
        self._begun = 0  # rounds begun so far; written by leaders
        self._running: _Round | None = None  # written by the leader of that round

    async def wait_durable(self) -> None:
        """Return once a sync that began after this call has succeeded. Raises StorageError."""
        seen = self._begun
        while (running := self._running) is not None:
            await running.done.wait()
            if running.number <= seen:
                continue
            if running.error is not None:
                raise type(running.error)(*running.error.args) from running.error
            if running.succeeded:
                return
        await self._lead()

    async def _lead(self) -> None:
        self._begun += 1
        own = self._running = _Round(self._begun)
        try:
            await self._sync()
            own.succeeded = True
        except StorageError as error:
            own.error = error
            raise
        finally:
            self._running = None
            own.done.set()
