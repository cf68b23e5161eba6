"""A row as templates see it. Used by `executors.documents.engine` before each document,
and by previews, which say what is blank.

Null and empty text are no value, so that a template that needs one says so: an empty cell is how a
table lacks something. Text loses what XML has no form for; `customer.name` is reached whether the
row holds an object or a column of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from executors.documents.facts import Field

# Where the columns are found whose names are no words of the template language.
COLUMNS = "_columns"

# XML has no form for these. What docxtpl makes pages and paragraphs of (\a, \f) is among the rest.
_UNFIT = re.compile("[\x00-\x06\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?")


def template_values(
    row: Mapping[str, Any], mappings: Mapping[str, str], built_in: Mapping[str, Any]
) -> dict[str, Any]:
    """What the names in a template stand for. `mappings` is field -> column."""
    values: dict[str, Any] = {
        column: clean(value) for column, value in row.items() if not _is_nothing(value)
    }
    for field, column in mappings.items():
        if (value := _at(values, column)) is not None:
            values[field] = value
        else:
            values.pop(field, None)
    for column in [name for name in values if "." in name]:
        _nest(values, column)
    return {**values, **built_in, COLUMNS: values}


def blank_fields(
    fields: Iterable[Field], row: Mapping[str, Any], mappings: Mapping[str, str]
) -> tuple[str, ...]:
    """The keys of those that a template cannot do without and this row has no value for."""
    values = template_values(row, mappings, {})
    return tuple(each.key for each in fields if each.required and _at(values, each.key) is None)


def _at(values: Mapping[str, Any], path: str) -> Any:
    if path in values:
        return values[path]
    found: Any = values
    for part in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def _nest(values: dict[str, Any], column: str) -> None:
    """Make `customer.name` a member of `customer`, where no column of that name is in the way."""
    *outer, last = column.split(".")
    place = values
    for part in outer:
        inner = place.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        place = inner
    place.setdefault(last, values[column])


def _is_nothing(value: Any) -> bool:
    return value is None or value == ""


def clean(value: Any) -> Any:
    """A value without what no document can hold, and without what is nothing in objects."""
    if isinstance(value, str):
        if "\r" in value:
            value = _LINE_ENDS.sub("\n", value)
        return value if value.isprintable() else _UNFIT.sub("", value)
    if isinstance(value, dict):
        return {name: clean(each) for name, each in value.items() if not _is_nothing(each)}
    if isinstance(value, list):
        return [clean(each) for each in value]
    return value
