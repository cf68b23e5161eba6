"""Validates one journey, as an item of a job or of the desk's list. Pure.

Used by `executors.visit.spec` (jobs) and `executors.visit.journeys` (lists).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import Flag, Shaped, Text, address, text_or
from executors.problems import (
    BadItem,
    Problem,
    Reason,
    Rule,
    boolean_reason,
    field_problems,
    number_reason,
    text_reason,
)
from executors.secrets import SecretNames
from executors.urls import parse_url
from executors.visit.steps import read_path, url_reason
from state.model import InputItem

MAX_NAME_CHARS = 200
# The last second of the year 9999: later ones have no RFC 3339 form.
_LAST_TIME = 253_402_300_799.0
_ID = re.compile(r"[0-9a-f]{8}")

_WHAT = "a journey"


class Draft(Struct, frozen=True, kw_only=True):
    """A journey that was read and is sound. Times are seconds since the epoch; `id` is None where
    it was not given."""

    name: str
    url: str
    path: tuple[dict[str, Any], ...] | None = None
    not_before: float | None = None
    expires_at: float | None = None
    completed: bool = False
    id: str | None = None
    generated: bool = False


def item_schema(limits: PlanLimits) -> Schema:
    """A journey, as a form has it. What its steps may be is said elsewhere (`docs/journeys.md`)."""
    url = address(limits.max_url_bytes)
    steps = {"type": "array", "items": {"type": "object"}, "maxItems": limits.max_journey_steps}
    fields: dict[str, Rule] = {
        "url": Shaped(lambda _: None, url),
        "name": Text(MAX_NAME_CHARS, empty=True),
        "path": Shaped(lambda _: None, steps),
        "not_before": Shaped(_time_reason, {"type": ["string", "number"], "format": "date-time"}),
        "expires_at": Shaped(_time_reason, {"type": ["string", "number"], "format": "date-time"}),
        "completed": Flag(),
    }
    return text_or(url, fields, ("url",))


def read_draft(raw: Any, limits: PlanLimits, *, kept_values: bool = False) -> Draft:
    """A URL or an object with one; see `read_path` for `kept_values`. Raises BadItem."""
    fields = {"url": raw} if isinstance(raw, str) else raw
    if not isinstance(fields, dict):
        raise BadItem((None, "must be a URL or an object with a url"))
    problems = field_problems(fields, _rules(limits.max_url_bytes), _WHAT)
    if fields.get("url") is None:
        problems.insert(0, ("url", "is missing"))
    path, wrong_steps = read_path(
        fields.get("path"),
        max_steps=limits.max_journey_steps,
        max_url_bytes=limits.max_url_bytes,
        kept_values=kept_values,
    )
    problems += wrong_steps
    if not problems:
        problems += _window_problems(fields)
    if problems:
        raise BadItem(*problems)
    return _draft(fields, path)


def _rules(max_url_bytes: int) -> dict[str, Rule]:
    return {
        "url": lambda value: url_reason(value, max_url_bytes),
        "name": lambda value: text_reason(value, MAX_NAME_CHARS, empty=True),
        "path": lambda value: None,  # its problems are those of its steps
        "not_before": _time_reason,
        "expires_at": _time_reason,
        "completed": boolean_reason,
        "generated": boolean_reason,
        "id": _id_reason,
    }


def _draft(fields: dict[str, Any], path: tuple[dict[str, Any], ...] | None) -> Draft:
    url = fields["url"].strip()
    return Draft(
        name=(fields.get("name") or "").strip() or url[:MAX_NAME_CHARS],
        url=url,
        path=path,
        not_before=_epoch(fields.get("not_before")),
        expires_at=_epoch(fields.get("expires_at")),
        completed=bool(fields.get("completed")),
        id=fields.get("id"),
        generated=bool(fields.get("generated")) and path is not None,
    )


def stored_item(draft: Draft, secrets: SecretNames) -> InputItem:
    """The item as it is kept with a job, keyed by its origin. Raises BadItem."""
    origin = parse_url(draft.url).origin
    if draft == Draft(name=draft.url[:MAX_NAME_CHARS], url=draft.url):
        return InputItem(Raw(msgspec.json.encode(draft.url)), origin)
    stored: dict[str, Any] = {"url": draft.url}
    if draft.name != draft.url[:MAX_NAME_CHARS]:
        stored["name"] = draft.name
    if draft.path is not None:
        stored["path"] = _hidden(draft.path, secrets)
    for field in ("not_before", "expires_at", "id"):
        if (value := getattr(draft, field)) is not None:
            stored[field] = value
    if draft.completed:
        stored["completed"] = True
    return InputItem(Raw(msgspec.json.encode(stored)), origin)


def describe_item(item: Raw) -> dict[str, Any]:
    """Its url, its name and its id, where it has them."""
    decoded = msgspec.json.decode(item)
    if isinstance(decoded, str):
        return {"url": decoded}
    return {field: decoded[field] for field in ("url", "name", "id") if field in decoded}


def _hidden(path: tuple[dict[str, Any], ...], secrets: SecretNames) -> list[dict[str, Any]]:
    """The steps with names in the place of the values that are to be secret."""
    steps = []
    for place, step in enumerate(path):
        if step.get("secret"):
            try:
                step = {**step, "value": secrets.hide_for_items(step["value"])}
            except ValueError as error:
                raise BadItem((f"path[{place}].value", str(error))) from None
        steps.append(step)
    return steps


def _id_reason(value: Any) -> Reason:
    sound = isinstance(value, str) and _ID.fullmatch(value) is not None
    return None if sound else "must be 8 hex digits, in lower case"


def _time_reason(value: Any) -> Reason:
    if not isinstance(value, str):
        is_time = number_reason(value, 0.0, _LAST_TIME, "seconds") is None
        return None if is_time else "must be a time: seconds since 1970, or RFC 3339 text"
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return "is no RFC 3339 time, such as 2026-01-31T09:00:00+08:00"
    if moment.tzinfo is None:
        return "has no time zone: end it in Z or in an offset such as +08:00"
    return number_reason(moment.timestamp(), 0.0, _LAST_TIME, "seconds since 1970")


def _epoch(value: Any) -> float | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return None if value is None else float(value)


def _window_problems(fields: dict[str, Any]) -> list[Problem]:
    opens, closes = _epoch(fields.get("not_before")), _epoch(fields.get("expires_at"))
    if opens is None or closes is None or opens < closes:
        return []
    return [("expires_at", "must be later than not_before")]
