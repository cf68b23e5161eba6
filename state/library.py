"""A desk's library: the templates and the data sources that its documents are made of. Parts of its
state; used by `state.model` and by the rules in `actors.rules.library`.

Their contents are files named by the hash of what is in them (`state.kept_files`), so the state
that names one can never name half of another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

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
