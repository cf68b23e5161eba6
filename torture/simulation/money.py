"""What must hold of the tokens of a desk between one durable state and the next.

Used by the promises. Written from the words of `docs/tokens.md`, not from the rules' code.
"""

from __future__ import annotations

from collections.abc import Iterator

from state.ledgers import LedgerEntry
from state.model import DeskState, Job


def price_of(items: int) -> int:
    """What a batch of so many items costs; some cost nothing."""
    return items % 4


def ledger_faults(before: DeskState, after: DeskState) -> Iterator[str]:
    """Sums that are off, and starts that were paid twice, or not, or not in full."""
    ledger = after.ledger
    if ledger.granted != ledger.balance + ledger.spent or ledger.balance < 0:
        yield f"the ledger has {ledger.granted} = {ledger.balance} + {ledger.spent}"
    known = {entry.id for entry in before.ledger.entries}
    new = [entry for entry in ledger.entries if entry.id not in known and entry.amount < 0]
    if ledger.spent - before.ledger.spent != -sum(entry.amount for entry in new):
        yield f"what was spent is not what the new entries say: {new}"
    for job in after.jobs.values():
        if before.jobs.get(job.id) is not job:
            yield from _job_faults(before.jobs.get(job.id), job, new)


def _job_faults(old: Job | None, job: Job, new: list[LedgerEntry]) -> Iterator[str]:
    run, spent = (0, 0) if old is None else (old.run, old.spent_tokens)
    its = [entry for entry in new if entry.job_id == job.id]
    if job.spent_tokens - spent != -sum(entry.amount for entry in its):
        yield f"{job.id} has spent {job.spent_tokens} after {spent}, and paid {its}"
    starts = {f"{job.id}:{number}" for number in range(run + 1, job.run + 1)}
    if extra := {entry.id for entry in its} - starts:
        yield f"{job.id} paid for what was no start of it: {extra}"
    first = sum(-entry.amount for entry in its if entry.id == f"{job.id}:1")
    if run == 0 and job.run > 0 and first != job.price_tokens:
        yield f"{job.id} paid {first} for its first start, which costs {job.price_tokens}"
