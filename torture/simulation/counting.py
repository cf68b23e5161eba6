"""Counting a job's items from its outcome lines, by other code than the product's.

Used by the promises, to compare with what is saved and shown.
"""

from __future__ import annotations

from state.memory_jobs import MemoryJob
from state.model import NO_ENDINGS, Counts, Job, JobStatus, OutcomeRecord, OutcomeStatus, Tally
from state.spending import Spend, total_of

FOR_GOOD = (OutcomeStatus.OK, OutcomeStatus.SKIPPED)


def newest(files: MemoryJob, lines: int) -> dict[int, OutcomeRecord]:
    """The newest ending of each item among the first so many lines."""
    return {line.index: line for line in files.lines[:lines] if line.status not in NO_ENDINGS}


def recount(files: MemoryJob, run: int, lines: int, *, former_finale: bool = False) -> Counts:
    """What the first so many lines say of a run; with `former_finale` also how the finale ended in
    the one before, which is counted until the job is taken up again."""
    ok = failed = skipped = found = made = 0
    for line in newest(files, lines).values():
        if isinstance(line.tally, Tally):
            found += line.tally.found
            made += line.tally.made
        if line.once is True and line.run != run and not former_finale:
            continue
        ok += line.status is OutcomeStatus.OK
        skipped += line.status is OutcomeStatus.SKIPPED
        failed += line.status not in FOR_GOOD and (line.run == run or line.once is True)
    spend = total_of(list(spends(files, lines).values()))
    return Counts(len(files.inputs), ok, failed, skipped, found, made, spend)


def spends(files: MemoryJob, lines: int) -> dict[int, Spend]:
    """What each item has spent, by the newest of the first so many lines that says it."""
    return {line.index: line.spend for line in files.lines[:lines] if isinstance(line.spend, Spend)}


def unfinished(files: MemoryJob, run: int) -> list[int]:
    """The items whose endings are not on the medium, or count no more; of a finale they are all
    but the last."""
    ended = newest(files, files.synced)
    return [
        index
        for index in range(len(files.inputs) - 1)
        if (line := ended.get(index)) is None or (line.status not in FOR_GOOD and line.run != run)
    ]


def strikes(files: MemoryJob, index: int) -> int:
    """The worker deaths under an item since it last ended, or has paid for something."""
    found = 0
    for line in files.lines:
        if line.index == index:
            found = found + 1 if line.status is OutcomeStatus.LOST else 0
    return found


def deaths(files: MemoryJob, index: int) -> int:
    """The worker deaths under an item since it last ended."""
    theirs = [line.status for line in files.lines if line.index == index]
    ends = [place for place, status in enumerate(theirs) if status not in NO_ENDINGS]
    return theirs[ends[-1] + 1 if ends else 0 :].count(OutcomeStatus.LOST)


def exceeds(said: Counts, counted: Counts) -> bool:
    """More is said than there is."""
    ended = said.ok > counted.ok or said.failed > counted.failed or said.skipped > counted.skipped
    return ended or counted.spend.at_least(said.spend) != counted.spend


def well_formed(job: Job) -> str | None:
    """What is wrong with the counts of a job that has this status."""
    counts = job.counts
    if min(counts.ok, counts.failed, counts.skipped) < 0 or counts.done > counts.total:
        return f"{counts} do not add up"
    if job.damage is not None:
        return f"tells of {job.damage}, but no file was damaged"
    whole = counts.done == counts.total
    if job.status is JobStatus.COMPLETED and not (whole and counts.failed == 0):
        return f"completed with {counts}"
    if job.status is JobStatus.PARTIALLY_COMPLETED and not (whole and counts.ok and counts.failed):
        return f"partially completed with {counts}"
    if job.status is JobStatus.FAILED and job.error is None and not (whole and counts.ok == 0):
        return f"failed with {counts} and no error"
    return None
