"""What `/readyz` and `/metrics` say of the desks, in the front end's terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from actors.house import Stats
from actors.ports import DeskKey
from web.deps import Readiness

# Enough of a desk's hash to find it in the log.
_HASH_PREFIX = 12

# Those of Stats that go up and down; the others only count.
_LEVELS = frozenset({"desks_live", "desks_booting", "save_failing"})


def readiness(parked: Mapping[DeskKey, str], stats: Stats, lacks: Sequence[str] = ()) -> Readiness:
    """A server with parked desks serves all others, and one that cannot save still shows and
    keeps trying: ready, only degraded, and it says what is wrong. What its machine `lacks` is told
    too: one without does all other work."""
    reasons = [f"{key[:_HASH_PREFIX]}: {reason}" for key, reason in parked.items()]
    if stats.save_failing:
        reasons.append("the last save failed: its error is in the log")
    reasons += lacks
    return Readiness(
        desks_parked=len(parked),
        storage="failing" if stats.save_failing else "ok",
        reasons=tuple(reasons),
    )


def gauges(stats: Stats) -> dict[str, float]:
    """Every number of Stats by its metric's name."""
    numbers: dict[str, float] = asdict(stats)
    return {name if name in _LEVELS else f"{name}_total": value for name, value in numbers.items()}
