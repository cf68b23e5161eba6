"""What the library keeps, by the names of the contract. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from executors.documents.facts import Field, TemplateFacts
from state.library import DataSource, Template
from web.dialects.documents.library_schemas import (
    LibrarySource,
    LibraryTemplate,
    Placeholder,
    SourceColumn,
    TemplateMetadata,
)
from web.documents.sources import KeptSource
from web.documents.templates import Kept
from web.views import wire_time

# Clients have other words for two of them.
_TYPES = {"text": "string", "list": "array"}


def placeholders_of(found: TemplateFacts) -> list[Placeholder]:
    """What a template asks for."""
    return [_placeholder(field) for field in found.fields]


def _placeholder(field: Field) -> Placeholder:
    return Placeholder(
        key=field.key,
        name=field.key,
        rawPlaceholder=field.raw,
        dataType=_TYPES.get(field.type, field.type),
        required=field.required,
        where=list(field.where),
    )


def template_of(template: Template) -> LibraryTemplate:
    """As it stands in a list."""
    return LibraryTemplate(
        id=template.id,
        templateId=template.id,
        name=template.name,
        description=template.description,
        category=template.category,
        tags=list(template.tags),
        mappings=template.mappings,
        format=template.format,
        sizeBytes=template.size_bytes,
        version=template.version,
        usageCount=template.uses,
        placeholderCount=template.fields_n,
        createdAt=wire_time(template.created_at),
        updatedAt=wire_time(template.updated_at),
    )


def whole_template(kept: Kept) -> LibraryTemplate:
    """With what was found in it."""
    found = placeholders_of(kept.facts)
    return replace(
        template_of(kept.template),
        fields=[each.key for each in found],
        placeholders=found,
        metadata=TemplateMetadata(placeholders=found),
        warnings=list(kept.facts.warnings),
    )


def source_of(source: DataSource) -> LibrarySource:
    """As it stands in a list."""
    return LibrarySource(
        id=source.id,
        dataSourceId=source.id,
        name=source.name,
        format=source.format,
        rowCount=source.rows,
        columnCount=source.columns_n,
        sizeBytes=source.size_bytes,
        createdAt=wire_time(source.created_at),
    )


def whole_source(kept: KeptSource) -> LibrarySource:
    """With its columns."""
    return replace(
        source_of(kept.source),
        columns=[
            SourceColumn(
                name=each.name,
                dataType=_TYPES.get(each.type, each.type),
                samples=list(each.samples),
                emptyCount=each.empty,
            )
            for each in kept.facts.columns
        ],
        warnings=list(kept.facts.warnings),
    )
