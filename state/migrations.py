"""How a desk's JSON of an older schema becomes one of today: numbered, pure functions.

`STEPS[n]` takes the decoded desk of schema n and returns that of schema n + 1. To change the model:
raise `CURRENT`, add the step, keep the old steps for ever. `state.codec` calls `migrate`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

Desk = dict[str, Any]
Step = Callable[[Desk], Desk]

CURRENT = 1
STEPS: Mapping[int, Step] = MappingProxyType({})


class Schema(Struct, frozen=True):
    """A schema number and the steps that lead to it from number 1."""

    current: int
    steps: Mapping[int, Step]


SCHEMA = Schema(CURRENT, STEPS)


def migrate(desk: Desk, found: int, schema: Schema) -> Desk:
    """Carry a desk of schema `found` up to `schema.current`, one step at a time."""
    for number in range(found, schema.current):
        desk = schema.steps[number](desk)
    return desk
