"""What an HTTP answer's status and its wish to wait mean. Pure; for the runs of several kinds."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus

# The remote asks for a slower pace.
PRESSURE_STATUSES = frozenset({429, 503})
_RETRY_STATUSES = frozenset({408, 425, 429})


def is_worth_retrying(status: int) -> bool:
    """Whether another request may get a better answer than this one."""
    return status in _RETRY_STATUSES or status >= 500


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


def status_text(status: int) -> str:
    """`HTTP 404 Not Found`."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
