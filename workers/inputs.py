"""The bytes that come with items, and with jobs, on the worker's side: gathered, then given whole.

Both owned by one `workers.hosted.HostedJob`. They are bounded by the parent, which sends what it
was given, and by the memory limit of the worker.
"""

from __future__ import annotations

from collections.abc import Iterable

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


class Assets:
    """The files that all items of a job share, by name, for as long as the job is open."""

    def __init__(self, names: Iterable[str]) -> None:
        # Both written by `add`, in the worker's one thread. A file that is whole has one part.
        self._parts: dict[str, list[bytes]] = {name: [] for name in names}
        self._whole = {name: trio.Event() for name in self._parts}

    def add(self, name: str, data: bytes, *, last: bool) -> None:
        """Raises LookupError for a name that was not told when the job was opened."""
        parts = self._parts[name]
        parts.append(data)
        if last:
            self._parts[name] = [b"".join(parts)]
            self._whole[name].set()

    async def wait_whole(self) -> None:
        """Return once all of them are here."""
        for whole in self._whole.values():
            await whole.wait()

    async def take(self, name: str) -> bytes:
        """Wait for its last part. Raises LookupError for a name that the job does not have."""
        if name not in self._whole:
            raise LookupError(f"this job has no file {name!r}")
        await self._whole[name].wait()
        return self._parts[name][0]
