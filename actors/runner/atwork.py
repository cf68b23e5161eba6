"""How far the items in flight say that they are. Owned by the intake of a job's runner.

Endings pass through here by the thousand, of items that never said anything: for them it is one
look into an empty table.
"""

from __future__ import annotations

import heapq

from actors.ports import ItemProgress
from state.model import TOTAL_MAX, AtWork

# Of those that say something, as many are shown and kept: the first ones.
SHOWN = 16
STAGE_CHARS = 100


class Working:
    """Every attribute is written by the runner's receiving task."""

    def __init__(self) -> None:
        self._newest: dict[int, AtWork] = {}

    def say(self, event: ItemProgress, at: float) -> None:
        """What the item says of itself replaces what it said before."""
        # A worker is not trusted to stay in bounds, and what is kept has to be read again.
        fraction = min(1.0, max(0.0, event.fraction))
        total = min(max(0, event.total), TOTAL_MAX)
        self._newest[event.index] = AtWork(
            index=event.index,
            fraction=round(fraction, 4),
            stage=event.stage[:STAGE_CHARS],
            done=min(max(0, event.done), total),
            total=total,
            at=round(at, 3),
        )

    def over(self, index: int) -> None:
        """The item is in flight no more."""
        if self._newest:
            self._newest.pop(index, None)

    def shown(self) -> tuple[AtWork, ...]:
        """The first of them, by index."""
        if not self._newest:
            return ()
        return tuple(self._newest[index] for index in heapq.nsmallest(SHOWN, self._newest))
