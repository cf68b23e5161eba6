"""What a response or an error means for its item: ok, failed, or worth another try. Pure.

Used by `executors.fetch.run`.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus

from msgspec import Struct

from actors.ports import HttpConnectError, HttpError, HttpTimeout

_RETRY_STATUSES = frozenset({408, 425, 429})
_PRESSURE_STATUSES = frozenset({429, 503})


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
        error=_status_text(status),
        retry=status in _RETRY_STATUSES or status >= 500,
        retry_after_s=parse_retry_after(retry_after, now),
        pressure=status in _PRESSURE_STATUSES,
    )


def judge_error(error: HttpError) -> Verdict:
    """Connections that fail and waits that run out may go better next time; the rest will not."""
    return Verdict(error=str(error), retry=isinstance(error, HttpConnectError | HttpTimeout))


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date; None for what is neither."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 10 else None
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _status_text(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
