"""Where the clients wait while the server is away. Opened and shut by `nightdesk.crashtest.run`."""

from __future__ import annotations

import trio

from nightdesk.crashtest.caller import Place


class Gate:
    """Written by the task that drives the experiment."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._opened = trio.Event()

    def open(self, place: Place) -> None:
        self._place = place
        self._opened.set()

    def shut(self) -> None:
        self._place = None
        self._opened = trio.Event()

    async def wait_open(self) -> Place:
        while self._place is None:
            await self._opened.wait()
        return self._place
