"""What a response or an error means for its item: ok, failed, or worth another try. Pure.

Used by `executors.fetch` and `executors.crawl`.
"""

from __future__ import annotations

from msgspec import Struct

from actors.ports import HttpConnectError, HttpError, HttpTimeout
from executors.statuses import (
    PRESSURE_STATUSES,
    is_worth_retrying,
    parse_retry_after,
    status_text,
)


class Verdict(Struct, frozen=True):
    """`error` is None for success."""

    error: str | None = None
    retry: bool = False
    retry_after_s: float | None = None
    pressure: bool = False


def judge_response(status: int, retry_after: str | None, now: float) -> Verdict:
    """2xx and 3xx that were not followed are a success; `now` is the wall clock."""
    if status < 400:
        return Verdict()
    return Verdict(
        error=status_text(status),
        retry=is_worth_retrying(status),
        retry_after_s=parse_retry_after(retry_after, now),
        pressure=status in PRESSURE_STATUSES,
    )


def judge_error(error: HttpError) -> Verdict:
    """Connections that fail and waits that run out may go better next time; the rest will not."""
    return Verdict(error=str(error), retry=isinstance(error, HttpConnectError | HttpTimeout))
