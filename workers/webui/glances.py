"""What the WebUI is at, for all who ask: one look at a time, good for two seconds.

Pages ask every three seconds and forget to stop, so a look is shared, and while one is under way
the one before it is told. Used by `workers.webui.house`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from actors.ports.webui import Glance

FRESH_S = 2.0

Look = Callable[[], Awaitable[Glance]]


class Glances:
    """`look` raises nothing but Cancelled."""

    def __init__(self, look: Look) -> None:
        self._look = look
        # All below are written by whoever looks, and by `forget`.
        self._last: Glance | None = None
        self._fresh_until = 0.0
        self._looking: trio.Event | None = None

    async def newest(self) -> Glance:
        """Where nothing is known yet, all wait for the one who looks; who leaves while looking
        leaves it to the next."""
        while self._looking is not None and self._last is None:
            await self._looking.wait()
        if self._last is not None and (self._looking is not None or self._is_fresh()):
            return self._last
        return await self._look_now()

    def forget(self) -> None:
        """It is another WebUI now: neither what is known is true of it, nor what is being found."""
        self._last = None
        self._looking = None

    def _is_fresh(self) -> bool:
        return trio.current_time() < self._fresh_until

    async def _look_now(self) -> Glance:
        self._looking = looking = trio.Event()
        try:
            glance = await self._look()
            if self._looking is looking:
                self._last = glance
                self._fresh_until = trio.current_time() + FRESH_S
            return glance
        finally:
            if self._looking is looking:
                self._looking = None
            looking.set()
