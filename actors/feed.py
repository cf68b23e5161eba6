"""The newest snapshot of one desk, and those who wait for a newer one.

Written by the desk's session (through `publish`) and closed by the supervisor; read by request and
socket tasks through the desk's handle. A subscriber is not a queue: it asks for "other than mine".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from actors.errors import DeskUnavailable
from actors.messages import Published
from actors.signal import Signal


class Feed:
    """Outlives the actor: subscribers go on waiting while a desk restarts from its file."""

    def __init__(self) -> None:
        # Written by the desk's session.
        self._published: Published | None = None
        # Written by the supervisor, once: why nothing will be published any more.
        self._closed: str | None = None
        # Written by the subscribers themselves.
        self._subscribers = 0
        self._waiters = 0
        self._signal = Signal()

    @property
    def published(self) -> Published:
        if self._published is None:
            raise DeskUnavailable("the desk has not been opened")
        return self._published

    @property
    def newest(self) -> Published | None:
        """None where the desk was never opened."""
        return self._published

    @property
    def subscribers(self) -> int:
        return self._subscribers

    @property
    def watched(self) -> bool:
        """Somebody subscribes to the desk or waits for its news."""
        return bool(self._subscribers or self._waiters)

    def shows(self, revision: int) -> bool:
        """Whether that revision is what was published last."""
        return self._published is not None and self._published.revision == revision

    def publish(self, published: Published) -> None:
        self._published = published
        self._signal.fire()

    def close(self, reason: str) -> None:
        """Nothing more will come: whoever waits is told."""
        self._closed = reason
        self._signal.fire()

    async def wait_newer(self, revision: int) -> Published:
        """The snapshot as soon as its revision is another than `revision`, which may be at once.

        Raises DeskUnavailable when the desk is parked or stops.
        """
        self._waiters += 1
        try:
            while self.published.revision == revision:
                if self._closed is not None:
                    raise DeskUnavailable(self._closed)
                await self._signal.wait()
        finally:
            self._waiters -= 1
        return self.published

    @contextmanager
    def subscribe(self) -> Iterator[None]:
        """Be counted, which keeps the desk awake."""
        self._subscribers += 1
        try:
            yield
        finally:
            self._subscribers -= 1
