"""A desk's library: the templates and the data sources that its documents are made of. Parts of its
state; used by `state.model` and by the rules in `actors.rules.library`.

Their contents are files named by the hash of what is in them (`state.kept_files`), so the state
that names one can never name half of another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from state.digests import is_digest

# It is a part of addresses: no dots alone.
_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9_.-]{1,64}")
# How long a file of it may be: a template's bytes, a table's rows, what was found in them.
FILE_MAX_BYTES = 64 * 1024 * 1024
# What an entry may take up in the desk's file, which is saved with everything that happens there.
ENTRY_MAX_BYTES = 8 * 1024


class Template(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template: `digest` and `facts` name the files with its bytes and with what was found in it
    (`executors.documents.facts`); `fields_n` is how many fields were. `mappings` say which column a
    field is filled from, where that has another name. `version` counts from 1 what was saved under
    this id, `uses` the jobs that were made with it. Times are seconds since the epoch, UTC.
    """

    id: str
    name: str
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    mappings: dict[str, str] = {}
    digest: str
    facts: str
    format: str
    size_bytes: int
    fields_n: int = 0
    version: int = 1
    uses: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0


class DataSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table: `digest` names the file with its rows as JSON Lines, `facts` that with its columns
    (`executors.documents.columns`). `format` is that of the file it was read from."""

    id: str
    name: str
    digest: str
    facts: str
    format: str
    columns_n: int
    rows: int
    size_bytes: int
    created_at: float = 0.0


def is_library_id(name: str) -> bool:
    """Whether a template or data source can be called so."""
    return _ID.fullmatch(name) is not None


def library_digests(templates: Iterable[Template], sources: Iterable[DataSource]) -> frozenset[str]:
    """The files that they name."""
    named = {digest for entry in templates for digest in (entry.digest, entry.facts)}
    return frozenset(
        named.union(digest for entry in sources for digest in (entry.digest, entry.facts))
    )


def fault_in_library(
    templates: Mapping[str, Template], sources: Mapping[str, DataSource], time_max: float
) -> str | None:
    """What no desk has ever saved; None where there is nothing. No time is beyond `time_max`."""
    entries: list[tuple[str, Template | DataSource]] = [*templates.items(), *sources.items()]
    for id, entry in entries:
        if id != entry.id or not is_library_id(id):
            return f"what its library calls {id!r} calls itself {entry.id!r}"
        if not (is_digest(entry.digest) and is_digest(entry.facts)):
            return f"what its library calls {id!r} is in no file"
        if any(number < low for number, low in _numbers_of(entry)):
            return f"what its library calls {id!r} is as nothing can be"
        if not all(abs(at) < time_max for at in _times_of(entry)):
            return f"what its library calls {id!r} has a time that is none"
    return None


def _numbers_of(entry: Template | DataSource) -> list[tuple[int, int]]:
    """Each with the least that it can be."""
    if isinstance(entry, Template):
        return [(entry.size_bytes, 0), (entry.fields_n, 0), (entry.version, 1), (entry.uses, 0)]
    return [(entry.size_bytes, 0), (entry.columns_n, 0), (entry.rows, 0)]


def _times_of(entry: Template | DataSource) -> list[float]:
    if isinstance(entry, Template):
        return [entry.created_at, entry.updated_at]
    return [entry.created_at]
