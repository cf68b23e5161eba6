"""Wakes desks that sleep when ended jobs of theirs are to be swept, one by one, every hour; guests'
desks that were never used go then.

Owned by the supervisor; the tasks of its desks say who goes to sleep, and until when.
"""

from __future__ import annotations

from math import inf

import trio

from actors.directory import Directory, Entry
from actors.errors import ActorError
from actors.feed import Feed
from actors.house import House
from actors.ports import DeskKey
from actors.rules.journeys import is_settled
from state.errors import StorageError
from state.model import TERMINAL

SWEEP_EVERY_S = 3_600.0
# How long a desk is left awake for its journeys to learn of jobs, which are kept until they have.
LEARN_S = 10.0


class Sweeper:
    """Opening a desk sweeps it: that is all that is done here."""

    def __init__(self, house: House, directory: Directory) -> None:
        self._house = house
        self._directory = directory
        # Written by the tasks of desks through the two methods below: those that went to sleep, and
        # when there is something to sweep there (on the wall clock; infinity: never).
        self._asleep: dict[DeskKey, float] = {}

    def asleep(self, key: DeskKey, sweep_at: float | None) -> None:
        self._asleep[key] = inf if sweep_at is None else sweep_at

    def awake(self, key: DeskKey) -> None:
        self._asleep.pop(key, None)

    async def run(self) -> None:
        while True:
            await trio.sleep(SWEEP_EVERY_S)
            for key in await self._due(self._house.now()):
                # One in memory sweeps itself, and may be at work though its file is old.
                if key not in self._directory:
                    await self._sweep(key)

    async def _due(self, now: float) -> list[DeskKey]:
        """Of those that went to sleep since the start it is known when they are due; of the others
        only that nobody has used them for as long as a job is kept."""
        due = [key for key, at in self._asleep.items() if at <= now]
        try:
            stale = await self._house.store.stale(now - self._house.settings.shortest_retention_s)
        except StorageError as error:
            self._house.log.warning("old desks could not be listed", error=str(error))
            return due
        return due + [key for key in stale if key not in self._asleep]

    async def _sweep(self, key: DeskKey) -> None:
        """Open the desk; it goes back to rest unless somebody came to use it."""
        try:
            entry = await self._directory.open(key, create=False)
            with trio.move_on_after(LEARN_S):
                await _wait_learned(entry.feed)
        except ActorError as error:
            self._house.log.warning("an old desk was not swept", desk=key[:8], error=str(error))
            return
        await _put_to_rest(entry)


async def _wait_learned(feed: Feed) -> None:
    """Return once the desk's journeys know how all of their ended jobs ended."""
    published = feed.published
    while not all(
        is_settled(published.journeys, view.job)
        for view in published.jobs.values()
        if view.job.status in TERMINAL
    ):
        published = await feed.wait_newer(published.revision)


async def _put_to_rest(entry: Entry) -> None:
    if not entry.handle.found:
        entry.may_go = True
        entry.close()
        await entry.gone.wait()
