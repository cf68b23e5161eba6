"""Leasing the items of a kind whose files go along with them (see `actors.ports.enclosures`).

Owned by the runner's work. An item is read before it is leased, so one whose file cannot be had
ends here and costs no worker; as many files are in memory as there are senders, and those that were
read together last. Small ones go in the same breath as their items.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio

from actors.ports import Attachment, LeasedItem
from actors.ports.enclosures import Enclosures, NotEnclosed
from actors.runner.intake import Intake
from actors.runner.opened import OpenJob

# More than one, so that a worker that is behind holds up no other.
SENDERS = 4
# So little is posted at once: what a worker that is behind is leased of it fits its line.
SMALL_BYTES = 128 * 1024


def enclosing(opened: OpenJob, intake: Intake, attachment: Attachment) -> Enclosing | None:
    """Who leases the items of that job; None where nothing goes along with them."""
    enclosures = opened.house.enclosures.get(opened.job.kind)
    return None if enclosures is None else Enclosing(enclosures, opened, intake, attachment)


class Enclosing:
    """`lease` is called by one task."""

    def __init__(
        self, enclosures: Enclosures, opened: OpenJob, intake: Intake, attachment: Attachment
    ) -> None:
        self._enclosures = enclosures
        self._desk = opened.desk
        self._job_id = opened.job.id
        self._intake = intake
        self._attachment = attachment
        self.goes_on = enclosures.goes_on
        # A 1 for each item that may have something that comes along. Written by `lease`.
        is_new = enclosures.goes_on and opened.is_bare
        self._begun = bytearray(opened.inputs.count if is_new else 0)
        self._send, self._receive = trio.open_memory_channel[tuple[int, bytes]](0)

    async def run(self) -> None:
        """Send files, for ever."""
        async with trio.open_nursery() as nursery:
            for _ in range(SENDERS):
                nursery.start_soon(self._enclose)

    async def lease(self, items: Sequence[LeasedItem]) -> None:
        """Lease each with its file, using one held slot each. Waits while the senders are behind.
        Raises StorageError."""
        while items:
            if new := self._new(items):
                await self._lease(items[:new], [b""] * new)
                items = items[new:]
                continue
            asked = [item.payload for item in items]
            try:
                found = await self._enclosures.read(self._desk, self._job_id, asked)
            except NotEnclosed as error:
                self._attachment.give_back(1)
                self._intake.fail(items[0], str(error))
                items = items[1:]
            else:
                await self._lease(items[: len(found)], found)
                items = items[len(found) :]

    def _new(self, items: Sequence[LeasedItem]) -> int:
        """How many of the first were never begun: there is nothing to be read for them."""
        begun, new = self._begun, 0
        for item in items:
            if item.index >= len(begun) or begun[item.index]:
                break
            begun[item.index] = 1
            new += 1
        return new

    async def _lease(self, items: Sequence[LeasedItem], files: Sequence[bytes]) -> None:
        await self._attachment.lease(items)
        for item, data in zip(items, files, strict=True):
            if len(data) <= SMALL_BYTES:
                await self._attachment.enclose(item.index, data)
            else:
                await self._send.send((item.index, data))

    async def _enclose(self) -> None:
        while True:
            index, data = await self._receive.receive()
            await self._attachment.enclose(index, data)
