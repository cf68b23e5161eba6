"""A state that comes and goes, for whoever waits for either: set in synchronous code.

spell = Spell()
spell.begin()                       # now it is on, since the time that it began
began_at = await spell.wait_on()
await spell.wait_off()
"""

from __future__ import annotations

import trio


class Spell:
    """Off at first. `begin` and `end` change nothing where it is so already."""

    def __init__(self) -> None:
        # Exactly one is set. Replaced by `begin` and `end`.
        self._on = trio.Event()
        self._off = trio.Event()
        self._off.set()
        # Written by `begin` and `renew`.
        self._began_at = 0.0

    @property
    def began_at(self) -> float:
        """Since when it is on, where it is."""
        return self._began_at

    def begin(self) -> None:
        if not self._on.is_set():
            self._began_at = trio.current_time()
            self._off = trio.Event()
            self._on.set()

    def renew(self) -> None:
        """It is on, and counts from now."""
        self._began_at = trio.current_time()

    def end(self) -> None:
        if not self._off.is_set():
            self._on = trio.Event()
            self._off.set()

    async def wait_on(self) -> float:
        """Return once it is on: the time since when."""
        await self._on.wait()
        return self._began_at

    async def wait_off(self) -> None:
        await self._off.wait()
