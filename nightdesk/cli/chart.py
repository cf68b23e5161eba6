"""`nightdesk chart`: a job over time, in a line of blocks each. Added by `nightdesk.cli.app`."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from nightdesk.cli.jobs import JobArgument
from nightdesk.cli.reach import At, Reach, find_job
from nightdesk.cli.terminal import clean, clock, put, put_json
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client.charts import Bucket, Gap, Series

_HERE = Reach()
# Columns of a terminal that the names and the figures beside the blocks take.
_BESIDE = 30
_COLUMNS_MIN, _COLUMNS_MAX = 20, 160
_NAME_COLUMNS = 12
_BLOCKS = " ▁▂▃▄▅▆▇█"
_NONE = "·"
_SHORTEST_S = 1.0
_REASONS = ("waiting", "paused", "storage", "quota", "away", "over")

_Figure = Callable[[Bucket], float | None]


class ChartCommand:
    """The command; `words` is the user's language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def chart(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        room = shutil.get_terminal_size().columns - _BESIDE
        points = max(_COLUMNS_MIN, min(_COLUMNS_MAX, room))
        with at.client(self._words) as client:
            found = find_job(client, job, self._words)
            series = client.series(found.id, points=points)
            if at.json:
                put_json(series)
                return EXIT_OK
            gaps = client.timeline(found.id).gaps
        if not (series.total.ended or series.total.tokens):
            put(self._words("chart.nothing"))
            return EXIT_OK
        self._draw(series, gaps)
        return EXIT_OK

    def _draw(self, series: Series, gaps: Sequence[Gap]) -> None:
        since, to = clock(series.since), clock(series.to)
        put(self._words("chart.span", since=since, to=to, width=f"{series.width_s:g}"))
        for name, figure in self._figures(series):
            values = columns_of(series, figure)
            most = max((value for value in values if value is not None), default=0.0)
            told = self._words("chart.most", most=f"{most:,.6g}")
            put(f"{_padded(self._words(name))} {blocks(values)}  {told}")
        errors = [f"{name} {count:,}" for name, count in series.total.errors.items()]
        if errors:
            put(self._words("chart.errors", errors=", ".join(errors)))
        for gap in gaps:
            self._tell_gap(gap)
        if series.growing:
            put(self._words("chart.growing"))
        if replaced := sum(series.replaced.values()):
            put(self._words("chart.replaced", count=replaced))

    def _figures(self, series: Series) -> list[tuple[str, _Figure]]:
        """The lines that say something of this job."""
        width, total = series.width_s, series.total
        found: list[tuple[str, _Figure]] = [
            (f"chart.{name}", partial(_a_second, name, width))
            for name in ("ok", "failed", "skipped")
            if getattr(total, name)
        ]
        if total.duration_ms is not None:
            found += [
                ("chart.median", lambda bucket: _took(bucket, "median")),
                ("chart.p95", lambda bucket: _took(bucket, "p95")),
            ]
        if float(total.usd):
            found.append(("chart.usd", lambda bucket: float(bucket.usd)))
        return found

    def _tell_gap(self, gap: Gap) -> None:
        lasted = None if gap.to is None else (gap.to - gap.since).total_seconds()
        if lasted is not None and lasted < _SHORTEST_S:
            return
        long = self._words("chart.still") if lasted is None else f"{lasted:,.0f} s"
        known = gap.reason in _REASONS
        reason = self._words(f"chart.gap.{gap.reason}") if known else clean(gap.reason)
        put(self._words("chart.gap", since=clock(gap.since), reason=reason, long=long))


def _a_second(name: str, width: float, bucket: Bucket) -> float:
    ended: int = getattr(bucket, name)
    return ended / width


def _took(bucket: Bucket, which: Literal["median", "p95"]) -> float | None:
    if bucket.duration_ms is None:
        return None
    return bucket.duration_ms.median if which == "median" else bucket.duration_ms.p95


def columns_of(series: Series, figure: _Figure) -> list[float | None]:
    """A value for each column, from the first to the last; None where there is none."""
    begun = series.since.timestamp()
    count = max(1, round((series.to.timestamp() - begun) / series.width_s))
    values: list[float | None] = [None] * count
    for bucket in series.buckets:
        place = round((bucket.at.timestamp() - begun) / series.width_s)
        if 0 <= place < count:
            values[place] = figure(bucket)
    return values


def blocks(values: Sequence[float | None]) -> str:
    """A block each, as high as its share of the largest; a point where there is no value."""
    most = max((value for value in values if value is not None), default=0.0)
    return "".join(_block(value, most) for value in values)


def _block(value: float | None, most: float) -> str:
    if value is None:
        return _NONE
    if value <= 0 or most <= 0:
        return _BLOCKS[0]
    return _BLOCKS[max(1, round(value / most * (len(_BLOCKS) - 1)))]


def _padded(name: str) -> str:
    """As wide as the others: a Chinese character takes two columns."""
    wide = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in name)
    return name + " " * max(0, _NAME_COLUMNS - wide)
