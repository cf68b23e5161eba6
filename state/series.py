"""What happened when in a job: endings, times, errors and money in cells of time, kept up to date.

One per job whose chart is looked at, held by `state.reading` beside its indexes: only new bytes of
the outcome file are ever scanned. How cells become the buckets of an answer: `state.buckets`.
"""

from __future__ import annotations

import re
from math import log2
from typing import Any

import msgspec
from msgspec import Struct

from state.files import Files
from state.lines import unsealed, whole_lines
from state.model import OutcomeStatus
from state.packed import one
from state.spending import NO_SPEND, Spend

# Cells are as long as so many of a second, times a power of two: the smallest with which a job has
# no more than CELLS_MAX of them. Where nothing ended there is none, so that a pause takes no room.
TICKS_A_SECOND = 8
CELLS_MAX = 2_048
# Ticks stay within what is a time at all.
_AT_MAX = 2.0**33

# The places of the counters of a cell, and what each is called.
COUNTED = ("ok", "failed", "skipped", "lost")
ERRORS = ("429", "4xx", "5xx", "timeout", "connection", "other")
PLACES = (*COUNTED, *ERRORS)
_ENDINGS = {
    OutcomeStatus.OK: 0,
    OutcomeStatus.FAILED: 1,
    OutcomeStatus.SKIPPED: 2,
    # As in `Counts`.
    OutcomeStatus.POISONED: 1,
}
_LOST = COUNTED.index("lost")
_ONES = tuple(one(place) for place in range(len(PLACES)))

# Times are counted in steps of 9 %, from a millisecond to two days.
STEPS_A_DOUBLING = 8
STEPS_MAX = 28 * STEPS_A_DOUBLING
MS_MAX = 2.0**28

_TIMEOUT = re.compile(r"tim(ed|e) ?out|in time\b|deadline|took longer", re.I)
_CONNECTION = re.compile(
    r"connect|refused|reset|unreachable|resolve|name or service|dns|tls|certificate|proxy"
    r"|net::err_|disconnected|socket",
    re.I,
)


class Told(Struct, frozen=True, gc=False):
    """What cells know of an executor's result. Kinds may have other things by these names."""

    http_status: Any = None
    bytes: Any = None


NOTHING_TOLD = Told()


class Seen(Struct, frozen=True, gc=False):
    """The part of an outcome line that cells count; the rest is skipped, not decoded."""

    index: int
    status: OutcomeStatus
    at: float
    duration_ms: float = 0.0
    error: str | None = None
    result: Told = NOTHING_TOLD
    spend: Spend = NO_SPEND


class _Odd(Struct, frozen=True, gc=False):
    """The same of a line whose result is no object."""

    index: int
    status: OutcomeStatus
    at: float
    duration_ms: float = 0.0
    error: str | None = None
    spend: Spend = NO_SPEND


_seen = msgspec.json.Decoder(Seen)
_odd = msgspec.json.Decoder(_Odd)


class Cell:
    """What happened in a piece of time. `counts` and `times` are packed (`state.packed`): by
    PLACES, and by steps of time. Written by the series that it is of."""

    __slots__ = ("counts", "least_ms", "most_ms", "picousd", "size_bytes", "times", "tokens")

    def __init__(self) -> None:
        self.counts = 0
        self.times = 0
        self.least_ms = MS_MAX
        self.most_ms = 0.0
        self.size_bytes = 0
        self.picousd = 0
        self.tokens = 0

    def add(self, other: Cell) -> None:
        """Both together."""
        self.counts += other.counts
        self.times += other.times
        self.least_ms = min(self.least_ms, other.least_ms)
        self.most_ms = max(self.most_ms, other.most_ms)
        self.size_bytes += other.size_bytes
        self.picousd += other.picousd
        self.tokens += other.tokens

    def took(self, ms: float) -> None:
        """An ending took so long; of some nothing is known."""
        if not ms > 0:
            return
        ms = min(ms, MS_MAX)
        self.times += one(step_of(ms))
        self.least_ms = min(self.least_ms, ms)
        self.most_ms = max(self.most_ms, ms)


class Series:
    """Written by one reading thread at a time, under the lock of its owner.

    Every ending that happened is in its cell, also one whose item has ended again since: of those
    `replaced` tells how many there are, as (ok, failed, skipped).
    """

    def __init__(self, count: int, seal: int) -> None:
        self._seal = seal
        self.count = count
        self.bad_lines = 0
        self.scanned = 0
        self.cells: dict[int, Cell] = {}
        self.shift = 0
        self.replaced = [0, 0, 0]
        # How the newest ending of each item was: a place among COUNTED, and one more.
        self._newest = bytearray(count)
        self._spends: dict[int, Spend] = {}

    def grow(self, count: int) -> None:
        """The job has that many items now."""
        self._newest.extend(bytes(count - self.count))
        self.count = count

    def catch_up(self, files: Files, handle: int, size: int) -> None:
        """Take in the whole lines that were added since the last time."""
        for found in whole_lines(files, handle, self.scanned, size):
            for line in found:
                self.scanned = line.end
                self.take(unsealed(line.data, self._seal))

    def take(self, body: bytes | None) -> None:
        """Take in one line, without its seal; None where that was broken."""
        seen = None if body is None else _decoded(body)
        if seen is None or not 0 <= seen.index < self.count:
            self.bad_lines += 1
            return
        cell = self._cell_at(seen.at)
        self._spend(seen, cell)
        if seen.status is OutcomeStatus.LOST:
            cell.counts += _ONES[_LOST]
        elif (place := _ENDINGS.get(seen.status)) is not None:
            self._end(seen, place, cell)

    def _end(self, seen: Seen, place: int, cell: Cell) -> None:
        before = self._newest[seen.index]
        if before:
            self.replaced[before - 1] += 1
        self._newest[seen.index] = place + 1
        cell.counts += _ONES[place]
        if place == _ENDINGS[OutcomeStatus.FAILED]:
            cell.counts += _ONES[len(COUNTED) + error_of(seen)]
        cell.took(seen.duration_ms)
        size_bytes = seen.result.bytes
        if type(size_bytes) is int and size_bytes > 0:
            cell.size_bytes += size_bytes

    def _spend(self, seen: Seen, cell: Cell) -> None:
        """A line says what its item has spent in all: what is new of it was spent here."""
        if seen.spend == NO_SPEND:
            return
        more = seen.spend.minus(self._spends.get(seen.index, NO_SPEND))
        self._spends[seen.index] = seen.spend
        cell.picousd += more.picousd
        cell.tokens += more.tokens

    def _cell_at(self, at: float) -> Cell:
        tick = int(min(max(at, 0.0), _AT_MAX) * TICKS_A_SECOND)
        cell = self.cells.get(tick >> self.shift)
        if cell is None:
            cell = self.cells[tick >> self.shift] = Cell()
            while len(self.cells) > CELLS_MAX:
                self._coarsen()
            cell = self.cells[tick >> self.shift]
        return cell

    def _coarsen(self) -> None:
        """Cells of twice the length."""
        finer, self.cells = self.cells, {}
        self.shift += 1
        for key, cell in finer.items():
            known = self.cells.get(key >> 1)
            if known is None:
                self.cells[key >> 1] = cell
            else:
                known.add(cell)


def error_of(seen: Seen) -> int:
    """What kind of error a failed item ended with: a place among ERRORS."""
    status = seen.result.http_status
    if type(status) is int and status >= 400:
        return 0 if status == 429 else 1 if status < 500 else 2
    error = seen.error or ""
    if _TIMEOUT.search(error):
        return 3
    return 4 if _CONNECTION.search(error) else 5


def step_of(ms: float) -> int:
    """The step of time that so many milliseconds are in; all below one are in the first."""
    return 0 if ms <= 1 else min(STEPS_MAX, 1 + int(log2(ms) * STEPS_A_DOUBLING))


def _decoded(body: bytes) -> Seen | None:
    try:
        return _seen.decode(body)
    except msgspec.DecodeError:
        pass
    try:
        odd = _odd.decode(body)
    except msgspec.DecodeError:
        return None
    told = NOTHING_TOLD
    return Seen(odd.index, odd.status, odd.at, odd.duration_ms, odd.error, told, odd.spend)
