"""Items that the items of a running job have found, on their way into its inputs and its queue.

Owned by the runner. Its receiving task hands them over; they wait for each other and are synced
before the outcomes of the items that found them are written (`actors.runner.book`). Only then may
they be leased. A job that never grows has no room for any.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import trio

from actors.ports import DeskKey, Inputs, ItemsFound, Store
from actors.ports.workers import found_bytes
from actors.rules.queue import ItemQueue
from actors.runner.artifacts import Spoiled
from state.errors import JobFilesMissing, StorageError
from state.model import InputItem, Job

# Found items that may wait in memory for the next sync.
WAITING_MAX_BYTES = 4 * 1024 * 1024
# Items that are read at once when a job is opened.
READ_ITEMS = 500
_DIGEST_BYTES = 16


class Growth:
    """A name is known by its digest, so that the longest costs no more than the shortest."""

    def __init__(self, inputs: Inputs, queue: ItemQueue, grows_to: int, known: set[bytes]) -> None:
        """`known` are the names of the items that there are: `known_names`."""
        self._inputs = inputs
        self._queue = queue
        # Never less than it has: 0 where the job does not grow.
        self._grows_to = grows_to
        # Held while items are appended and synced.
        self._lock = trio.Lock()
        # Written by `take` (the receiving task) and by `sync`, which takes out what is on disk.
        self._known = known
        self._waiting: list[InputItem] = []
        self._waiting_bytes = 0
        # Written by `sync`: appended and not synced, and how many items the job has durably.
        self._unsynced = 0
        self._total = inputs.count
        # Written by the receiving task.
        self._left_out = 0
        self._spoiled: dict[int, Spoiled] = {}

    @property
    def waiting(self) -> bool:
        """There is something to sync."""
        return bool(self._waiting or self._unsynced)

    @property
    def total(self) -> int:
        """How many items the job has, durably."""
        return self._total

    @property
    def left_out(self) -> int:
        """How many were found that the job has no room for; one may be among them twice."""
        return self._left_out

    async def take(self, found: ItemsFound) -> None:
        """Take what is new of it. What goes wrong is kept for the end of the item."""
        if found.index in self._spoiled or not self._queue.is_in_flight(found.index):
            return
        if self._waiting_bytes > WAITING_MAX_BYTES:
            try:
                await self.sync()
            except StorageError as error:
                self._spoiled[found.index] = Spoiled(str(error), by_disk=True)
                return
        self._admit(found.items)

    def holds(self, index: int) -> bool:
        """Whether something of what that item found was not taken."""
        return index in self._spoiled

    def settle(self, index: int) -> Spoiled | None:
        """The item is over: whether all that it found was taken."""
        return self._spoiled.pop(index, None)

    async def sync(self) -> None:
        """Make durable, and let be done, what was taken before. Raises StorageError; it then waits
        on."""
        async with self._lock:
            if self._waiting:
                await self._append()
            if self._unsynced:
                count = self._unsynced
                await self._inputs.sync()
                self._unsynced -= count
                self._total += count
                self._queue.grow(count)

    def _admit(self, items: Sequence[InputItem]) -> None:
        for item in items:
            name = _digest(item.name)
            if name in self._known:
                continue
            if self._total + self._unsynced + len(self._waiting) >= self._grows_to:
                self._left_out += 1
                continue
            self._known.add(name)
            self._waiting.append(item)
            self._waiting_bytes += found_bytes(item)

    async def _append(self) -> None:
        batch, size_bytes = tuple(self._waiting), self._waiting_bytes
        await self._inputs.append(batch)
        self._unsynced += len(batch)
        # What was taken meanwhile came behind.
        self._waiting = self._waiting[len(batch) :]
        self._waiting_bytes -= size_bytes


async def open_items(store: Store, desk: DeskKey, job: Job) -> Inputs:
    """The job's items: as many as it has, and those that were found since its counts were saved.
    Raises JobFilesMissing, StorageError."""
    counted = job.counts.total
    inputs = await store.open_inputs(desk, job.id, grows_from=counted if job.grows_to else None)
    if inputs.count == counted or (job.grows_to and inputs.count > counted):
        return inputs
    await inputs.aclose()
    raise JobFilesMissing(f"{inputs.count} of its {counted} items are there")


async def known_names(inputs: Inputs) -> set[bytes]:
    """What the items are known by. Raises JobFilesMissing."""
    known: set[bytes] = set()
    for first in range(0, inputs.count, READ_ITEMS):
        indexes = range(first, min(first + READ_ITEMS, inputs.count))
        known.update(_digest(item.name) for item in await inputs.read(indexes) if item.name)
    return known


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=_DIGEST_BYTES).digest()
