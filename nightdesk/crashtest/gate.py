"""Where the clients wait while the server is away. Opened and shut by `nightdesk.crashtest.run`."""

from __future__ import annotations

import trio

from nightdesk.crashtest.caller import Place


class Gate:
    """Written by the task that drives the experiment; `count` by the clients, between awaits."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._opened = trio.Event()
        self._left = 0
        self._enough = trio.Event()

    def open(self, place: Place) -> None:
        self._place = place
        self._opened.set()

    def expect(self, acts: int) -> trio.Event:
        """Set once the clients have done so much from now on: a slow machine gets its load too."""
        self._left, self._enough = acts, trio.Event()
        return self._enough

    def count(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._enough.set()

    def shut(self) -> None:
        self._place = None
        self._opened = trio.Event()

    async def wait_open(self) -> Place:
        while self._place is None:
            await self._opened.wait()
        return self._place
