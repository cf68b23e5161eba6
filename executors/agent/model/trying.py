"""How often a call is tried, and how long is waited before it is tried again. Pure.

Used by `executors.agent.model.client`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from msgspec import Struct

from executors.statuses import parse_retry_after


class Timing(Struct, frozen=True, kw_only=True):
    """Of the calls of one model. `idle_s`: without a byte of a stream; `total_s`: for one try, from
    its connection to its last byte. A broken answer may have been paid for, so it is not asked for
    again as often as one that never came. An endpoint that asks to be left alone for longer than
    `patience_s` is away."""

    tries: int = 6
    tries_of_broken: int = 3
    connect_s: float = 10.0
    idle_s: float = 120.0
    total_s: float = 600.0
    backoff_s: float = 0.5
    backoff_max_s: float = 60.0
    patience_s: float = 600.0


def backoff_s(timing: Timing, failed: int, random: Random) -> float:
    """Before the next try, after so many that have failed (at least 1): doubling, and somewhere
    between half of it and all of it, so that those who failed together come back one by one."""
    most = min(timing.backoff_max_s, timing.backoff_s * 2.0 ** min(failed - 1, 30))
    return most * (0.5 + 0.5 * random.random())


_PARTS = re.compile("".join(rf"(?:([0-9.]{{1,12}}){unit})?" for unit in ("h", "m", "s", "ms")))
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
# Later than this no number of seconds is a time to wait: it is a moment.
_EPOCH_S, _EPOCH_MS = 1e9, 1e12
_LIMITS = ("requests", "tokens")


def asked_wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """How long the endpoint asks to be left alone, if it does; `now` is the time of the day, in
    seconds of the epoch."""
    exact = _number(headers.get("retry-after-ms"))
    if exact is not None:
        return exact / 1000
    if (wait := _retry_after(headers.get("retry-after"), now)) is not None:
        return wait
    used_up = [
        _reset(headers.get(f"x-ratelimit-reset-{limit}"), now)
        for limit in _LIMITS
        if _number(headers.get(f"x-ratelimit-remaining-{limit}")) == 0
    ]
    waits = [each for each in used_up if each is not None]
    return max(waits) if waits else _reset(headers.get("x-ratelimit-reset"), now)


def _retry_after(value: str | None, now: float) -> float | None:
    """As the RFC has it; some send a fraction, too."""
    wait = parse_retry_after(value, now)
    return wait if wait is not None else _number(value)


def _reset(value: str | None, now: float) -> float | None:
    """A moment, a number of seconds, or `1m2.5s`."""
    number = _number(value)
    if number is None:
        return _duration(value)
    if number >= _EPOCH_MS:
        return max(0.0, number / 1000 - now)
    return max(0.0, number - now) if number >= _EPOCH_S else number


def _number(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _duration(value: str | None) -> float | None:
    text = (value or "").strip()
    found = _PARTS.fullmatch(text)
    if not text or found is None:
        return None
    try:
        hours, minutes, seconds, thousandths = (float(part or 0) for part in found.groups())
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
