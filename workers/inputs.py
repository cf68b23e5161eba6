"""The bytes that come with items, on the worker's side: gathered, then given to the item whole.

Owned by one `workers.hosted.HostedJob`. They are bounded by the parent, which sends what it was
given, and by the memory limit of the worker.
"""

from __future__ import annotations

import trio


class Inputs:
    """By item: `begin` when it is leased, `add` as parts come, `end` when it is over."""

    def __init__(self) -> None:
        # Both written by the three methods below, in the worker's one thread.
        self._parts: dict[int, list[bytes]] = {}
        self._whole: dict[int, trio.Event] = {}

    def begin(self, index: int) -> None:
        self._parts[index] = []
        self._whole[index] = trio.Event()

    def add(self, index: int, data: bytes, *, last: bool) -> None:
        """An item that has ended before its bytes came needs no more of them."""
        if index in self._parts:
            self._parts[index].append(data)
            if last:
                self._whole[index].set()

    def end(self, index: int) -> None:
        self._parts.pop(index, None)
        self._whole.pop(index, None)

    async def take(self, index: int) -> bytes:
        """Wait for the last part; all of them, which are not kept here any longer."""
        await self._whole[index].wait()
        parts, self._parts[index] = self._parts[index], []
        return b"".join(parts)
