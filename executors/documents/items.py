"""The values that a document job is planned from and leased by.

`ResolvedTemplate` comes from the front end, which knows what a desk's library holds; `StoredSpec`
and `DocumentItem` are what a worker gets. Used by `executors.documents.spec` and `.run`.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from executors.documents.facts import Field, Loop
from executors.documents.formats import Format

Missing = Literal["error", "blank"]


class ResolvedTemplate(Struct, frozen=True, kw_only=True):
    """A template of the desk's library as it is now: in a job's spec it stands in the place of its
    id. No JSON becomes one by itself, so nobody can name bytes that are not the desk's.

    `mappings` says which column a field is filled from, where that has another name.
    """

    id: str
    name: str
    digest: str
    format: Format
    fields: tuple[Field, ...] = ()
    loops: tuple[Loop, ...] = ()
    mappings: dict[str, str] = {}


class ResolvedPicture(Struct, frozen=True, kw_only=True):
    """A picture of the desk's library as it is now, for the rows that name it. No JSON becomes one
    by itself, as with templates."""

    digest: str
    format: str
    size_bytes: int


class NamedPicture(Struct, frozen=True, kw_only=True):
    """A picture that a row names: the asset of its job that has its bytes."""

    digest: str
    format: str


class StoredTemplate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A template of a stored spec. `fields` are the keys that it asks for."""

    id: str
    name: str
    digest: str
    format: Format
    fields: tuple[str, ...] = ()
    mappings: dict[str, str] = {}


class StoredSpec(Struct, frozen=True, kw_only=True):
    """What a worker reads of a stored spec; the rest is for the runner and for people."""

    templates: tuple[StoredTemplate, ...]
    format: Format
    date: str
    missing: Missing = "error"
    locale: str = "en"
    timeout_s: float | None = None


class DocumentItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row and one template, by its place in the spec and by its id. `row` counts from 0; `name`
    is that of the file, with its folder where there are several templates. `pictures` are those
    that its values name, by id."""

    row: int
    template: int
    template_id: str
    name: str
    data: dict[str, Any]
    pictures: dict[str, NamedPicture] = {}


class PageAsked(Struct, frozen=True):
    """What becomes of a finished document for `executors.documents.page`: a PDF, or the `picture`
    of its first page."""

    format: Format
    picture: bool
