"""The `Workers` port: who does items. Implemented by `workers.pool` and `workers.inline`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from msgspec import Raw, Struct

from actors.ports.spending import ItemAnswer, ItemAsks
from state.model import NO_LISTS, NO_TALLY, EgressLists, InputItem, OutcomeStatus, Tally
from state.spending import NO_SPEND, Spend
from state.views import DeskKey


class JobBrief(Struct, frozen=True, kw_only=True):
    """What a worker must know of a job before its first item. `spec` has its secrets filled in;
    `egress` are the desk's lists as they are now. `assets` are the bytes that all its items share,
    by name. `run` is which run of the job this is, the first being 0."""

    desk: DeskKey
    job_id: str
    kind: str
    pool: str
    priority: int
    concurrency: int
    retries: int
    spec: dict[str, Any]
    egress: EgressLists = NO_LISTS
    assets: Mapping[str, bytes] = {}
    run: int = 0


class LeasedItem(Struct, frozen=True):
    """One item on its way to a worker. `attempts` counts the attempts that ended before, `strikes`
    how often it was lost with a worker or a browser."""

    index: int
    attempts: int
    key: str
    payload: Raw
    strikes: int = 0


class ItemEnded(Struct, frozen=True, kw_only=True, tag="outcome"):
    """The item is over: ok, failed (its attempts are used up) or skipped. `tally` is what it came
    to besides, `spend` what its calls have cost in all its runs."""

    index: int
    status: OutcomeStatus
    attempts: int
    duration_ms: float
    error: str | None = None
    result: Raw = Raw(b"{}")
    tally: Tally = NO_TALLY
    spend: Spend = NO_SPEND


class ItemDeferred(Struct, frozen=True, kw_only=True, tag="deferred"):
    """The item comes back unfinished and must not be leased again for `delay_s` seconds.

    `attempts` is the new count. With `hold_key` every item of the same key must wait that long (a
    host asked for it). `error` is what went wrong, for the log; None where nothing did. `stage` is
    what the job is at until then, where there is a word for it.
    """

    index: int
    attempts: int
    delay_s: float
    hold_key: bool = False
    error: str | None = None
    stage: str = ""


class ItemProgress(Struct, frozen=True, tag="progress"):
    """How far an item is: `fraction` from 0 to 1, `done` of `total` steps where it has steps. Where
    it `waits`, nothing of it is at work in its worker."""

    index: int
    fraction: float
    stage: str = ""
    done: int = 0
    total: int = 0
    waits: bool = False


class WorkerLog(Struct, frozen=True, tag="log"):
    level: str
    message: str
    index: int | None = None


class ArtifactChunk(Struct, frozen=True, kw_only=True, tag="artifact"):
    """A piece of an artifact of an item, in order; `last` ends it. It precedes the item's end.
    `paid` stands in the last: what the item has spent by then, in all its runs."""

    index: int
    name: str
    data: bytes
    last: bool
    paid: Spend | None = None


# What a found item costs besides what it says.
FOUND_ITEM_BYTES = 64


def found_bytes(item: InputItem) -> int:
    """About what a found item takes up on its way."""
    return FOUND_ITEM_BYTES + len(item.item) + len(item.key) + len(item.name)


class ItemsFound(Struct, frozen=True, tag="found"):
    """Items that an item has found, a bounded number at a time. They precede its end."""

    index: int
    items: tuple[InputItem, ...]

    @property
    def size_bytes(self) -> int:
        """About what they take up: what a worker may have on the way is counted by it."""
        return sum(map(found_bytes, self.items))


class ItemsLost(Struct, frozen=True, tag="lost"):
    """Their worker died, or their browser. `reason` says how, e.g. "killed by signal 9"."""

    indexes: tuple[int, ...]
    reason: str


class JobBroken(Struct, frozen=True, tag="broken"):
    """The executor cannot work on this job at all (its `open` failed, its kind is unknown)."""

    error: str


class JobStage(Struct, frozen=True, tag="stage"):
    """What the job as a whole is at, where that is no item's: "waits for a tab". Empty: nothing."""

    stage: str


WorkerEvent = (
    ItemEnded
    | ItemDeferred
    | ItemProgress
    | WorkerLog
    | ArtifactChunk
    | ItemsFound
    | ItemAsks
    | ItemsLost
    | JobBroken
    | JobStage
)


class Attachment(Protocol):
    """One running job's line to its pool. Used by that job's runner only; `permit` by its desk.

    Slots are house-wide and granted round robin over desks. The runner says how many more items it
    could lease (`want`), waits for a grant, and leases at most that many. A slot comes back when
    its item ends, is deferred or lost.
    """

    def want(self, count: int) -> None:
        """Declare how many items could be leased now beyond those granted. 0 withdraws."""

    async def wait_granted(self) -> int:
        """Wait for slots; returns how many (at least 1) are now held for `lease`."""

    async def lease(self, items: Sequence[LeasedItem]) -> None:
        """Send items to workers, using one held slot each. Waits while the worker is behind."""

    async def enclose(self, index: int, data: bytes) -> None:
        """Send the bytes that a leased item waits for. Returns when they are on their way, or
        nobody wants them any more."""

    def answer(self, answers: Sequence[ItemAnswer]) -> None:
        """Tell leased items what they have asked (`ItemAsks`), together. Nobody hears it where the
        item has gone, or has asked something else since."""

    def give_back(self, slots: int) -> None:
        """Return granted slots that turned out not to be needed."""

    def recall(self) -> None:
        """Leased items that no worker has begun come back, deferred as they went: nothing more of
        this job is to begin for now."""

    def permit(self, egress: EgressLists) -> None:
        """The desk has new lists: items leased from now on keep to them, and those at work with
        their next request."""

    async def wait_events(self) -> list[WorkerEvent]:
        """All events since the last call, in order per item; at least one."""

    def cancel(self) -> None:
        """Tell workers to stop this job's items at once; no further events come from them."""


class Workers(Protocol):
    """The pools of worker processes."""

    def attach(self, brief: JobBrief) -> AbstractAsyncContextManager[Attachment]:
        """Take part in the sharing of `brief.pool`. Leaving cancels what is still leased."""
