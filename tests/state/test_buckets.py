"""Into how many buckets a job's life is cut: as many as were asked for at most, and no coarser."""

from __future__ import annotations

import pytest

from state.buckets import SeriesAsk, page_of
from state.series import Series

BEGUN = 1_700_000_000.0


@pytest.mark.parametrize("points", [2, 3, 60, 61, 64, 1_000])
@pytest.mark.parametrize("lasted_s", [0.0, 0.2, 1.0, 59.9, 60.0, 64.0, 3_600.0, 86_400.0 * 21])
def test_there_are_as_many_as_asked_for_at_most_and_no_fewer_than_need_be(points, lasted_s):
    ask = SeriesAsk(points=points, begun_at=BEGUN, until=BEGUN + lasted_s)
    page = page_of(Series(1, 0), ask)
    assert page.from_at <= BEGUN <= BEGUN + lasted_s < page.to_at
    assert (page.to_at - page.from_at) / page.width_s <= points
    finer = SeriesAsk(points=2 * points + 2, begun_at=BEGUN, until=BEGUN + lasted_s)
    assert page_of(Series(1, 0), finer).width_s <= page.width_s
    # Of half the width there would be too many, but where there is nothing finer.
    many = lasted_s / (page.width_s / 2) + 1
    assert many >= points or page.width_s == page_of(Series(1, 0), finer).width_s
