"""How long a start is waited for that a client has asked after by an id of its own.

A page begins to ask before its start has arrived. Of an id for which none ever does, nobody can
know whether it was forgotten: after a few minutes there is no such task. Held by `legacy_runs`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from state.views import DeskKey

# As long as a hold of tokens waits for its start.
PATIENCE_S = 300.0
# Ids that are remembered, on all desks; of the oldest the waiting begins anew.
MAX_IDS = 10_000


class Waiting:
    """`clock` is any that does not go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # When each was asked after first, the oldest first. Written by `is_awaited`.
        self._since: OrderedDict[tuple[DeskKey, str], float] = OrderedDict()

    def is_awaited(self, desk: DeskKey, named: str) -> bool:
        """Whether its start may still be on its way."""
        now = self._clock()
        since = self._since.setdefault((desk, named), now)
        if len(self._since) > MAX_IDS:
            self._since.popitem(last=False)
        return now - since < PATIENCE_S

    def came(self, desk: DeskKey, named: str) -> None:
        """Its task is there."""
        self._since.pop((desk, named), None)
