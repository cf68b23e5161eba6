"""A small runner for tests: leases items from a pool until each has ended."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import trio
from msgspec import Raw

from actors.ports import (
    Attachment,
    DeskKey,
    ItemDeferred,
    ItemEnded,
    ItemsLost,
    JobBrief,
    JobBroken,
    LeasedItem,
    WorkerEvent,
)


def brief(desk: str = "a", job_id: str = "job-1", **changes: Any) -> JobBrief:
    values: dict[str, Any] = {
        "kind": "scripted",
        "pool": "net",
        "priority": 0,
        "concurrency": 10,
        "retries": 0,
        "spec": {},
    }
    return JobBrief(desk=DeskKey(desk), job_id=job_id, **(values | changes))


def leased(index: int, wish: dict[str, Any], *, attempts: int = 0, key: str = "") -> LeasedItem:
    return LeasedItem(index, attempts, key, Raw(json.dumps(wish).encode()))


async def lease_all(attachment: Attachment, items: list[LeasedItem]) -> None:
    """Lease them all, in as many grants as it takes."""
    left = list(items)
    while left:
        attachment.want(len(left))
        count = await attachment.wait_granted()
        now, left = left[:count], left[count:]
        await attachment.lease(now)
        if count > len(now):
            attachment.give_back(count - len(now))


class Hand:
    """Works through items at some concurrency; deferred and lost ones are leased again."""

    def __init__(self, attachment: Attachment, *, concurrency: int = 10) -> None:
        self.attachment = attachment
        self.concurrency = concurrency
        self.ended: dict[int, ItemEnded] = {}
        self.others: list[WorkerEvent] = []
        self.deferred: dict[int, list[ItemDeferred]] = defaultdict(list)
        self.lost: list[ItemsLost] = []
        self._items: dict[int, LeasedItem] = {}
        self._ready: list[LeasedItem] = []
        self._in_flight: set[int] = set()

    async def work(self, items: list[LeasedItem]) -> Hand:
        """Until every item has ended (or the job is broken)."""
        self._items = {item.index: item for item in items}
        self._ready = list(items)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._lease)
            self._want()
            while len(self.ended) < len(items):
                for event in await self.attachment.wait_events():
                    self._take(event, nursery)
                if any(isinstance(event, JobBroken) for event in self.others):
                    break
                self._want()
            nursery.cancel_scope.cancel()
        return self

    def results(self) -> dict[int, Any]:
        return {index: json.loads(bytes(ended.result)) for index, ended in self.ended.items()}

    def _want(self) -> None:
        self.attachment.want(min(len(self._ready), self.concurrency - len(self._in_flight)))

    async def _lease(self) -> None:
        while True:
            granted = await self.attachment.wait_granted()
            now, self._ready = self._ready[:granted], self._ready[granted:]
            self._in_flight.update(item.index for item in now)
            self.attachment.give_back(granted - len(now))
            await self.attachment.lease(now)

    def _take(self, event: WorkerEvent, nursery: trio.Nursery) -> None:
        match event:
            case ItemEnded():
                assert event.index not in self.ended, "an item ended twice"
                self._in_flight.remove(event.index)
                self.ended[event.index] = event
            case ItemDeferred():
                self._in_flight.remove(event.index)
                self.deferred[event.index].append(event)
                nursery.start_soon(self._again, event.index, event.attempts, event.delay_s)
            case ItemsLost():
                self._in_flight -= set(event.indexes)
                self.lost.append(event)
                for index in event.indexes:
                    attempts = self._items[index].attempts + 1
                    nursery.start_soon(self._again, index, attempts, 0.0, 1)
            case _:
                self.others.append(event)

    async def _again(self, index: int, attempts: int, delay_s: float, strikes: int = 0) -> None:
        await trio.sleep(delay_s)
        before = self._items[index]
        item = LeasedItem(index, attempts, before.key, before.payload, before.strikes + strikes)
        self._items[index] = item
        self._ready.append(item)
        self._want()
