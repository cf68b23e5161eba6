"""Validates the list of journeys that a desk is to keep. Pure; called by `web`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.ports import PlanLimits
from executors.problems import BadItem, Problems
from executors.visit.items import Draft, read_draft

__all__ = ["Draft", "read_journeys"]


def read_journeys(raw: Sequence[Any], limits: PlanLimits) -> list[Draft]:
    """The journeys in their order. Raises InvalidSpec that names every bad field of each; how many
    there may be is the caller's to say. No two have one id. What is filled in secretly may be
    left out: it is the caller's to find."""
    problems = Problems()
    drafts: list[Draft] = []
    seen: set[str] = set()
    for index, each in enumerate(raw):
        try:
            draft = read_draft(each, limits, kept_values=True)
        except BadItem as error:
            for field, reason in error.problems:
                problems.add(index, field, reason)
            continue
        if draft.id is not None and draft.id in seen:
            problems.add(index, "id", "is the id of another journey of the list")
        seen.update(() if draft.id is None else (draft.id,))
        drafts.append(draft)
    problems.raise_if_any()
    return drafts
