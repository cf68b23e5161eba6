"""What all kinds of jobs of pictures are asked by: the fields that their specs share. Pure.

Used by their options and specs, in the server.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import Whole
from executors.problems import Rule
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
        "concurrency": Whole(1, most_at_once(limits)),
        "retries": Whole(0, MAX_RETRIES),
        "pictures": pictures_reason,
    }


def folders_schema() -> Schema:
    """The field `input_dir` of a form, which the front end makes items of: paths of folders."""
    return {"type": ["array", "string"], "items": {"type": "string"}, "format": "lines"}
