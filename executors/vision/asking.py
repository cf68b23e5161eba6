"""What all kinds of jobs of pictures are asked by: the fields that their specs share. Pure.

Used by their options and specs, in the server.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports import PlanLimits
from executors.problems import Reason, Rule, integer_reason, number_reason
from executors.vision.sources import pictures_reason

MAX_RETRIES = 10
# Each item in flight brings its picture along: this bounds what a job holds in memory.
MAX_CONCURRENCY = 16


class _Told(Struct, frozen=True):
    image: str


def described(item: Raw) -> dict[str, Any]:
    """What an outcome says of a picture's item where nothing ran."""
    return {"image": msgspec.json.decode(item, type=_Told).image}


def most_at_once(limits: PlanLimits) -> int:
    """How many pictures a job may have in flight."""
    return min(MAX_CONCURRENCY, limits.max_concurrency)


def shared_rules(limits: PlanLimits) -> dict[str, Rule]:
    """Of the fields that all of these kinds have."""
    return {
        "concurrency": lambda value: integer_reason(value, 1, most_at_once(limits)),
        "retries": lambda value: integer_reason(value, 0, MAX_RETRIES),
        "pictures": pictures_reason,
    }


def share_reason(value: Any, high: float = 1) -> Reason:
    """For how sure a model must be, and for parts of a whole."""
    reason = number_reason(value, 0, high, "share")
    return None if reason is None else f"must be a number from 0 to {high:g}"
