"""Wakes desks that sleep when a pass of a schedule of theirs is due.

Owned by the supervisor; the tasks of its desks say who goes to sleep, and until when.
"""

from __future__ import annotations

from collections.abc import Container

import trio

from actors.alarms import Alarms
from actors.directory import Directory
from actors.errors import ActorError, NotFound
from actors.house import House
from actors.ports import DeskKey
from actors.signal import Signal

# Desks that are woken at once: many schedules are due on the hour.
WAKING = 32
# A desk that could not be opened is tried again after that.
RETRY_S = 10.0


class Waker:
    """Opening a desk is all that is done here: it then sees for itself what is due."""

    def __init__(
        self, house: House, directory: Directory, alarms: Alarms, parked: Container[DeskKey]
    ) -> None:
        self._house = house
        self._directory = directory
        self._alarms = alarms
        self._parked = parked
        # Written by the alarms and by `run`: the desks to be woken, each once.
        self._due: dict[DeskKey, None] = {}
        self._signal = Signal()

    def asleep(self, key: DeskKey, pass_at: float | None) -> None:
        """The desk has left memory, and waits for a pass at that time on the wall clock."""
        if pass_at is not None:
            self._alarms.set_by_wall(("wake", key), pass_at, lambda: self._ring(key))

    def awake(self, key: DeskKey) -> None:
        """The desk looks after itself."""
        self._alarms.cancel(("wake", key))

    def _ring(self, key: DeskKey) -> None:
        self._due[key] = None
        self._signal.fire()

    async def run(self) -> None:
        """For ever."""
        limiter = trio.CapacityLimiter(WAKING)
        async with trio.open_nursery() as waking:
            while True:
                while self._due:
                    key = next(iter(self._due))
                    del self._due[key]
                    # It may be due again before it is awake: each waking is its own.
                    turn = object()
                    await limiter.acquire_on_behalf_of(turn)
                    waking.start_soon(self._wake, key, limiter, turn)
                await self._signal.wait()

    async def _wake(self, key: DeskKey, limiter: trio.CapacityLimiter, turn: object) -> None:
        try:
            await self._directory.open(key, create=False)
        except NotFound:
            return
        except ActorError as error:
            if key in self._parked:
                return
            self._house.log.warning(
                "a desk with a schedule was not opened", desk=key[:8], error=str(error)
            )
            again_at = trio.current_time() + RETRY_S
            self._alarms.set(("wake", key), again_at, lambda: self._ring(key))
        finally:
            limiter.release_on_behalf_of(turn)
