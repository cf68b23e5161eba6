"""Which endings of an outcome file a filter finds; only new bytes are ever scanned.

A selection follows the file as its index does (`state.index`), whatever run is looked at. A job
that is read keeps the few that were asked for last (`state.reading`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from state.files import Files
from state.filters import matches, seen_of
from state.lines import Line, unsealed, whole_lines
from state.model import NO_ENDINGS
from state.wanted import OutcomeFilter

HELD_SELECTIONS_MAX = 4

# The address of the item at an index.
UrlAt = Callable[[int], str]


class Selection:
    """One byte an item, 1 where the filter finds its newest ending. Written by one reading thread
    at a time, under the lock of its owner."""

    def __init__(self, count: int, seal: int, where: OutcomeFilter) -> None:
        self._count = count
        self._seal = seal
        self._where = where
        self._scanned = 0
        self.chosen = bytearray(count)

    def grow(self, count: int) -> None:
        """The job has that many items now."""
        self.chosen.extend(bytes(count - self._count))
        self._count = count

    def catch_up(self, files: Files, handle: int, size: int, url_at: UrlAt) -> None:
        """Take in the whole lines that were added since the last time."""
        for found in whole_lines(files, handle, self._scanned, size):
            for line in found:
                self._take(line, url_at)

    def _take(self, line: Line, url_at: UrlAt) -> None:
        self._scanned = line.end
        seen = seen_of(unsealed(line.data, self._seal))
        # What the index of the file passes over is passed over here.
        if seen is None or not 0 <= seen.index < self._count or seen.status in NO_ENDINGS:
            return
        found = matches(self._where, seen, partial(url_at, seen.index))
        self.chosen[seen.index] = found


class Selections:
    """Those of one job that were asked for last. Used under the lock of their owner."""

    def __init__(self, count: int, seal: int) -> None:
        self._count = count
        self._seal = seal
        self._held: OrderedDict[OutcomeFilter, Selection] = OrderedDict()

    def grow(self, count: int) -> None:
        """The job has that many items now."""
        self._count = count
        for selection in self._held.values():
            selection.grow(count)

    def of(self, where: OutcomeFilter) -> Selection:
        selection = self._held.pop(where, None)
        if selection is None:
            selection = Selection(self._count, self._seal, where)
        self._held[where] = selection
        if len(self._held) > HELD_SELECTIONS_MAX:
            self._held.popitem(last=False)
        return selection
