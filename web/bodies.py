"""Request bodies, read whole before a handler is entered: within a size, a time and a budget.

So no handler meets a slow or an endless client, and what they all hold at once is bounded too.
Called by `web.door`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio

from web.errors import WebError

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]

# What all requests may hold together, in bodies of the largest size.
LARGEST_AT_ONCE = 16
# What is still read of a body that was refused, so that the refusal can be read by its sender.
DRAIN_S = 5.0


class Disconnected(Exception):
    """The client left before its request was complete."""


class Budget:
    """Bytes of bodies in memory, over all requests. Each request gives back what it took."""

    def __init__(self, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        # Written by `Body` only, between two awaits.
        self._left_bytes = LARGEST_AT_ONCE * max_body_bytes

    def take(self, size_bytes: int, held_bytes: int) -> None:
        """Raises WebError where one body, or all of them, would be too much."""
        if held_bytes + size_bytes > self._max_body_bytes:
            limit = self._max_body_bytes
            raise WebError("body_too_large", f"at most {limit:,} bytes", max_body_bytes=limit)
        if size_bytes > self._left_bytes:
            raise WebError("overloaded", "the server holds too many requests: try again")
        self._left_bytes -= size_bytes

    def give_back(self, size_bytes: int) -> None:
        self._left_bytes += size_bytes


class Body:
    """One request's body. `close` it when the request is over."""

    def __init__(self, receive: Receive, budget: Budget) -> None:
        self._receive = receive
        self._budget = budget
        # Both are written by the request's own task only.
        self._chunks: deque[bytes] = deque()
        self._held_bytes = 0
        self.complete = False

    async def read(self, headers: Mapping[str, str]) -> None:
        """Take the whole body in. Raises WebError or Disconnected."""
        declared = headers.get("content-length", "")
        if declared.isascii() and declared.isdigit():
            # Refused before its first byte where it is known to be too large.
            self._budget.take(int(declared), 0)
            self._budget.give_back(int(declared))
        while not self.complete:
            event = await self._next()
            chunk = event.get("body", b"")
            self._budget.take(len(chunk), self._held_bytes)
            self._held_bytes += len(chunk)
            self._chunks.append(chunk)

    async def replay(self) -> Event:
        """An ASGI `receive` for the application: the body again, then what the client does."""
        if self._chunks:
            chunk = self._chunks.popleft()
            return {"type": "http.request", "body": chunk, "more_body": bool(self._chunks)}
        return await self._receive()

    async def drain(self) -> None:
        """Read on, and forget, what a refused client still sends; for a short while."""
        with trio.move_on_after(DRAIN_S):
            while not self.complete:
                try:
                    await self._next()
                except Disconnected:
                    return

    def close(self) -> None:
        self._budget.give_back(self._held_bytes)
        self._held_bytes = 0
        self._chunks.clear()

    async def _next(self) -> Event:
        event = await self._receive()
        if event["type"] != "http.request":
            raise Disconnected
        self.complete = not event.get("more_body", False)
        return event


def may_have_body(method: str, headers: Mapping[str, str]) -> bool:
    """False only where there is surely none: HTTP/2 and tests announce no length."""
    if method not in ("GET", "HEAD", "OPTIONS"):
        return True
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
