"""A wake-up call for one task, raised from synchronous code.

wake = Wake()
wake.set()             # from anywhere
await wake.wait()      # by the one task; returns once for any number of calls
"""

from __future__ import annotations

import trio


class Wake:
    """Like trio.Event, but it is reset by the one task that waits for it."""

    def __init__(self) -> None:
        # Set by `set`, replaced by `wait`.
        self._event = trio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event = trio.Event()
