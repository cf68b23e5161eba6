"""The series of a job that is kept in memory: made anew for each answer, by the same counting."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from state.buckets import SeriesAsk, SeriesPage, page_of
from state.model import OutcomeRecord
from state.series import Series


def series_page(lines: Sequence[OutcomeRecord], items: int, ask: SeriesAsk) -> SeriesPage:
    """Of a job that has so many items. Called by `state.memory`."""
    series = Series(items, 0)
    for line in lines:
        series.take(msgspec.json.encode(line))
    return page_of(series, ask)
