"""One piece of work in the jail for the front end: bytes go in, an artifact comes out.

To its pool it is a job of one item, which takes its desk's turn like any other. The file goes in
and what is made of it comes out through the worker's line, in pieces, and more than is allowed is
not taken, whatever the worker says. Used by `workers.reader` (tables) and `workers.papers`
(documents).
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import trio
from msgspec import Raw, Struct

from actors.ports import (
    ArtifactChunk,
    DeskKey,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsLost,
    JobBrief,
    JobBroken,
    LeasedItem,
    WorkerEvent,
    WorkerLog,
)
from executors.refusals import MachineLacks, ReaderBusy, ReaderUnavailable, Refused, Why
from state.model import OutcomeStatus
from workers.attachment import JobAttachment

# Those of one desk that may wait or run at once: each holds its file in memory.
ONE_OFFS_PER_DESK = 4
# An attempt may be lost with a worker that dies for another reason than the file.
ATTEMPTS = 2
# With a worker that died of another item it comes back as it was, which is nobody's attempt.
RETURNS = 8

Attach = Callable[[JobBrief, str], AbstractAsyncContextManager[JobAttachment]]


class OneOff(Struct, frozen=True, kw_only=True):
    """What is to be done: by which executor (`runner`), in which pool, with which item. `enclosed`
    are the item's bytes and `assets` its job's; `max_bytes` is how much may come of it. `too_much`
    and `deadly` are the words for more than that, and for what no worker survives."""

    kind: str
    pool: str
    runner: str
    spec: dict[str, Any]
    item: Any
    enclosed: bytes | None = None
    assets: Mapping[str, bytes] = {}
    max_bytes: int
    too_much: str = "what comes of it is more than the limits allow"
    deadly: str = "whatever reads it dies of it"


class Made(Struct, frozen=True):
    """What came of it: its artifact, the name of that, and the item's result."""

    name: str
    data: bytes
    result: Raw


class OneOffs:
    """`attach` is that of each pool, by name; `lack` says what the machine has not for one."""

    def __init__(
        self, attach: Mapping[str, Attach], lack: Callable[[str], str | None] = lambda _: None
    ) -> None:
        self._attach = attach
        self._lack = lack
        # Written by `do`, around each.
        self._under_way: Counter[DeskKey] = Counter()

    def has(self, pool: str) -> bool:
        return pool in self._attach

    async def do(self, desk: DeskKey, work: OneOff) -> Made:
        """Raises Refused, ReaderBusy or ReaderUnavailable."""
        if (lack := self._lack(work.pool)) is not None:
            raise MachineLacks(lack)
        if self._under_way[desk] >= ONE_OFFS_PER_DESK:
            raise ReaderBusy
        self._under_way[desk] += 1
        try:
            return await self._done(desk, work)
        finally:
            self._under_way[desk] -= 1
            self._under_way += Counter()

    async def _done(self, desk: DeskKey, work: OneOff) -> Made:
        lost = returned = 0
        while lost < ATTEMPTS:
            name, data, ending = await self._try(desk, work, lost)
            if isinstance(ending, ItemsLost):
                lost += 1
            elif isinstance(ending, ItemDeferred) and ending.error is None and returned < RETURNS:
                returned += 1
            else:
                return Made(name, data, _result(ending, work))
        raise Refused("unreadable", work.deadly)

    async def _try(
        self, desk: DeskKey, work: OneOff, attempt: int
    ) -> tuple[str, bytes, WorkerEvent]:
        item = LeasedItem(0, attempt, "", Raw(msgspec.json.encode(work.item)))
        attach, brief = self._attach[work.pool], _brief(desk, work)
        async with attach(brief, work.runner) as job, trio.open_nursery() as nursery:
            job.want(1)
            await job.wait_granted()
            await job.lease([item])
            if work.enclosed is not None:
                nursery.start_soon(job.enclose, item.index, work.enclosed)
            came = await _listen(job, work.max_bytes)
            nursery.cancel_scope.cancel()
        return came


async def _listen(job: JobAttachment, most: int) -> tuple[str, bytes, WorkerEvent]:
    """What came of the item, up to the event that ended it or was too much."""
    name, data = "", bytearray()
    while True:
        for event in await job.wait_events():
            if isinstance(event, ArtifactChunk):
                name = event.name
                data += event.data
            if not isinstance(event, ArtifactChunk | ItemProgress | WorkerLog):
                return name, bytes(data), event
            if len(data) > most:
                return name, b"", event


def _brief(desk: DeskKey, work: OneOff) -> JobBrief:
    return JobBrief(
        desk=desk,
        job_id=f"{work.kind}-{uuid.uuid4()}",
        kind=work.kind,
        pool=work.pool,
        priority=0,
        concurrency=1,
        retries=0,
        spec=work.spec,
        assets=work.assets,
    )


class _Told(Struct, frozen=True):
    """The result of an item that failed: the executor's reason, or a limit of the jail."""

    why: Why = "unreadable"
    over_limit: bool = False


def _result(ending: WorkerEvent, work: OneOff) -> Raw:
    """The result of an item that is there as a whole. Raises Refused or ReaderUnavailable."""
    match ending:
        case ItemEnded(status=OutcomeStatus.OK):
            return ending.result
        case ItemEnded():
            told = msgspec.json.decode(ending.result, type=_Told)
            why = "too_large" if told.over_limit else told.why
            raise Refused(why, ending.error or "it cannot be read")
        case ItemDeferred() | JobBroken():
            raise ReaderUnavailable(ending.error or "no worker could be started")
        case _:
            raise Refused("too_large", work.too_much)
