"""The ledger of a desk: what moves its tokens, as pure functions.

Every movement has an id that is unique in the ledger, and one that is there already changes
nothing: a start is paid once, however often it is asked for. `granted == balance + spent` always,
and nothing is spent that is not there. Called by the other rules, which put what comes out into the
same state as what was paid for; `web` asks what is free.
"""

from __future__ import annotations

from msgspec.structs import replace

from actors.errors import InsufficientTokens, InvalidSpec, LimitReached
from actors.rules.change import Limits, Moment
from actors.tokens import GrantTokens, HoldTokens
from state.ledgers import TOKENS_MAX as TOKENS_MAX
from state.ledgers import Hold, Ledger, LedgerEntry
from state.model import DeskState

OPENING = "opening"
UNTOUCHED = Ledger()
KEY_MAX_CHARS = 200
NOTE_MAX_CHARS = 500
HOLD_MAX_S = 24 * 3600.0


def effective(state: DeskState, limits: Limits) -> Ledger:
    """The desk's ledger. One that was never touched has the opening balance by right; it is written
    down with the first change, so that a fresh desk writes nothing for it."""
    if state.ledger != UNTOUCHED or not limits.opening_tokens:
        return state.ledger
    amount = limits.opening_tokens
    opening = LedgerEntry(OPENING, amount, state.created_at, balance=amount)
    return Ledger(granted=amount, balance=amount, entries=(opening,))


def held(ledger: Ledger, now: float) -> int:
    """How much of the balance is put aside at `now`, for whatever feature."""
    return sum(hold.amount for hold in ledger.holds if hold.until > now)


def free(ledger: Ledger, now: float, feature: str = "") -> int:
    """How much a start of that feature may spend: all that is not put aside for others."""
    others = (hold for hold in ledger.holds if hold.until > now and hold.feature != feature)
    return ledger.balance - sum(hold.amount for hold in others)


def check(state: DeskState, required: int, feature: str, moment: Moment, limits: Limits) -> None:
    """Raises InsufficientTokens where a start of that price could not be paid now."""
    if required > 0:
        _check(effective(state, limits), required, feature, moment)


def charge(
    state: DeskState,
    entry_id: str,
    amount: int,
    feature: str,
    note: str,
    job_id: str | None,
    moment: Moment,
    limits: Limits,
) -> DeskState:
    """Spend `amount`, first of what is held for the feature. Nothing costs nothing, and what was
    paid under that id before is not paid again. Raises InsufficientTokens."""
    ledger = effective(state, limits)
    if amount <= 0 or _has(ledger, entry_id):
        return state
    _check(ledger, amount, feature, moment)
    drawn = replace(
        ledger,
        balance=ledger.balance - amount,
        spent=ledger.spent + amount,
        holds=_drawn(ledger.holds, amount, feature, moment.now),
    )
    entry = LedgerEntry(entry_id, -amount, moment.now, note, drawn.balance, job_id)
    return replace(state, ledger=_with(drawn, entry, moment, limits))


def granted(state: DeskState, grant: GrantTokens, moment: Moment, limits: Limits) -> DeskState:
    """With what was granted; the same state where that key was granted before. Raises InvalidSpec
    or LimitReached."""
    _check_words(amount=grant.amount, key=grant.key, note=grant.note)
    ledger = effective(state, limits)
    entry_id = f"grant:{grant.key}"
    if _has(ledger, entry_id):
        return state
    if ledger.granted + grant.amount > TOKENS_MAX:
        said = f"a desk is granted at most {TOKENS_MAX:,} tokens in all"
        raise LimitReached(said, limit=TOKENS_MAX)
    richer = replace(
        ledger, granted=ledger.granted + grant.amount, balance=ledger.balance + grant.amount
    )
    entry = LedgerEntry(entry_id, grant.amount, moment.now, grant.note, richer.balance)
    return replace(state, ledger=_with(richer, entry, moment, limits))


def put_aside(state: DeskState, hold: HoldTokens, moment: Moment, limits: Limits) -> DeskState:
    """With that hold; the same state where one of that key stands. Raises InvalidSpec,
    InsufficientTokens or LimitReached."""
    _check_words(amount=hold.amount, key=hold.key, feature=hold.feature)
    if not 0 < hold.ttl_s <= HOLD_MAX_S:
        raise _refused("ttl_s", f"must be more than 0 and at most {HOLD_MAX_S:.0f}")
    ledger = effective(state, limits)
    live = _live(ledger.holds, moment.now)
    if any(hold.key == standing.id for standing in live):
        return state
    if len(live) >= limits.max_ledger_entries:
        said = f"a desk holds tokens for at most {limits.max_ledger_entries} starts at once"
        raise LimitReached(said, limit=limits.max_ledger_entries)
    # What others hold for the same feature is not free to be held once more.
    _check(ledger, hold.amount, "", moment)
    now = moment.now
    aside = Hold(hold.key, hold.amount, hold.feature, now, now + hold.ttl_s)
    return replace(state, ledger=replace(ledger, holds=(*live, aside)))


def _check(ledger: Ledger, required: int, feature: str, moment: Moment) -> None:
    balance = free(ledger, moment.now, feature)
    if required > balance:
        said = f"this costs {required:,} tokens, and {balance:,} are free"
        raise InsufficientTokens(said, required=required, balance=balance)


def _has(ledger: Ledger, entry_id: str) -> bool:
    return any(entry.id == entry_id for entry in ledger.entries)


def _with(ledger: Ledger, entry: LedgerEntry, moment: Moment, limits: Limits) -> Ledger:
    """With one more entry, and without what is over: the oldest beyond the limit, and the holds
    whose time has come."""
    entries = (*ledger.entries, entry)
    kept = entries[-limits.max_ledger_entries :]
    return replace(
        ledger,
        entries=kept,
        forgotten=ledger.forgotten + len(entries) - len(kept),
        holds=_live(ledger.holds, moment.now),
    )


def _live(holds: tuple[Hold, ...], now: float) -> tuple[Hold, ...]:
    return tuple(hold for hold in holds if hold.until > now)


def _drawn(holds: tuple[Hold, ...], amount: int, feature: str, now: float) -> tuple[Hold, ...]:
    """What is left of the holds: the oldest of the feature give first. One that has given all stays
    until its time is over, so that its key is known as long."""
    left: list[Hold] = []
    for hold in holds:
        given = min(amount, hold.amount) if hold.feature == feature and hold.until > now else 0
        amount -= given
        left.append(replace(hold, amount=hold.amount - given) if given else hold)
    return tuple(left)


def _check_words(*, amount: int, **words: str) -> None:
    if not 1 <= amount <= TOKENS_MAX:
        raise _refused("amount", f"must be a whole number from 1 to {TOKENS_MAX}")
    for field, text in words.items():
        longest = NOTE_MAX_CHARS if field == "note" else KEY_MAX_CHARS
        if (not text and field != "note") or len(text) > longest or not text.isprintable():
            raise _refused(field, f"must be printable, and at most {longest} characters")


def _refused(field: str, reason: str) -> InvalidSpec:
    errors = [{"index": None, "field": field, "reason": reason}]
    return InvalidSpec(f"{field}: {reason}", errors=errors, error_count=1)
