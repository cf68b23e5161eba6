"""Bounds of what a site without end can make of a crawl: mazes of paths, of queries, of dates.

Pure: no clock, nothing is fetched. Used by `executors.crawl.sifting`; one `Traps` lives in each
worker that has the job open, and counts anew where that worker is another.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from executors.urls import Url

MAX_PATH_DEPTH = 16
MAX_QUERIES = 100
# How often a group of segments may follow itself: `/a/b/a/b/a/b` is three times.
MAX_REPEATS = 2
_LONGEST_GROUP = 4
# What is counted by; the least recently seen are forgotten.
_COUNTED = 10_000

_DIGITS = re.compile(r"[0-9]+")
# A year and a month, in this order, with whatever between them is no digit nor letter of a word.
_DATE = re.compile(r"(?<![0-9])(?:19|20|21)[0-9]{2}[^0-9a-z]+(?:0?[1-9]|1[0-2])(?![0-9])", re.I)


def path_reason(url: Url, max_path_depth: int) -> str | None:
    """Why this path is one of a maze: `depth` or `repeats`."""
    segments = [part for part in url.target.partition("?")[0].split("/") if part]
    if len(segments) > max_path_depth:
        return "depth"
    return "repeats" if _repeats(segments) else None


def _repeats(segments: list[str]) -> bool:
    for size in range(1, _LONGEST_GROUP + 1):
        # A segment that is a number may well follow itself, as in a date.
        allowed = MAX_REPEATS + (size == 1)
        run = 1
        for start in range(size, len(segments) - size + 1):
            same = segments[start : start + size] == segments[start - size : start]
            run = run + 1 if same else 1
            if run > size * (allowed - 1) + 1:
                return True
    return False


class Traps:
    """Counts addresses that differ only in their query, or only in the digits of their date."""

    def __init__(self, max_queries: int, max_per_pattern: int) -> None:
        self._max_queries = max_queries
        self._max_per_pattern = max_per_pattern
        # How many were let in. Written by `reason`.
        self._queries: OrderedDict[str, int] = OrderedDict()
        self._patterns: OrderedDict[str, int] = OrderedDict()

    def reason(self, url: Url) -> str | None:
        """Why this address, which was not met before, is one too many: `queries` or `pattern`;
        None where it is not, and then it counts."""
        path, mark, query = url.target.partition("?")
        if mark and not _counted(self._queries, url.origin + path, self._max_queries):
            return "queries"
        if _is_dated(url.target, query) and not _counted(
            self._patterns, _pattern(url), self._max_per_pattern
        ):
            return "pattern"
        return None


def _is_dated(target: str, query: str) -> bool:
    if _DATE.search(target) is not None:
        return True
    lower = query.lower()
    return "year=" in lower and "month=" in lower


def _pattern(url: Url) -> str:
    return url.origin + _DIGITS.sub("#", url.target)


def _counted(counts: OrderedDict[str, int], key: str, most: int) -> bool:
    count = counts.get(key, 0)
    if count >= most:
        counts.move_to_end(key)
        return False
    counts[key] = count + 1
    counts.move_to_end(key)
    if len(counts) > _COUNTED:
        counts.popitem(last=False)
    return True
