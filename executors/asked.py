"""Reading a stored job back as it was asked for, so that it can be had once more with changes.

Pure. Used by the specs of every kind (`Repeatable.asked`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports.forms import Asked, Form

# Secrets of items that are named; who has more is told of these.
MAX_NAMED = 100


def asked_job(
    form: Form,
    spec: Mapping[str, Any],
    items: Iterable[Raw],
    read: Callable[[Raw], Any] = msgspec.json.decode,
) -> Asked:
    """The job as it was asked for, but for what stays secret. `read` makes of a stored item what a
    user hands in; None is nobody's item."""
    secrets: list[str] = []
    asked = {}
    for name, field in form.spec["properties"].items():
        kept = _open(spec.get(name), name, secrets)
        if kept is None or kept == field.get("default"):
            continue
        # What has no default, and is empty, was not asked for.
        if "default" in field or kept not in ("", [], {}, ()):
            asked[name] = kept
    found = []
    for index, stored in enumerate(items):
        if (item := read(stored)) is not None:
            found.append(_open(item, f"items[{index}]", secrets))
    return Asked(asked, found, tuple(secrets[:MAX_NAMED]))


def _open(value: Any, where: str, secrets: list[str]) -> Any:
    """The value without what stays secret; None where that is all of it."""
    match value:
        case {"secret": str(), **rest} if not rest:
            secrets.append(where)
            return None
        case dict():
            inner = {name: _open(one, f"{where}.{name}", secrets) for name, one in value.items()}
            return {name: one for name, one in inner.items() if one is not None}
        case list() | tuple():
            found = [_open(one, f"{where}[{at}]", secrets) for at, one in enumerate(value)]
            return [one for one in found if one is not None]
        case _:
            return value
