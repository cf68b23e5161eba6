"""From parsed JSON to a typed request, with everything that is wrong with it and not the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

Errors = list[dict[str, Any]]

# Names that nobody asked for are told by this many, the rest by their number.
MAX_UNKNOWN_LISTED = 100
MAX_NAME_SHOWN_CHARS = 80


def field_error(field: str, reason: str, index: int | None = None) -> dict[str, Any]:
    return {"index": index, "field": field, "reason": reason}


def check_fields(model: type[T], value: Any) -> tuple[dict[str, Any], Errors]:
    """(the fields that are good, what is wrong with the others)."""
    if not isinstance(value, Mapping):
        return {}, [field_error("", "must be a JSON object")]
    fields = {field.encode_name: field for field in msgspec.structs.fields(model)}
    good: dict[str, Any] = {}
    unknown = [name for name in value if name not in fields]
    errors = [
        field_error(name[:MAX_NAME_SHOWN_CHARS], "unknown field")
        for name in unknown[:MAX_UNKNOWN_LISTED]
    ]
    if len(unknown) > MAX_UNKNOWN_LISTED:
        errors.append(field_error("", f"{len(unknown):,} unknown fields in all"))
    for name, field in fields.items():
        if name not in value:
            if field.required:
                errors.append(field_error(name, "is missing"))
            continue
        try:
            good[field.name] = msgspec.convert(value[name], field.type, strict=True)
        except msgspec.ValidationError as error:
            errors.append(field_error(*_place(name, error)))
    return good, errors


def _place(name: str, error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec says "Expected `int`, got `str` - at `$.a[0]`"."""
    reason, _, path = str(error).partition(" - at `$")
    return name + path.rstrip("`"), reason[:1].lower() + reason[1:]
