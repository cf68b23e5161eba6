"""Long polls: a request that waits for news of a desk, for a while, and not past the server's end.

Used by the routes that take `wait`.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from actors.messages import Published
from web.deps import Desk, WebDeps
from web.errors import WebError
from web.routes import Parameter

WAIT = Parameter("wait", {"type": "number", "minimum": 0}, "Seconds to wait, with `after`.")


class Waiting:
    """They count as the desk's sockets do."""

    def __init__(self, deps: WebDeps) -> None:
        self._most = deps.settings.max_sockets_per_desk
        self._stopping = deps.stopping

    @property
    def is_over(self) -> bool:
        """The server stops: nobody waits any more."""
        return self._stopping.is_set()

    async def until(
        self, desk: Desk, enough: Callable[[Published], bool], seconds: float
    ) -> Published:
        """Until what is published is enough, the time is over or the server stops, whichever is
        first: what is published then. Raises WebError where too many wait already."""
        if desk.subscribers >= self._most:
            raise WebError("too_many_sockets", "too many are waiting on this desk already")
        with desk.subscribe(), trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_cancel_when, self._stopping, nursery.cancel_scope)
                while not enough(desk.published):
                    await desk.wait_newer(desk.published.revision)
                nursery.cancel_scope.cancel()
        return desk.published


async def _cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()
