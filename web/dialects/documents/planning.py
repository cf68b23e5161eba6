"""From a task as it was asked for to a job that may be made, or all that is wrong with it. Pure.

What a plan finds fault with is told by the names that the client used. Called by `service`, beside
the loop where a task is large.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from actors.errors import InvalidSpec
from web.dialects.documents.naming import LANE
from web.dialects.documents.wanted import Wanted
from web.documents.making import KIND, Supplies
from web.drafts import Draft, Planner
from web.errors import WebError
from web.http import invalid
from web.validate import field_error


def planned(wanted: Wanted, planner: Planner, supplies: Supplies) -> Draft:
    """The draft of its job. Raises WebError with all that is wrong."""
    value: dict[str, Any] = {
        "kind": KIND,
        "name": wanted.name or _name_of(supplies),
        "lane": LANE,
        "spec": dict(wanted.spec),
        "start": wanted.start,
    }
    if wanted.rows is not None:
        value["items"] = wanted.rows
    with as_written(wanted.written):
        return planner.plan(value, None, supplies)


@contextmanager
def as_written(written: Mapping[str, str], row: str = "data[{}]") -> Iterator[None]:
    """What the block finds fault with is told by the client's own names: fields of the spec as they
    are `written`, rows by their numbers. Raises WebError."""
    try:
        yield
    except (InvalidSpec, WebError) as refusal:
        errors = refusal.details.get("errors")
        if errors is None:
            raise
        raise invalid([_renamed(error, written, row) for error in errors]) from None


def _name_of(supplies: Supplies) -> str:
    first, *others = (template.name for template in supplies.templates)
    return f"{first} (+{len(others)})" if others else first


def _renamed(error: Mapping[str, Any], written: Mapping[str, str], row: str) -> dict[str, Any]:
    """One fault, by the client's own name of the field."""
    index, field = error["index"], error["field"] or ""
    if index is not None:
        inner = f".{field}" if field else ""
        return field_error(row.format(index) + inner, error["reason"], index)
    if field in ("items", "") or field.startswith("items["):
        return field_error("data" + field.removeprefix("items"), error["reason"])
    name = field.removeprefix("spec.")
    cut = next((at for at, char in enumerate(name) if char in ".["), len(name))
    return field_error(written.get(name[:cut], name[:cut]) + name[cut:], error["reason"])
