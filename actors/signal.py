"""A broadcast without memory: whoever waits now is woken by the next `fire`.

The waiter checks its condition, then calls `wait` with no checkpoint between: nothing is missed.
Used by the feed, the mailbox, the alarms and the runner.
"""

from __future__ import annotations

import trio


class Signal:
    """Fired by any task of the loop; cheap where nobody waits."""

    def __init__(self) -> None:
        # Replaced by whoever fires.
        self._event = trio.Event()

    def fire(self) -> None:
        if self._event.statistics().tasks_waiting:
            self._event.set()
            self._event = trio.Event()

    async def wait(self) -> None:
        await self._event.wait()
