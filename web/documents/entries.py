"""What the library keeps, as it stands on the wire."""

from __future__ import annotations

from typing import Any

from executors.documents.columns import SourceFacts
from executors.documents.facts import TemplateFacts
from executors.documents.formats import MEDIA_TYPES
from state.library import DataSource, Entry, Picture, Template
from web.documents import schemas
from web.documents.matching import Match
from web.views import wire_time


def by_name(entry: Entry) -> tuple[str, str]:
    """The order of lists."""
    return entry.name.casefold(), entry.id


def media_type(format: str) -> str:
    """Of a file of that format."""
    known: dict[Any, str] = dict(MEDIA_TYPES)
    return known.get(format, "application/octet-stream")


def template_entry(template: Template) -> schemas.TemplateEntry:
    """The template on the wire."""
    return schemas.TemplateEntry(
        id=template.id,
        name=template.name,
        description=template.description,
        category=template.category,
        tags=list(template.tags),
        mappings=template.mappings,
        format=template.format,
        size_bytes=template.size_bytes,
        sha256=template.digest,
        fields=template.fields_n,
        version=template.version,
        uses=template.uses,
        created_at=wire_time(template.created_at),
        updated_at=wire_time(template.updated_at),
    )


def match_answer(found: Match) -> schemas.MatchAnswer:
    """The report on the wire."""
    return schemas.MatchAnswer(
        fields=[
            schemas.MatchedField(each.key, each.required, each.column, each.how)
            for each in found.fields
        ],
        missing=list(found.missing),
        unused=list(found.unused),
        mappings=found.mappings,
        ready=found.ready,
    )


def source_entry(source: DataSource) -> schemas.SourceEntry:
    """The table on the wire."""
    return schemas.SourceEntry(
        id=source.id,
        name=source.name,
        format=source.format,
        columns=source.columns_n,
        rows=source.rows,
        size_bytes=source.size_bytes,
        sha256=source.digest,
        created_at=wire_time(source.created_at),
    )


def picture_entry(picture: Picture, uses: int) -> schemas.PictureEntry:
    """The picture on the wire, and how many jobs have it."""
    return schemas.PictureEntry(
        id=picture.id,
        name=picture.name,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        size_bytes=picture.size_bytes,
        sha256=picture.digest,
        uses=uses,
        created_at=wire_time(picture.created_at),
    )


def column_entries(found: SourceFacts) -> list[schemas.ColumnEntry]:
    """The columns of a table on the wire."""
    return [
        schemas.ColumnEntry(each.name, each.type, list(each.samples), each.empty)
        for each in found.columns
    ]


def field_entries(found: TemplateFacts) -> list[schemas.FieldEntry]:
    """What the template asks for, on the wire."""
    return [
        schemas.FieldEntry(each.key, each.raw, each.type, each.required, list(each.where))
        for each in found.fields
    ]


def loop_entries(found: TemplateFacts) -> list[schemas.LoopEntry]:
    """What of it is repeated."""
    return [
        schemas.LoopEntry(each.key, list(each.fields), list(each.where)) for each in found.loops
    ]
