"""The ledger in a desk's file, and what it must be. The codec refuses one that cannot be, the
doctor tells of one whose entries do not lead to its balance.
"""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

# No desk was ever granted more: beyond it programs that read numbers as JavaScript does would err.
TOKENS_MAX = 10**15


class LedgerEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One movement of tokens: `amount` is positive for what was granted, negative for what was
    spent, `balance` what there was after it. `id` is unique, so that applying it twice is seen:
    `<job id>:<run>` for a start, `opening`, `grant:<key>`."""

    id: str
    amount: int
    at: float
    note: str = ""
    balance: int = 0
    job_id: str | None = None


class Hold(Struct, frozen=True, forbid_unknown_fields=True):
    """Tokens put aside until `until` for a start of that `feature`, which draws on them; without
    one they come back by themselves. They are part of the balance."""

    id: str
    amount: int
    feature: str
    at: float
    until: float


class Ledger(Struct, frozen=True, forbid_unknown_fields=True):
    """Tokens of a desk (integers). `granted == balance + spent` is checked at every load. `entries`
    are the newest; `forgotten` older ones are in the audit log only."""

    granted: int = 0
    balance: int = 0
    spent: int = 0
    entries: tuple[LedgerEntry, ...] = ()
    holds: tuple[Hold, ...] = ()
    forgotten: int = 0


def fault_in(ledger: Ledger, time_max: float) -> str | None:
    """What no desk has ever saved; None where there is nothing. No time is beyond `time_max`."""
    if ledger.granted != ledger.balance + ledger.spent:
        return "its ledger does not add up"
    if min(ledger.granted, ledger.balance, ledger.spent, ledger.forgotten) < 0:
        return "its ledger has less than nothing"
    if max(ledger.granted, ledger.forgotten) > TOKENS_MAX:
        return "its ledger has more than there ever was"
    amounts = [hold.amount for hold in ledger.holds]
    if min(amounts, default=0) < 0 or sum(amounts) > ledger.balance:
        return "its ledger holds what it does not have"
    times = [entry.at for entry in ledger.entries]
    times += [at for hold in ledger.holds for at in (hold.at, hold.until)]
    return None if all(abs(at) < time_max for at in times) else "its ledger has a time that is none"


def gap_in(ledger: Ledger) -> str | None:
    """Where the balance after a movement is not what was there before it and the movement."""
    entries = ledger.entries
    for before, entry in pairwise(entries):
        if entry.balance != before.balance + entry.amount:
            return f"before the entry {entry.id!r}"
    if entries and entries[-1].balance != ledger.balance:
        return f"after the entry {entries[-1].id!r}"
    return None
