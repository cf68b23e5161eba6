"""What documents are made of, for the client: templates, tables, how they fit. Their values, and
the requests for them, which both clients share. The wire is docs/documents.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from nightdesk.client.calls import READING_S, Call, FormPart, JobAnswer, job_fields
from nightdesk.client.models import Schedule
from nightdesk.client.settings import DeskAddress

# How long a document, or the picture of one, may take to be made while its asker waits.
MAKING_S = 60.0


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


class TemplatesAnswer(Struct, frozen=True):
    templates: tuple[Template, ...]


class DataSourcesAnswer(Struct, frozen=True):
    data_sources: tuple[DataSource, ...]


class ForgottenAnswer(Struct, frozen=True):
    id: str


class LibraryAddress(DeskAddress):
    """An Address that knows the requests for what documents are made of."""

    def templates(self) -> Call[TemplatesAnswer]:
        path = self._path("templates")
        return Call(method="GET", path=path, answer=TemplatesAnswer, again=True)

    def template(self, template_id: str) -> Call[KeptTemplate]:
        path = self._path("templates", template_id)
        return Call(method="GET", path=path, answer=KeptTemplate, again=True)

    def template_file(self, template_id: str) -> Call[bytes]:
        path = self._path("templates", template_id, "file")
        return Call(method="GET", path=path, answer=bytes)

    def add_template(
        self, file_name: str, data: bytes, said: Mapping[str, Any]
    ) -> Call[KeptTemplate]:
        """Not repeated: the second would be the next version."""
        form = _form(file_name, data, said)
        path = self._path("templates")
        return Call(method="POST", path=path, answer=KeptTemplate, form=form, wait_s=READING_S)

    def set_template(self, template_id: str, said: Mapping[str, Any]) -> Call[KeptTemplate]:
        body = msgspec.json.encode({name: x for name, x in said.items() if x is not None})
        path = self._path("templates", template_id)
        return Call(method="PUT", path=path, answer=KeptTemplate, body=body)

    def delete_template(self, template_id: str) -> Call[ForgottenAnswer]:
        path = self._path("templates", template_id)
        return Call(method="DELETE", path=path, answer=ForgottenAnswer)

    def match_template(
        self,
        template_id: str,
        data_source: str | None,
        columns: Sequence[str] | None,
        mappings: Mapping[str, str] | None,
    ) -> Call[Match]:
        said = {"data_source": data_source, "columns": columns, "mappings": mappings}
        return Call(
            method="POST",
            path=self._path("templates", template_id, "match"),
            answer=Match,
            body=msgspec.json.encode({name: x for name, x in said.items() if x is not None}),
            again=True,
        )

    def data_sources(self) -> Call[DataSourcesAnswer]:
        path = self._path("data-sources")
        return Call(method="GET", path=path, answer=DataSourcesAnswer, again=True)

    def data_source(self, source_id: str) -> Call[KeptDataSource]:
        path = self._path("data-sources", source_id)
        return Call(method="GET", path=path, answer=KeptDataSource, again=True)

    def add_data_source(
        self, file_name: str, data: bytes, said: Mapping[str, Any]
    ) -> Call[KeptDataSource]:
        form = _form(file_name, data, said)
        path = self._path("data-sources")
        return Call(method="POST", path=path, answer=KeptDataSource, form=form, wait_s=READING_S)

    def delete_data_source(self, source_id: str) -> Call[ForgottenAnswer]:
        path = self._path("data-sources", source_id)
        return Call(method="DELETE", path=path, answer=ForgottenAnswer)

    def preview_document(
        self,
        spec: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]] | None,
        row: int,
        template: int,
        *,
        as_picture: bool,
    ) -> Call[bytes]:
        said = {"spec": spec, "items": rows, "row": row, "template": template}
        return Call(
            method="POST",
            path=self._path("documents", "preview"),
            answer=bytes,
            params={"as": "png" if as_picture else "document"},
            body=msgspec.json.encode({name: x for name, x in said.items() if x is not None}),
            wait_s=MAKING_S,
        )

    def submit_documents(
        self,
        spec: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]] | None,
        *,
        name: str,
        priority: int,
        lane: str | None,
        start: bool,
        schedule: Schedule | None,
        idempotency_key: str | None,
    ) -> Call[JobAnswer]:
        """With a key of its own, so that it can be repeated when the answer is lost."""
        job = job_fields("document", name, spec, priority, lane, start=start, schedule=schedule)
        items = {} if rows is None else {"items": list(rows)}
        return Call(
            method="POST",
            path=self._path("jobs"),
            answer=JobAnswer,
            body=msgspec.json.encode({**job, **items}),
            wait_s=READING_S,
            headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
            again=True,
        )

    def archive(self, job_id: str) -> Call[bytes]:
        path = self._path("jobs", job_id, "artifacts.zip")
        return Call(method="GET", path=path, answer=bytes)


def _form(file_name: str, data: bytes, said: Mapping[str, Any]) -> dict[str, FormPart]:
    """The file, and what is said of it: text as it is, all else as JSON."""
    form: dict[str, FormPart] = {"file": (file_name, data, "application/octet-stream")}
    for name, value in said.items():
        if isinstance(value, str):
            form[name] = (None, value.encode(), "text/plain")
        elif value is not None:
            form[name] = (None, msgspec.json.encode(value), "application/json")
    return form
