"""Revisions: never back, never used twice, never a change of status skipped.

Pure; used by `nightdesk.crashtest.judge`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from nightdesk.crashtest.history import COMMANDS, Call, History, Shown, Violation
from nightdesk.crashtest.sequences import requests


def wrong_revisions(history: History) -> list[Violation]:
    return [*_reused(history), *_gone_back(history), *_skipped(history)]


def _reused(history: History) -> Iterator[Violation]:
    """Two snapshots of one revision say the same."""
    truths: dict[tuple[int, int], tuple[tuple[Shown, ...], int]] = {}
    for call in history.calls:
        if call.action in ("snapshot", "poll") and call.result == "acked":
            told, number = truths.setdefault((call.desk, call.revision), (call.shown, call.number))
            if told != call.shown:
                what = (
                    f"desk {call.desk} has two truths at revision {call.revision}:"
                    f" calls {number} and {call.number}"
                )
                yield Violation("revision", what)


def _gone_back(history: History) -> Iterator[Violation]:
    """A call that began after another had ended sees at least its revision; a command makes a
    newer one."""
    desks: dict[int, list[tuple[float, Call]]] = defaultdict(list)
    for began, call in _with_revision(history):
        desks[call.desk].append((began, call))
    for known in desks.values():
        by_end = sorted((call.ended, call.revision, call.number) for _, call in known)
        place, floor, by = 0, 0, 0
        for began, call in sorted(known, key=lambda entry: entry[0]):
            while place < len(by_end) and by_end[place][0] <= began:
                if by_end[place][1] > floor:
                    floor, by = by_end[place][1:]
                place += 1
            least = floor + 1 if call.action in COMMANDS else floor
            if call.revision < least:
                what = (
                    f"desk {call.desk}: {call.action} (call {call.number}) has revision"
                    f" {call.revision}, after {floor} had been shown (call {by})"
                )
                yield Violation("revision", what, call.job)


def _with_revision(history: History) -> Iterator[tuple[float, Call]]:
    """A repeated request counts once, from its first attempt on."""
    for attempts in requests(history.calls):
        acked = next((call for call in attempts if call.result == "acked"), None)
        if acked is not None:
            yield attempts[0].began, acked
    for call in history.calls:
        if call.action not in COMMANDS and call.result == "acked" and call.revision:
            yield call.began, call


def _skipped(history: History) -> Iterator[Violation]:
    """In a stream each change of a job begins where the one before ended, at no lower revision."""
    for watch in history.watches:
        last: dict[str, str | None] = {}
        revision = 0
        for frame in watch.frames:
            if frame.revision < revision:
                yield Violation("revision", f"a stream of desk {watch.desk} went back: {frame}")
            if frame.job_id in last and last[frame.job_id] != frame.old:
                what = f"a stream of desk {watch.desk} skipped a change: {frame} after"
                yield Violation("revision", f"{what} {last[frame.job_id]}")
            revision, last[frame.job_id] = frame.revision, frame.new
