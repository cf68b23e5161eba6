"""Templates and tables of the dialect on the wire. OpenAPI is generated from these."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from web.dialects.documents.schemas import DocumentsAnswer, Pagination
from web.schemas import Count, Time


class Placeholder(Struct, frozen=True, kw_only=True):
    """What a template asks of each row. `rawPlaceholder` is as it is written there, `dataType`
    what the template does with the value (`string`, `number`, `date`, `boolean`, `image`, `array`,
    `object`)."""

    key: str
    name: str
    rawPlaceholder: str
    dataType: str
    required: bool
    where: list[str]


class TemplateMetadata(Struct, frozen=True, kw_only=True):
    """What was found in a template."""

    placeholders: list[Placeholder]


class LibraryTemplate(Struct, frozen=True, kw_only=True):
    """A template. `placeholders`, `fields` (their keys), `metadata` and `warnings` are told of one
    template, not in lists."""

    id: str
    templateId: str
    name: str
    description: str
    category: str
    tags: list[str]
    mappings: dict[str, str]
    format: str
    sizeBytes: Count
    version: Count
    usageCount: Count
    placeholderCount: Count
    createdAt: Time
    updatedAt: Time
    fields: list[str] | UnsetType = UNSET
    placeholders: list[Placeholder] | UnsetType = UNSET
    metadata: TemplateMetadata | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


class LibraryTemplateAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """A template."""

    data: LibraryTemplate


class LibraryTemplatePage(Struct, frozen=True, kw_only=True):
    """One page, by name."""

    items: list[LibraryTemplate]
    pagination: Pagination


class LibraryTemplateList(DocumentsAnswer, frozen=True, kw_only=True):
    """Templates."""

    data: LibraryTemplatePage


class LibraryTemplateBody(Struct, frozen=True, kw_only=True):
    """What is to be said of a template from now on; what is left out stays."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    mappings: dict[str, str] | UnsetType = UNSET


class PlaceholdersAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """What a file asks for; nothing is kept of it."""

    data: list[Placeholder]


class ValidatedTemplate(Struct, frozen=True, kw_only=True):
    """Whether a file can be a template, and why not."""

    valid: bool
    errors: list[str]
    warnings: list[str]
    placeholders: list[Placeholder]


class ValidatedTemplateAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """Whether a file can be a template."""

    data: ValidatedTemplate


class TemplateVariables(Struct, frozen=True, kw_only=True):
    """What a kept template asks for."""

    templateId: str
    variables: list[Placeholder]


class TemplateVariablesAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """What a kept template asks for."""

    data: TemplateVariables


class TemplatePreviewBody(Struct, frozen=True, kw_only=True):
    """A row to fill a template with, and what to make of it; else its own format."""

    data: dict[str, Any] | UnsetType = UNSET
    outputFormat: str | UnsetType = UNSET
    mappings: dict[str, str] | UnsetType = UNSET


class TemplatePreview(Struct, frozen=True, kw_only=True):
    """A document that was made to be looked at: a picture of its first page is at `previewUrl`, the
    file at `downloadUrl`, both until `expiresAt`."""

    previewUrl: str
    downloadUrl: str
    fileName: str
    format: str
    sizeBytes: Count
    expiresAt: Time
    warnings: list[str]


class TemplatePreviewAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """A document that was made to be looked at."""

    data: TemplatePreview


class SourceColumn(Struct, frozen=True, kw_only=True):
    """A column: what its cells look like, and some of them."""

    name: str
    dataType: str
    samples: list[str]
    emptyCount: Count


class LibrarySource(Struct, frozen=True, kw_only=True):
    """A table. `columns` and `warnings` are told of one table, not in lists."""

    id: str
    dataSourceId: str
    name: str
    format: str
    rowCount: Count
    columnCount: Count
    sizeBytes: Count
    createdAt: Time
    columns: list[SourceColumn] | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


class LibrarySourceAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """A table."""

    data: LibrarySource


class LibrarySourcePage(Struct, frozen=True, kw_only=True):
    """One page, by name."""

    items: list[LibrarySource]
    pagination: Pagination


class LibrarySourceList(DocumentsAnswer, frozen=True, kw_only=True):
    """Tables."""

    data: LibrarySourcePage
