"""A desk's library: the templates, data sources and pictures that its documents are made of; the
presets and characters that pictures are made by, and the models that were learned. Parts of its
state; used by `state.model` and by the rules in `actors.rules.library`.

Their contents are files named by the hash of what is in them (`state.kept_files`), so the state
that names one can never name half of another one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Mapping

from msgspec import Struct

from state.digests import digest_of, is_digest

# It is a part of addresses: no dots alone.
_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9_.-]{1,64}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
# Room for what tells it from others of that name.
_STEM_CHARS = 40
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


class Picture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture: `digest` names the file with its bytes, as they were uploaded. `format` is one of
    png, jpeg and gif; `width` and `height` are in pixels. `thumbnail` names the file with a small
    one for lists; empty where it was kept before there were any."""

    id: str
    name: str
    digest: str
    thumbnail: str = ""
    format: str
    width: int
    height: int
    size_bytes: int
    created_at: float = 0.0


class Preset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A saved way to make pictures: `digest` names the file with its JSON object, which holds the
    fields of a job's spec, and whatever else was in it when it was imported. One at most of a desk
    is the default."""

    id: str
    name: str
    category: str = ""
    description: str = ""
    digest: str
    is_default: bool = False
    size_bytes: int
    created_at: float = 0.0
    updated_at: float = 0.0


class Character(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody looks like in tags: `digest` names the file with the JSON object of its `tags`,
    and of their weights (`tag_weights`)."""

    id: str
    name: str
    description: str = ""
    digest: str
    size_bytes: int
    created_at: float = 0.0
    updated_at: float = 0.0


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job has learned: `digest` names the file with it as ONNX, `facts` that with what is
    known of it, a JSON object (`labels`, `accuracy`, `pictures`, ...). `job_id` is the job, which
    may be gone; `accuracy` is from 0 to 1, of pictures that were not learned from (None: there were
    none)."""

    id: str
    name: str
    digest: str
    facts: str
    job_id: str
    labels_n: int
    accuracy: float | None
    pictures_n: int
    size_bytes: int
    created_at: float = 0.0


Entry = Template | DataSource | Picture | Preset | Character | Model


def is_library_id(name: str) -> bool:
    """Whether something in it can be called so."""
    return _ID.fullmatch(name) is not None


def fresh_id(name: str, taken: Container[str], otherwise: str) -> str:
    """What something of that name can be called that is not among the `taken`: as near to the name
    as an address allows, which has no letters but those of ASCII; `otherwise` for one without."""
    plain = name.removesuffix(".json")
    base = _UNSAFE.sub("-", plain).strip("-.")[:_STEM_CHARS] or otherwise
    if not plain.isascii():
        # Names of which nothing is left but the same would be told apart by nothing else.
        base = f"{base}-{digest_of(plain.encode())[:8]}"
    found = (f"{base}-{count}" for count in itertools.count(2))
    return base if base not in taken else next(each for each in found if each not in taken)


def files_of(entry: Entry) -> tuple[str, ...]:
    """The digests of the files that it names."""
    if isinstance(entry, Picture):
        return (entry.digest, entry.thumbnail) if entry.thumbnail else (entry.digest,)
    if isinstance(entry, Preset | Character):
        return (entry.digest,)
    return (entry.digest, entry.facts)


def library_digests(entries: Iterable[Entry]) -> frozenset[str]:
    """The files that they name."""
    return frozenset(digest for entry in entries for digest in files_of(entry))


def fault_in_library(kinds: Iterable[Mapping[str, Entry]], time_max: float) -> str | None:
    """What no desk has ever saved; None where there is nothing. No time is beyond `time_max`."""
    for id, entry in (named for kind in kinds for named in kind.items()):
        if id != entry.id or not is_library_id(id):
            return f"what its library calls {id!r} calls itself {entry.id!r}"
        if not all(map(is_digest, files_of(entry))):
            return f"what its library calls {id!r} is in no file"
        if any(number < low for number, low in _numbers_of(entry)):
            return f"what its library calls {id!r} is as nothing can be"
        if isinstance(entry, Model) and not 0.0 <= (entry.accuracy or 0.0) <= 1.0:
            return f"what its library calls {id!r} is right more often than ever"
        if not all(abs(at) < time_max for at in _times_of(entry)):
            return f"what its library calls {id!r} has a time that is none"
    return None


def _numbers_of(entry: Entry) -> list[tuple[int, int]]:
    """Each with the least that it can be."""
    match entry:
        case Template():
            return [(entry.size_bytes, 0), (entry.fields_n, 0), (entry.version, 1), (entry.uses, 0)]
        case DataSource():
            return [(entry.size_bytes, 0), (entry.columns_n, 0), (entry.rows, 0)]
        case Picture():
            return [(entry.size_bytes, 0), (entry.width, 1), (entry.height, 1)]
        case Preset() | Character():
            return [(entry.size_bytes, 0)]
        case Model():
            return [(entry.size_bytes, 0), (entry.labels_n, 0), (entry.pictures_n, 0)]


def _times_of(entry: Entry) -> list[float]:
    if isinstance(entry, Template | Preset | Character):
        return [entry.created_at, entry.updated_at]
    return [entry.created_at]
