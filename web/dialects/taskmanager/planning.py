"""From a task as it was asked for to a job that may be made, or all that is wrong with it. Pure.

What a plan finds fault with is told by the names that the client used. Run beside the loop where a
task is large; called by `service`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from actors.errors import InvalidSpec
from web.dialects.taskmanager.wanted import Wanted
from web.drafts import Draft, Given, Planner
from web.errors import WebError
from web.http import invalid
from web.validate import field_error

# A source is one object to its executor; clients name its fields beside the others.
_NESTED = "source."
_FIRST = re.compile(r"[^.\[]+")


def planned(wanted: Wanted, planner: Planner, supplies: Given | None) -> Draft:
    """The draft of its job, which begins by itself. Raises WebError with all that is wrong."""
    named = isinstance(wanted.name, str) and wanted.name.strip()
    value: dict[str, Any] = {
        "kind": wanted.type,
        "name": wanted.name if named or not isinstance(wanted.name, str) else wanted.title,
        "spec": dict(wanted.spec),
        "items": [] if wanted.items is None else wanted.items,
        "start": True,
    }
    with as_written(wanted):
        draft = planner.plan(value, None, supplies)
    if wanted.refused is not None and (errors := wanted.refused(draft.plan.spec)):
        raise invalid(errors)
    return draft


@contextmanager
def as_written(wanted: Wanted) -> Iterator[None]:
    """What the block finds fault with is told by the client's own names. Raises WebError."""
    try:
        yield
    except (InvalidSpec, WebError) as refusal:
        errors = refusal.details.get("errors")
        if errors is None:
            raise
        renamed = [_renamed(error, wanted) for error in errors]
        # What is wrong with a field may be found in the spec and in what its items take from that.
        first = {error["field"]: error for error in reversed(renamed)}
        raise invalid([error for error in renamed if first[error["field"]] is error]) from None


def _renamed(error: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """One fault, by the client's own name of the field."""
    index, field, reason = error["index"], error["field"] or "", error["reason"]
    field = field.removeprefix("spec.")
    if field in wanted.written:
        return field_error(wanted.written[field], reason, index)
    field = field.removeprefix(_NESTED)
    first = _FIRST.match(field)
    if first is not None and first[0] in wanted.written:
        return field_error(wanted.written[first[0]] + field[first.end() :], reason, index)
    if index is not None or first is None or first[0] in ("items", "spec"):
        return field_error(wanted.item.format(index or 0) or field, reason, index)
    return field_error(field, reason, index)
