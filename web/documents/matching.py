"""Which column fills which field of a template. Pure; `POST .../match` answers it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from executors.documents.facts import TemplateFacts

How = Literal["mapping", "same", "suggested", "none"]


class Matched(Struct, frozen=True):
    """A field and its column. `how`: the template's `mapping` says so, it is called the `same`, a
    column that is called nearly so is `suggested` (nothing is filled from it until a mapping says
    so), or there is `none`."""

    key: str
    required: bool
    column: str | None
    how: How


class Match(Struct, frozen=True):
    """`missing` are required fields that nothing fills, `unused` the columns that no field asks
    for; `mappings` are those that would take every suggestion."""

    fields: tuple[Matched, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    mappings: dict[str, str]

    @property
    def ready(self) -> bool:
        """Every required field has its column."""
        return not self.missing


def match(facts: TemplateFacts, mappings: Mapping[str, str], columns: Sequence[str]) -> Match:
    """The columns for the fields of a template."""
    there = set(columns)
    similar = _by_likeness(columns)
    taken: set[str] = set()
    fields = []
    for key, required in _asked(facts):
        found = _column(key, mappings, there, similar)
        fields.append(Matched(key, required, *found))
        if found[0] is not None:
            taken.add(found[0])
    missing = tuple(
        each.key for each in fields if each.required and each.how in ("none", "suggested")
    )
    suggested = {
        each.key: each.column for each in fields if each.column and each.how == "suggested"
    }
    return Match(
        tuple(fields),
        missing,
        tuple(column for column in columns if column not in taken),
        {**mappings, **suggested},
    )


def _asked(facts: TemplateFacts) -> list[tuple[str, bool]]:
    """(field, whether it is required), the lists of loops included, each once."""
    asked = {field.key: field.required for field in facts.fields}
    for loop in facts.loops:
        asked.setdefault(loop.key, True)
    return list(asked.items())


def _column(
    key: str, mappings: Mapping[str, str], there: set[str], similar: Mapping[str, str]
) -> tuple[str | None, How]:
    mapped = mappings.get(key)
    if mapped is not None:
        return (mapped, "mapping") if mapped in there else (None, "none")
    # A member of an object is in the column that has the object.
    for name in (key, key.partition(".")[0]):
        if name in there:
            return name, "same"
    near = similar.get(_likeness(key))
    return (None, "none") if near is None else (near, "suggested")


def _by_likeness(columns: Iterable[str]) -> dict[str, str]:
    """Likeness -> the only column of it: of two nothing is suggested."""
    found: dict[str, list[str]] = {}
    for column in columns:
        found.setdefault(_likeness(column), []).append(column)
    return {like: names[0] for like, names in found.items() if like and len(names) == 1}


def _likeness(name: str) -> str:
    """What two spellings of a name have in common: `First Name`, `first_name` and `firstName`."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in plain if char.isalnum())
