"""The books at the end: files, API and target must tell the same of every item of every job.

Pure; used by `nightdesk.crashtest.judge`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from nightdesk.crashtest.history import Batch, History, Hit, Shown, Truth, Violation
from nightdesk.crashtest.items import FOR_GOOD
from nightdesk.crashtest.sequences import requests

_FAILED = ("failed", "poisoned")
_ENDED = ("completed", "partially_completed", "failed")
# What a job lies on disk as, before the first start, that has never run.
_NEVER_RUN = ("none", "pending")


def audit(history: History, hits: Mapping[tuple[str, int], list[Hit]]) -> Iterator[Violation]:
    asked = _runs_asked_for(history)
    for truth in history.truths:
        batch = history.batches.get(truth.name)
        if batch is None:
            yield Violation("twice", f"{truth.name} is there and nobody asked for it", truth.name)
            continue
        yield from _runs(truth, batch, *asked)
        yield from _listed(truth, batch)
        yield from _lines(truth)
        yield from _counted(truth)
        yield from _verdict(truth)
        yield from _done_truly(truth, batch, hits)
    yield from _same_name(history)


def _runs_asked_for(history: History) -> tuple[Counter[str], Counter[str]]:
    """How often each job was started or retried: acknowledged, and without an answer."""
    sure: Counter[str] = Counter()
    unsure: Counter[str] = Counter()
    for attempts in requests(history.calls):
        first = attempts[0]
        if first.action in ("start", "retry") or (first.action == "create" and first.start):
            results = {call.result for call in attempts}
            sure[first.job] += "acked" in results
            unsure[first.job] += "acked" not in results and "unknown" in results
    return sure, unsure


def _runs(
    truth: Truth, batch: Batch, sure: Counter[str], unsure: Counter[str]
) -> Iterator[Violation]:
    """Each start and each retry makes one run. A retry that is lost shows in nothing else: the job
    has ended as it had before."""
    least = sure[truth.name] + (batch.status not in _NEVER_RUN)
    what = f"{truth.name} is in run {truth.run}, and {least} were acknowledged"
    if truth.run < least:
        yield Violation("lost", what, truth.name)
    elif truth.run > least + unsure[truth.name]:
        yield Violation("twice", f"{what}, {unsure[truth.name]} not answered", truth.name)


def _same_name(history: History) -> Iterator[Violation]:
    """A request made one job, however often it was sent."""
    ids: dict[str, set[str]] = {}
    for call in history.calls:
        for shown in call.shown:
            ids.setdefault(shown.name, set()).add(shown.id)
    for truth in history.truths:
        ids.setdefault(truth.name, set()).add(truth.shown.id)
    for name, found in ids.items():
        if len(found) > 1:
            yield Violation("twice", f"{name} was made {len(found)} times: {sorted(found)}", name)


def _listed(truth: Truth, batch: Batch) -> Iterator[Violation]:
    """The API lists each item once, by status, ended or pending, as it counts them."""
    times = Counter(index for index, _ in truth.listed)
    missing = [index for index in range(len(batch.fates)) if index not in times]
    twice = [index for index, count in times.items() if count > 1]
    told = Counter(status for _, status in truth.listed)
    listed = (told["ok"], sum(told[status] for status in _FAILED), told["skipped"])
    counted = (truth.shown.ok, truth.shown.failed, truth.shown.skipped)
    if listed != counted:
        what = f"{truth.name}: ok, failed, skipped are listed as {listed} and counted as {counted}"
        yield Violation("missing", what, truth.name)
    if missing:
        yield Violation("missing", f"{truth.name}: items {missing} are not listed", truth.name)
    if twice:
        yield Violation("twice", f"{truth.name}: items {twice} are listed twice", truth.name)


def _lines(truth: Truth) -> Iterator[Violation]:
    """An item ends once in a run, and never again once it is done for good."""
    times = Counter((line.index, line.run) for line in truth.lines)
    if twice := [key for key, count in times.items() if count > 1]:
        what = f"{truth.name}: (item, run) {twice} ended more than once"
        yield Violation("twice", what, truth.name)
    good: set[int] = set()
    for line in truth.lines:
        if line.index in good:
            what = f"{truth.name}: item {line.index} ended again in run {line.run}, after it was ok"
            yield Violation("twice", what, truth.name)
        if line.status in FOR_GOOD:
            good.add(line.index)


def _counted(truth: Truth) -> Iterator[Violation]:
    """Counts are what a recount of the outcome file gives, in the API and in the desk's file."""
    newest = {line.index: line for line in truth.lines}
    counting = [x for x in newest.values() if x.status in FOR_GOOD or x.run == truth.run]
    told = Counter(line.status for line in counting)
    recount = (told["ok"], told["failed"] + told["poisoned"], told["skipped"])
    for where, shown in (("the API", truth.shown), ("its desk's file", truth.counted_on_disk)):
        if (shown.ok, shown.failed, shown.skipped) != recount:
            what = (
                f"{truth.name} ({shown.status}): {where} counts ok, failed, skipped as"
                f" {(shown.ok, shown.failed, shown.skipped)}, its outcomes are {recount}"
            )
            yield Violation("missing", what, truth.name)


def _verdict(truth: Truth) -> Iterator[Violation]:
    """A job that ended by itself has no item left, and is called what its items make of it."""
    shown = truth.shown
    if shown.status not in _ENDED:
        return
    if shown.done != shown.total:
        what = f"{truth.name} is {shown.status} with {shown.total - shown.done} items left"
        yield Violation("missing", what, truth.name)
    elif shown.status != _called(shown):
        what = f"{truth.name} is {shown.status} and should be {_called(shown)}: {shown}"
        yield Violation("missing", what, truth.name)


def _called(shown: Shown) -> str:
    if shown.failed == 0:
        return "completed"
    return "failed" if shown.ok == 0 else "partially_completed"


def _done_truly(
    truth: Truth, batch: Batch, hits: Mapping[tuple[str, int], list[Hit]]
) -> Iterator[Violation]:
    """Who says `ok` has been there, and each item says what its page said."""
    for index, status in truth.listed:
        if index >= len(batch.fates) or index in batch.done or status == "pending":
            continue
        fate = batch.fates[index].partition("-")[0]
        if (truth.name, index) not in hits:
            what = f"{truth.name}: item {index} is {status} and was never asked for"
            yield Violation("missing", what, truth.name)
        elif (fate == "ok" and status in _FAILED) or (
            fate in ("gone", "broken") and status == "ok"
        ):
            what = f"{truth.name}: item {index} is {status}, its page was {fate}"
            yield Violation("missing", what, truth.name)
