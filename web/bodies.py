"""Request bodies, read whole before a handler is entered: within a size, a time and a budget.

So no handler meets a slow or an endless client, and what they all hold at once is bounded too.
Called by `web.door`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio

from web.errors import WebError

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]

# What all requests may hold together, in bodies of the largest size; one client network half of it.
LARGEST_AT_ONCE = 16
# Bodies up to this size find room where large ones find none: commands have them.
SMALL_BYTES = 64 * 1024
# The application gets a body in such pieces: others have their turn between them.
PIECE_BYTES = 64 * 1024
# What is still read of a body that was refused, so that the refusal can be read by its sender.
DRAIN_S = 5.0


class Disconnected(Exception):
    """The client left before its request was complete."""


class Budget:
    """Bytes of bodies in memory, over all requests. Each request gives back what it took.

    Who sends many large bodies, slowly, is refused more of them while others are served.
    """

    def __init__(self, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        # Both are written by `Body` only, between two awaits.
        self._left_bytes = LARGEST_AT_ONCE * max_body_bytes
        self._held_by_client: Counter[str] = Counter()

    def check(self, size_bytes: int, held_bytes: int, client: str) -> None:
        """Raises WebError where one body, or all of them, would be too much."""
        whole_bytes = held_bytes + size_bytes
        limit = self._max_body_bytes
        if whole_bytes > limit:
            raise WebError("body_too_large", f"at most {limit:,} bytes", max_body_bytes=limit)
        large = whole_bytes > SMALL_BYTES
        left_bytes = self._left_bytes - (limit if large else 0)
        of_client = self._held_by_client.get(client, 0) + size_bytes
        if size_bytes > left_bytes or (large and of_client > LARGEST_AT_ONCE // 2 * limit):
            raise WebError("overloaded", "the server holds too many requests: try again")

    def take(self, size_bytes: int, client: str) -> None:
        self._left_bytes -= size_bytes
        self._held_by_client[client] += size_bytes

    def give_back(self, size_bytes: int, client: str) -> None:
        self._left_bytes += size_bytes
        self._held_by_client[client] -= size_bytes
        if not self._held_by_client[client]:
            del self._held_by_client[client]


class Body:
    """One request's body, sent from the network `client`. `close` it when the request is over."""

    def __init__(self, receive: Receive, budget: Budget, client: str) -> None:
        self._receive = receive
        self._budget = budget
        self._client = client
        # All are written by the request's own task only. One piece of memory: a body may come in
        # chunks of two bytes, and each would cost a hundred.
        self._data = bytearray()
        self.complete = False
        self._replayed_bytes = 0
        self._is_replayed = False

    async def read(self, headers: Mapping[str, str]) -> None:
        """Take the whole body in. Raises WebError or Disconnected."""
        declared = headers.get("content-length", "")
        if declared.isascii() and declared.isdigit():
            # Refused before its first byte where it is known to be too large.
            self._budget.check(int(declared), 0, self._client)
        while not self.complete:
            event = await self._next()
            chunk = event.get("body", b"")
            self._budget.check(len(chunk), len(self._data), self._client)
            self._budget.take(len(chunk), self._client)
            self._data += chunk

    async def replay(self) -> Event:
        """An ASGI `receive` for the application: the body again, then what the client does."""
        if self._is_replayed:
            return await self._receive()
        end = self._replayed_bytes + PIECE_BYTES
        piece = bytes(self._data[self._replayed_bytes : end])
        self._replayed_bytes = end
        self._is_replayed = end >= len(self._data)
        return {"type": "http.request", "body": piece, "more_body": not self._is_replayed}

    async def drain(self) -> None:
        """Read on, and forget, what a refused client still sends; for a short while."""
        with trio.move_on_after(DRAIN_S):
            while not self.complete:
                try:
                    await self._next()
                except Disconnected:
                    return

    def close(self) -> None:
        self._budget.give_back(len(self._data), self._client)
        self._data.clear()

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
