"""A desk's library on the wire of the native API. OpenAPI is generated from these."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType

from web.schemas import Count, Text, Time


class TemplateEntry(Struct, frozen=True):
    """A template. `sha256` is of its file; `fields` is how many it asks for, `uses` how many jobs
    were made with it. `mappings` say which column a field is filled from, where that has another
    name."""

    id: str
    name: str
    description: str
    category: str
    tags: list[str]
    mappings: dict[str, str]
    format: str
    size_bytes: Count
    sha256: str
    fields: Count
    version: Count
    uses: Count
    created_at: Time
    updated_at: Time


class FieldEntry(Struct, frozen=True):
    """What a template asks of each row: the column of that name, as it is written in the template,
    what it seems to be, whether it can be left out, and in which parts of the document it is."""

    key: str
    raw: str
    type: str
    required: bool
    where: list[str]


class LoopEntry(Struct, frozen=True):
    """A repeated part: the field with the list, and what it asks of each of its entries."""

    key: str
    fields: list[str]
    where: list[str]


class TemplateFactsAnswer(Struct, frozen=True):
    """What a file would be as a template; nothing is kept of it."""

    format: str
    fields: list[FieldEntry]
    loops: list[LoopEntry]
    warnings: list[str]


class TemplatesAnswer(Struct, frozen=True):
    """The desk's templates, by name, and the categories and tags that there are."""

    templates: list[TemplateEntry]
    categories: list[str]
    tags: list[str]
    revision: Count


class TemplateAnswer(Struct, frozen=True):
    """A template as it is on disk, and what was found in it."""

    template: TemplateEntry
    fields: list[FieldEntry]
    loops: list[LoopEntry]
    warnings: list[str]
    revision: Count
    durable: bool


class TemplateBody(Struct, frozen=True):
    """What is to be another; what is left out stays. `version` is the one that was read: another
    one there now is a conflict."""

    name: Text | UnsetType = UNSET
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    tags: list[Text] | UnsetType = UNSET
    mappings: dict[str, Text] | UnsetType = UNSET
    version: Count | UnsetType = UNSET


class DeletedAnswer(Struct, frozen=True):
    """It is gone; jobs that were made with it keep what they have."""

    id: str
    revision: Count
    durable: bool


class SourceEntry(Struct, frozen=True):
    """A table that documents are made of. `format` is that of the file it was read from."""

    id: str
    name: str
    format: str
    columns: Count
    rows: Count
    size_bytes: Count
    sha256: str
    created_at: Time


class ColumnEntry(Struct, frozen=True):
    """A column: what its cells look like, some of them, and how many rows have none."""

    name: str
    type: str
    samples: list[str]
    empty: Count


class SourcesAnswer(Struct, frozen=True):
    """The desk's tables, by name."""

    data_sources: list[SourceEntry]
    revision: Count


class SourceAnswer(Struct, frozen=True):
    """A table as it is on disk."""

    data_source: SourceEntry
    columns: list[ColumnEntry]
    warnings: list[str]
    revision: Count
    durable: bool


class PictureEntry(Struct, frozen=True):
    """A picture that rows may name as `picture:<id>`; its sizes are in pixels. `uses` counts the
    desk's jobs that have taken it along as it is."""

    id: str
    name: str
    format: str
    width: Count
    height: Count
    size_bytes: Count
    sha256: str
    uses: Count
    created_at: Time


class PicturesAnswer(Struct, frozen=True):
    """The desk's pictures, by name."""

    pictures: list[PictureEntry]
    revision: Count


class PictureAnswer(Struct, frozen=True):
    """A picture as it is on disk."""

    picture: PictureEntry
    revision: Count
    durable: bool


class RowsAnswer(Struct, frozen=True):
    """Rows of a table from `offset` on, as objects, of `total`."""

    rows: list[Raw]
    offset: Count
    total: Count


class MatchBody(Struct, frozen=True):
    """The columns to match, or the table that has them; `mappings` instead of the template's."""

    data_source: Text | UnsetType = UNSET
    columns: list[str] | UnsetType = UNSET
    mappings: dict[str, str] | UnsetType = UNSET


class MatchedField(Struct, frozen=True):
    """A field and its column. `how`: `mapping`, `same` (its name), `suggested` (nearly its name:
    filled only once a mapping says so) or `none`."""

    key: str
    required: bool
    column: str | None
    how: str


class MatchAnswer(Struct, frozen=True):
    """`missing` are required fields that nothing fills, `unused` the columns that nobody asks for.
    `mappings` are those that would take every suggestion. `ready`: nothing is missing."""

    fields: list[MatchedField]
    missing: list[str]
    unused: list[str]
    mappings: dict[str, str]
    ready: bool


class DocumentPreviewBody(Struct, frozen=True):
    """The `spec` of a job of documents, and its rows where it has no `data_source`. `row` counts
    from 0 among those that its filter lets through, `template` among its templates."""

    spec: dict[str, Any]
    items: list[Any] | UnsetType = UNSET
    row: Count = 0
    template: Count = 0


class PreviewReport(Struct, frozen=True):
    """A document that was made to be looked at: its name, and what its template had to say."""

    name: str
    format: str
    size_bytes: Count
    warnings: list[str]


class OutlineBody(Struct, frozen=True):
    """The `spec` of a job of documents, and its rows where it has no `data_source`; how many of its
    documents are to be named."""

    spec: dict[str, Any]
    items: list[Any] | UnsetType = UNSET
    limit: Count = 10


class OutlinedDocument(Struct, frozen=True):
    """A document that would be made: of the row with that place in the table, by that template."""

    row: Count
    template: str
    file: str


class OutlineAnswer(Struct, frozen=True):
    """What a job would make: how many documents of how many rows, the first of them by name, and
    what it would cost."""

    documents: Count
    rows: Count
    first: list[OutlinedDocument]
    price_tokens: Count


class TallyEntry(Struct, frozen=True):
    """How far a job is with the documents of one of its templates, counted as `counts` counts.
    `folder` is where they are among what the job has made; empty where it has one template."""

    template: str
    name: str
    folder: str
    total: Count
    ok: Count
    failed: Count
    skipped: Count


class TallyAnswer(Struct, frozen=True):
    """The job's templates, in the order in which each row goes through them; none for jobs of other
    kinds."""

    templates: list[TallyEntry]
