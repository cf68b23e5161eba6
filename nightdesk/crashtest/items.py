"""The items of each job: every one ends once a run, and what was shown to have ended stays so.

Pure; used by `nightdesk.crashtest.judge`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from msgspec import Struct

from nightdesk.crashtest.history import Batch, Call, History, Hit, Violation
from nightdesk.crashtest.sequences import requests

FOR_GOOD = ("ok", "skipped")

# When a job may have begun another run: from the first attempt to the end of the last.
_Window = tuple[float, float]
_Hits = Mapping[tuple[str, int], list[Hit]]


class Reruns(Struct, frozen=True):
    """Items that were done again after a crash, and how many that may have been."""

    items: int
    allowed: int
    violations: tuple[Violation, ...]


def hits_of(history: History) -> _Hits:
    """When each item of each job was asked for at the target."""
    found: dict[tuple[str, int], list[Hit]] = defaultdict(list)
    for hit in history.hits:
        found[hit.job, hit.index].append(hit)
    return found


def retries_of(history: History) -> Mapping[str, list[_Window]]:
    """When each job may have been retried."""
    found: dict[str, list[_Window]] = defaultdict(list)
    for attempts in requests(history.calls):
        done = [call for call in attempts if call.result != "refused"]
        if attempts[0].action == "retry" and done:
            last = done[-1]
            ended = history.death_of(last.life) if last.result == "unknown" else last.ended
            found[attempts[0].job].append((attempts[0].began, ended))
    return found


def hit_after_shown(history: History, hits: _Hits) -> Iterator[Violation]:
    """An item that was shown to have ended well is not done again; one that had failed only in
    another run."""
    retries = retries_of(history)
    for batch in history.batches.values():
        for index in batch.done:
            if hits.get((batch.name, index)):
                what = f"item {index} of {batch.name} had ended before the first start, and was hit"
                yield Violation("done again", what, batch.name)
    for call in history.calls:
        for index, status in call.items:
            times = [hit.at for hit in hits.get((call.job, index), [])]
            place = bisect_right(times, call.ended)
            if status == "pending" or place == len(times):
                continue
            # A page of outcomes shows how a retried item ended before, until it ends again.
            again = any(began <= times[place] for began, _ in retries.get(call.job, ()))
            if status in FOR_GOOD or not again:
                what = (
                    f"item {index} of {call.job} was shown as {status} (call {call.number}) and"
                    f" was hit {times[place] - call.ended:.3f} s later"
                )
                yield Violation("done again", what, call.job)


def reruns(history: History, hits: _Hits) -> Reruns:
    """Within a run an item is hit again only where a crash cut it short: at each, at most as many
    items of a job as it may have in flight."""
    retries = retries_of(history)
    at_kill: Counter[tuple[int, str]] = Counter()
    wrong: list[Violation] = []
    in_flight: set[tuple[int, str]] = set()
    for (name, index), found in hits.items():
        batch = history.batches.get(name)
        if batch is None:
            wrong.append(Violation("done again", f"{name} was hit and is nobody's job", name))
            continue
        in_flight.update((hit.life, name) for hit in found)
        if batch.retries:
            continue  # a failed attempt is repeated in its run: nothing to learn from its hits
        for one, other in pairwise(found):
            if _retried_between(retries.get(name, ()), one.at, other.at):
                continue
            if one.life == other.life:
                what = f"item {index} of {name} was hit twice in one run and one life ({one.life})"
                wrong.append(Violation("done again", what, name))
            at_kill[one.life, name] += 1
    for (life, name), count in at_kill.items():
        if count > history.batches[name].concurrency:
            what = (
                f"{count} items of {name} were done again after death {life}: it has at most"
                f" {history.batches[name].concurrency} in flight"
            )
            wrong.append(Violation("done again", what, name))
    allowed = sum(history.batches[name].concurrency for _, name in in_flight)
    return Reruns(at_kill.total(), allowed, tuple(wrong))


def _retried_between(windows: Iterable[_Window], one: float, other: float) -> bool:
    return any(began <= other and ended >= one for began, ended in windows)


def forgotten(history: History) -> Iterator[Violation]:
    """Counts that were shown never go back within a run."""
    retries = retries_of(history)
    seen: dict[str, list[tuple[Call, int]]] = defaultdict(list)
    for call in history.calls:
        if call.result == "acked" and call.action in ("snapshot", "poll", "job"):
            for shown in call.shown:
                seen[shown.name].append((call, shown.done))
    for name, looks in seen.items():
        yield from _counted_back(name, looks, retries.get(name, []))


def _counted_back(
    name: str, looks: list[tuple[Call, int]], windows: list[_Window]
) -> Iterator[Violation]:
    by_end = sorted(looks, key=lambda look: look[0].ended)
    for call, done in looks:
        # Only what was seen wholly after the last retry that may count here binds.
        since = max((ended for began, ended in windows if began <= call.ended), default=0.0)
        for earlier, had in by_end:
            if earlier.ended > call.began:
                break
            if earlier.began > since and had > done:
                what = (
                    f"{name} had {had} items done (call {earlier.number}), and later {done}"
                    f" (call {call.number})"
                )
                yield Violation("missing", what, name)
                return


def wrong_counts(history: History) -> Iterator[Violation]:
    """In every answer the counts fit the job."""
    for call in history.calls:
        for shown in call.shown:
            batch = history.batches.get(shown.name)
            if batch is None:
                yield Violation("missing", f"call {call.number} shows {shown.name}, nobody's job")
            elif not _fits(batch, shown.total, shown.done):
                what = f"call {call.number}: {shown} does not fit {len(batch.fates)} items"
                yield Violation("missing", what, shown.name)


def _fits(batch: Batch, total: int, done: int) -> bool:
    return total == len(batch.fates) and done <= total
