"""Where the clients wait while the server is away. Opened and shut by `nightdesk.crashtest.run`."""

from __future__ import annotations

import trio

from nightdesk.crashtest.caller import Place


class Gate:
    """Written by the task that drives the experiment; `count` by the clients, between awaits."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._opened = trio.Event()
        self._wanted = 0
        self.done = 0  # acts since `expect`
        self._enough = trio.Event()

    def open(self, place: Place) -> None:
        self._place = place
        self._opened.set()

    def expect(self, acts: int) -> trio.Event:
        """Set once the clients have done so much from now on: a slow machine gets its load too."""
        self._wanted, self.done, self._enough = acts, 0, trio.Event()
        return self._enough

    def count(self) -> None:
        self.done += 1
        if self.done >= self._wanted:
            self._enough.set()

    def shut(self) -> None:
        """Also where it is shut already: who waits there keeps waiting for the next opening."""
        self._place = None
        if self._opened.is_set():
            self._opened = trio.Event()

    async def wait_open(self) -> Place:
        while self._place is None:
            await self._opened.wait()
        return self._place
