"""What journeys fill in secretly: named in the desk's list, shown to nobody, and kept by a list
that leaves it out. Pure; called by `web.journeys`.

The values themselves are in the desk's secrets file, which only the desk reads.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from executors.problems import Problems
from executors.secrets import MAX_SECRETS
from executors.visit.steps import is_secret
from state.journeys import Journey, secret_name, secret_names

Path = tuple[dict[str, Any], ...]

# So long that nobody comes upon a name: where a journey is run, it stands for the value.
_NAME_BYTES = 16


class Hidden(Struct, frozen=True):
    """Journeys with names in the place of what they fill in secretly, and the values that are new,
    by their names."""

    journeys: tuple[Journey, ...]
    secrets: dict[str, str]


def with_kept(path: Path | None, before: Path | None) -> Path | None:
    """The path with the values that it leaves out, as they were `before`: at the same place for the
    same selector, or else where there was one for that selector alone."""
    if path is None or before is None:
        return path
    return tuple(_with_kept(place, step, before) for place, step in enumerate(path))


def _with_kept(place: int, step: dict[str, Any], before: Path) -> dict[str, Any]:
    if not is_secret(step) or "value" in step:
        return step
    same = {
        at: each["value"]
        for at, each in enumerate(before)
        if is_secret(each) and each["selector"] == step["selector"] and "value" in each
    }
    if place in same:
        return {**step, "value": same[place]}
    return {**step, "value": next(iter(same.values()))} if len(same) == 1 else step


def hidden(journeys: Sequence[Journey]) -> Hidden:
    """Raises InvalidSpec for values that are left out and were never there, and for too many."""
    problems = Problems()
    for index, journey in enumerate(journeys):
        for place, step in enumerate(journey.path or ()):
            if is_secret(step) and "value" not in step:
                field = f"path[{place}].value"
                problems.add(index, field, "is missing, and none is kept for that selector")
    problems.raise_if_any()
    names: dict[str, str] = {}  # by their values
    named = tuple(_on_path(journey, names) for journey in journeys)
    if len(secret_names(named)) > MAX_SECRETS:
        reason = f"hold more than {MAX_SECRETS:,} different secret values"
        problems.add(None, "journeys", reason)
        problems.raise_if_any()
    return Hidden(named, {name: value for value, name in names.items()})


def _on_path(journey: Journey, names: dict[str, str]) -> Journey:
    if not any(map(is_secret, journey.path or ())):
        return journey
    return replace(journey, path=tuple(_named(step, names) for step in journey.path or ()))


def _named(step: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    if not is_secret(step) or not isinstance(step["value"], str):
        return step
    value = step["value"]
    if value not in names:
        names[value] = f"fill.{secrets.token_hex(_NAME_BYTES)}"
    return {**step, "value": {"secret": names[value]}}


def shown(path: Path | None) -> list[dict[str, Any]] | None:
    """The path for its user: null where a value is kept."""
    if path is None:
        return None
    return [{**step, "value": None} if is_secret(step) else step for step in path]


def by_names(path: Path) -> list[dict[str, Any]]:
    """The path for a job's plan: the names of the values are themselves the values. The desk puts
    the true ones in their place."""
    return [
        step if (name := secret_name(step)) is None else {**step, "value": name} for step in path
    ]


def kept_secrets(planned: dict[str, str], journeys: Iterable[Journey]) -> dict[str, str]:
    """Which of a plan's secrets are such names: name in the plan -> name among the journeys'."""
    names = secret_names(journeys)
    return {name: value for name, value in planned.items() if value in names}
