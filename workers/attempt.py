"""What follows from one attempt at an item: its end, or another try later. Pure.

Called by `workers.hosted` with the executor's result.
"""

from __future__ import annotations

import msgspec

from actors.ports import ItemDeferred, ItemEnded, ItemResult, LeasedItem
from state.model import NO_TALLY, OutcomeStatus, Tally

BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 60.0
MAX_RESULT_BYTES = 1024 * 1024
MAX_ERROR_CHARS = 2_000
# The result of an item that a limit of its worker has ended.
OVER_LIMIT = {"over_limit": True}

_encoder = msgspec.json.Encoder()


class RetryRule(msgspec.Struct, frozen=True):
    """How often an item is tried again, and how long its host may make it wait."""

    retries: int
    host_backoff_max_s: float


def backoff_s(attempts: int, jitter: float) -> float:
    """The wait after that many attempts: doubling, capped, and the upper half of it random
    (`jitter` in 0..1), so that what failed together does not come back together."""
    full = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(attempts - 1, 16))
    return full * (0.5 + jitter / 2)


def settle(
    item: LeasedItem, result: ItemResult, rule: RetryRule, *, duration_ms: float, jitter: float
) -> ItemEnded | ItemDeferred:
    """The event for an attempt that came to `result`."""
    if result.wait_s is not None:
        return ItemDeferred(
            index=item.index,
            attempts=item.attempts,
            delay_s=result.wait_s,
            hold_key=True,
            stage=result.stage,
        )
    attempts = item.attempts + 1
    if result.retry and attempts <= rule.retries:
        return _deferred(item.index, attempts, result, rule, jitter)
    return _ended(item.index, attempts, result, duration_ms)


def crashed(error: Exception) -> ItemResult:
    """The result of an attempt in which the executor raised what it does not know."""
    text = f"{type(error).__name__}: {error}"
    return ItemResult(status=OutcomeStatus.FAILED, result={}, error=text)


def stopped_by(limit: str) -> ItemResult:
    """The result of an attempt that ran into a limit: it would again."""
    return ItemResult(status=OutcomeStatus.FAILED, result=OVER_LIMIT, error=limit)


def _deferred(
    index: int, attempts: int, result: ItemResult, rule: RetryRule, jitter: float
) -> ItemDeferred:
    """The whole key waits only where its host asked for it, not for the item's own back-off."""
    own_s = backoff_s(attempts, jitter)
    asked_s = min(result.retry_after_s or 0.0, rule.host_backoff_max_s)
    return ItemDeferred(
        index=index,
        attempts=attempts,
        delay_s=max(own_s, asked_s),
        hold_key=asked_s >= own_s,
        error=clean_text(result.error or "will be tried again"),
    )


def _ended(index: int, attempts: int, result: ItemResult, duration_ms: float) -> ItemEnded:
    status, error = result.status, result.error
    encoded = _encoder.encode(result.result)
    if len(encoded) > MAX_RESULT_BYTES:
        status = OutcomeStatus.FAILED
        error = f"its result of {len(encoded)} bytes is over the limit of {MAX_RESULT_BYTES}"
        encoded = b"{}"
    return ItemEnded(
        index=index,
        status=status,
        attempts=attempts,
        duration_ms=round(duration_ms, 3),
        error=_cleaned(error),
        result=msgspec.Raw(encoded),
        tally=Tally(**result.tally) if result.tally else NO_TALLY,
        spend=result.spend,
    )


def clean_text(text: str, limit: int = MAX_ERROR_CHARS) -> str:
    """Text from anywhere, fit for the wire: short, and without the lone surrogates that undecodable
    bytes leave in messages of the operating system."""
    shortened = text if len(text) <= limit else text[: limit - 1] + "…"
    return shortened if shortened.isascii() else shortened.encode("utf-8", "replace").decode()


def _cleaned(error: str | None) -> str | None:
    return None if error is None else clean_text(error)
