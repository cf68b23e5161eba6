"""The cells of a job's series as buckets of equal width, for whoever draws them. Pure.

Called by `state.reading` and the memory store; asked for by `web.series_api`.
"""

from __future__ import annotations

from itertools import accumulate
from math import ceil

from msgspec import Struct

from state.packed import unpacked
from state.series import (
    COUNTED,
    PLACES,
    STEPS_A_DOUBLING,
    TICKS_A_SECOND,
    Cell,
    Series,
)

# What ended so long before its job was made, or after now, was dated by a clock that was wrong: it
# is counted at the nearer end, and makes no chart of years.
ASTRAY_S = 86_400.0


class SeriesAsk(Struct, frozen=True, kw_only=True):
    """Which buckets: at most `points` of them, over the job's life as far as it is known (from
    `begun_at` to `until`) or from `from_at` to `to_at`; of these the ones that begin at `since` or
    later. Times are seconds since the epoch."""

    points: int
    begun_at: float
    until: float
    from_at: float | None = None
    to_at: float | None = None
    since: float | None = None


class Times(Struct, frozen=True):
    """How long endings took: the least, the median, the 95th percentile and the most. The two in
    the middle are right within 5 %."""

    least_ms: float
    median_ms: float
    p95_ms: float
    most_ms: float


class Bucket(Struct, frozen=True):
    """What happened from `at` on for the width of the page. `counts` and `errors` are in the order
    of `state.series.COUNTED` and `ERRORS`; `times` is None where no ending told."""

    at: float
    counts: tuple[int, ...]
    errors: tuple[int, ...]
    times: Times | None
    size_bytes: int
    picousd: int
    tokens: int


class SeriesPage(Struct, frozen=True):
    """Buckets in which something happened, from `from_at` to `to_at`, which are ends of buckets.
    `total` has all that ever happened in the job; `replaced` are (ok, failed, skipped) of it whose
    items have ended again since; `astray` were dated by a clock that was wrong."""

    from_at: float
    to_at: float
    width_s: float
    buckets: tuple[Bucket, ...]
    total: Bucket
    replaced: tuple[int, int, int]
    astray: int
    bad_lines: int


def page_of(series: Series, ask: SeriesAsk) -> SeriesPage:
    """Called under the lock of the series' owner."""
    life = _life(series, ask)
    low = _tick(life[0] if ask.from_at is None else ask.from_at)
    high = max(low, _tick(life[1] if ask.to_at is None else ask.to_at))
    shift = series.shift
    while (high >> shift) - (low >> shift) >= ask.points:
        shift += 1
    first, last = low >> shift, high >> shift
    # Only the ends of the whole life take in what lies beyond it.
    open_ends = ask.from_at is None, ask.to_at is None
    found, total, astray = _merged(series, shift, (first, last), open_ends)
    width = (1 << shift) / TICKS_A_SECOND
    since = first if ask.since is None else _tick(ask.since) >> shift
    wanted = sorted(key for key in found if key >= since)
    return SeriesPage(
        from_at=first * width,
        to_at=(last + 1) * width,
        width_s=width,
        buckets=tuple(_bucket(key * width, found[key]) for key in wanted),
        total=_bucket(first * width, total),
        replaced=(series.replaced[0], series.replaced[1], series.replaced[2]),
        astray=astray,
        bad_lines=series.bad_lines,
    )


def _life(series: Series, ask: SeriesAsk) -> tuple[float, float]:
    """From when to when there is something to see."""
    width = (1 << series.shift) / TICKS_A_SECOND
    starts = [key * width for key in series.cells]
    sane = [at for at in starts if ask.begun_at - ASTRAY_S <= at <= ask.until + ASTRAY_S]
    return min(ask.begun_at, *sane, ask.until), max(ask.until, *sane, ask.begun_at)


def _merged(
    series: Series, shift: int, ends: tuple[int, int], open_ends: tuple[bool, bool]
) -> tuple[dict[int, Cell], Cell, int]:
    """(the buckets within the ends, all there is, how much of it lies beyond an open end)."""
    first, last = ends
    coarser = shift - series.shift
    found: dict[int, Cell] = {}
    total, astray = Cell(), 0
    for key, cell in series.cells.items():
        total.add(cell)
        place = key >> coarser
        if not first <= place <= last:
            if not open_ends[place > last]:
                continue
            place = first if place < first else last
            astray += sum(unpacked(cell.counts, len(PLACES))[: len(COUNTED)])
        found.setdefault(place, Cell()).add(cell)
    return found, total, astray


def _bucket(at: float, cell: Cell) -> Bucket:
    counters = tuple(unpacked(cell.counts, len(PLACES)))
    return Bucket(
        at=at,
        counts=counters[: len(COUNTED)],
        errors=counters[len(COUNTED) :],
        times=_times(cell),
        size_bytes=cell.size_bytes,
        picousd=cell.picousd,
        tokens=cell.tokens,
    )


def _times(cell: Cell) -> Times | None:
    if not cell.times:
        return None
    upto = list(accumulate(unpacked(cell.times)))

    def at_share(share: float) -> float:
        rank = max(1, ceil(share * upto[-1]))
        step = next(place for place, so_many in enumerate(upto) if so_many >= rank)
        middle = 2 ** ((step - 0.5) / STEPS_A_DOUBLING) if step else cell.least_ms
        return min(max(middle, cell.least_ms), cell.most_ms)

    return Times(cell.least_ms, at_share(0.5), at_share(0.95), cell.most_ms)


def _tick(at: float) -> int:
    return int(max(at, 0.0) * TICKS_A_SECOND)
