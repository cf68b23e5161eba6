"""What documents are made of, for the client: templates, tables and pictures, how they fit, and
what may be said of each. The wire is docs/documents.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from msgspec import Struct

from nightdesk.client.models import Schedule


class Template(Struct, frozen=True, kw_only=True):
    """A file with placeholders. `sha256` is of it; it asks for so many `fields`, and so many jobs
    were made with it. `mappings` name the columns of fields that have others."""

    id: str
    name: str
    format: str
    size_bytes: int
    sha256: str
    version: int
    fields: int = 0
    uses: int = 0
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    mappings: dict[str, str] = {}
    created_at: datetime | None = None
    updated_at: datetime | None = None


class TemplateField(Struct, frozen=True, kw_only=True):
    """What a template asks of each row, as it is written there, and in which of its parts."""

    key: str
    raw: str
    type: str
    required: bool
    where: tuple[str, ...] = ()


class TemplateLoop(Struct, frozen=True, kw_only=True):
    """A repeated part: the field with the list, and what it asks of each entry."""

    key: str
    fields: tuple[str, ...]
    where: tuple[str, ...] = ()


class KeptTemplate(Struct, frozen=True, kw_only=True):
    """A template, and what was found in it."""

    template: Template
    fields: tuple[TemplateField, ...]
    loops: tuple[TemplateLoop, ...] = ()
    warnings: tuple[str, ...] = ()


class DataSource(Struct, frozen=True, kw_only=True):
    """A table; `sha256` is of its rows as they are kept."""

    id: str
    name: str
    format: str
    columns: int
    rows: int
    size_bytes: int
    sha256: str
    created_at: datetime | None = None


class DataColumn(Struct, frozen=True, kw_only=True):
    """A column: what its cells look like, some of them, and how many rows have none."""

    name: str
    type: str
    samples: tuple[str, ...] = ()
    empty: int = 0


class KeptDataSource(Struct, frozen=True, kw_only=True):
    """A table, and what was found in it."""

    data_source: DataSource
    columns: tuple[DataColumn, ...]
    warnings: tuple[str, ...] = ()


class Picture(Struct, frozen=True, kw_only=True):
    """A picture that rows may name as `picture:<id>`. `sha256` is of it; its sizes are in pixels,
    and so many jobs took it along."""

    id: str
    name: str
    format: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    uses: int = 0
    created_at: datetime | None = None


class ImageFolder(Struct, frozen=True, kw_only=True):
    """A folder with pictures, by the path that a job's `input_dir` takes: the operator's, or that
    of a job. `truncated`: it has more pictures than were counted."""

    path: str
    job_id: str | None = None
    writable: bool = False
    images_n: int
    modified_at: datetime
    truncated: bool = False


class ImageFile(Struct, frozen=True, kw_only=True):
    """A picture in such a folder."""

    name: str
    size_bytes: int
    modified_at: datetime


class MatchedField(Struct, frozen=True, kw_only=True):
    """A field and its column. `how`: `mapping`, `same`, `suggested` (which fills nothing until a
    mapping says so) or `none`."""

    key: str
    required: bool
    column: str | None = None
    how: str = "none"


class Match(Struct, frozen=True, kw_only=True):
    """How a template and a table fit. `mappings` are those that would take every suggestion."""

    fields: tuple[MatchedField, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    mappings: dict[str, str]
    ready: bool


class SaidOfTemplate(TypedDict, total=False):
    """What may be said of a template; what is left out stays as it is. `mappings` name the columns
    of fields that have others."""

    name: str | None
    description: str | None
    category: str | None
    tags: Sequence[str] | None
    mappings: Mapping[str, str] | None


class SaidOfNewTemplate(SaidOfTemplate, total=False):
    """And what it is to be found by; else that is made up."""

    id: str | None


class SaidOfKnownTemplate(SaidOfTemplate, total=False):
    """And the version that it must still be."""

    version: int | None


class SaidOfTable(TypedDict, total=False):
    """What it is to be found by, its name, and the sheet of a workbook."""

    id: str | None
    name: str | None
    sheet: str | None


class SaidOfPicture(TypedDict, total=False):
    """What rows name it by, and its name."""

    id: str | None
    name: str | None


class SaidOfDocuments(TypedDict, total=False):
    """What may be said of a job of documents. `rows` instead of the table that its spec names as
    `data_source`; it starts at once unless `start` is False."""

    rows: Sequence[Mapping[str, Any]] | None
    name: str
    priority: int
    lane: str | None
    start: bool
    schedule: Schedule | None
    idempotency_key: str | None


class SaidOfPreview(TypedDict, total=False):
    """Which document: of which of the `rows`, else of the spec's table, and by which of its
    templates, both counted from 0; `as_picture`: a picture of its first page (PNG)."""

    rows: Sequence[Mapping[str, Any]] | None
    row: int
    template: int
    as_picture: bool
