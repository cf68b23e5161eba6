"""What the end of a worker means for the items that it held. Pure; used by `workers.line`.

A worker that does many items at once has lost all of them, but for those that only waited for
something of it. One that does them one after the other
says which it is at (`workers.mark`): only that item is to blame, the others come back as they went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import msgspec
from msgspec import Raw, Struct

from actors.ports import ItemDeferred, ItemEnded, ItemsLost, JobBroken, LeasedItem, WorkerEvent
from state.model import OutcomeStatus
from workers.attempt import OVER_LIMIT
from workers.mark import NOTHING, Mark


class Death(Struct, frozen=True, kw_only=True):
    """How a worker ended. `limit`: what it was at has broken one. `left`: it was
    killed and nothing that it held is to blame. `mark` is None where it did all at once. `barren`:
    no item had ended in it, nor is one known to have been at work."""

    reason: str
    limit: bool = False
    left: bool = False
    mark: Mark | None = None
    barren: bool = False


def losses(
    job: int, leases: Mapping[int, LeasedItem], death: Death, waiting: Set[int] = frozenset()
) -> list[WorkerEvent]:
    """What becomes of the items of that job that the worker held, those that are `waiting` in it
    among them."""
    mark = death.mark
    if death.left:
        return [*deferred(leases.values())]
    if mark is None:
        # As below: of a worker that dies before anything is at work, they wait only once.
        return _lost(leases, death, frozenset() if death.barren else waiting)
    if mark == Mark(job):
        return _opening(leases, death)
    guilty = leases.get(mark.index) if mark.job == job and mark.index is not None else None
    if guilty is not None:
        others = [item for item in leases.values() if item is not guilty]
        return [*_blamed([guilty], death), *deferred(others)]
    if mark == NOTHING and death.barren:
        # Sent back as they came they would go to workers that die like this one, for ever.
        return [ItemsLost(tuple(leases), death.reason)]
    return [*deferred(leases.values())]


def _lost(leases: Mapping[int, LeasedItem], death: Death, spared: Set[int]) -> list[WorkerEvent]:
    """All of them but the spared ones."""
    held = [item for item in leases.values() if item.index not in spared]
    blamed = _blamed(held, death) if held else []
    return [*blamed, *deferred(leases[index] for index in sorted(spared))]


def _opening(leases: Mapping[int, LeasedItem], death: Death) -> list[WorkerEvent]:
    """No item is to blame for what the job itself does; the second time is enough."""
    if death.limit:
        return [JobBroken(death.reason)]
    if any(item.strikes for item in leases.values()):
        return [JobBroken(f"a worker died twice as it opened the job ({death.reason})")]
    return [ItemsLost(tuple(leases), death.reason)]


def _blamed(items: Iterable[LeasedItem], death: Death) -> list[WorkerEvent]:
    if death.limit:
        return [over(item, death.reason) for item in items]
    return [ItemsLost(tuple(item.index for item in items), death.reason)]


def over(item: LeasedItem, limit: str) -> ItemEnded:
    """The item has failed by a limit that cost its worker's life."""
    return ItemEnded(
        index=item.index,
        status=OutcomeStatus.FAILED,
        attempts=item.attempts + 1,
        duration_ms=0.0,
        error=limit,
        result=Raw(msgspec.json.encode(OVER_LIMIT)),
    )


def deferred(
    items: Iterable[LeasedItem], delay_s: float = 0.0, error: str | None = None
) -> list[ItemDeferred]:
    """The items go back as they came."""
    return [
        ItemDeferred(index=item.index, attempts=item.attempts, delay_s=delay_s, error=error)
        for item in items
    ]
