"""The requests for what documents are made of, which both clients share. The wire is
docs/documents.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import msgspec
from msgspec import Struct

from nightdesk.client.agents import AgentsAddress
from nightdesk.client.calls import PAGE_SIZE, READING_S, Call, FormPart, JobAnswer, job_fields
from nightdesk.client.library_models import (
    DataSource,
    ImageFile,
    ImageFolder,
    KeptDataSource,
    KeptTemplate,
    Match,
    Picture,
    SaidOfDocuments,
    SaidOfKnownTemplate,
    SaidOfNewTemplate,
    SaidOfPicture,
    SaidOfPreview,
    SaidOfTable,
    Template,
)

# How long a document, or the picture of one, may take to be made while its asker waits.
MAKING_S = 60.0


class TemplatesAnswer(Struct, frozen=True):
    templates: tuple[Template, ...]


class DataSourcesAnswer(Struct, frozen=True):
    data_sources: tuple[DataSource, ...]


class PicturesAnswer(Struct, frozen=True):
    pictures: tuple[Picture, ...]


class FoldersAnswer(Struct, frozen=True):
    folders: tuple[ImageFolder, ...]


class FolderAnswer(Struct, frozen=True):
    images: tuple[ImageFile, ...]
    total: int


class PictureAnswer(Struct, frozen=True):
    picture: Picture


class ForgottenAnswer(Struct, frozen=True):
    id: str


class LibraryAddress(AgentsAddress):
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
        self, file_name: str, data: bytes, said: SaidOfNewTemplate
    ) -> Call[KeptTemplate]:
        """Not repeated: the second would be the next version."""
        form = _form(file_name, data, said)
        path = self._path("templates")
        return Call(method="POST", path=path, answer=KeptTemplate, form=form, wait_s=READING_S)

    def set_template(self, template_id: str, said: SaidOfKnownTemplate) -> Call[KeptTemplate]:
        body = _without_none(said)
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
            body=_without_none(said),
            again=True,
        )

    def data_sources(self) -> Call[DataSourcesAnswer]:
        path = self._path("data-sources")
        return Call(method="GET", path=path, answer=DataSourcesAnswer, again=True)

    def data_source(self, source_id: str) -> Call[KeptDataSource]:
        path = self._path("data-sources", source_id)
        return Call(method="GET", path=path, answer=KeptDataSource, again=True)

    def add_data_source(
        self, file_name: str, data: bytes, said: SaidOfTable
    ) -> Call[KeptDataSource]:
        form = _form(file_name, data, said)
        path = self._path("data-sources")
        return Call(method="POST", path=path, answer=KeptDataSource, form=form, wait_s=READING_S)

    def delete_data_source(self, source_id: str) -> Call[ForgottenAnswer]:
        path = self._path("data-sources", source_id)
        return Call(method="DELETE", path=path, answer=ForgottenAnswer)

    def folders(self) -> Call[FoldersAnswer]:
        path = self._path("folders")
        return Call(method="GET", path=path, answer=FoldersAnswer, again=True)

    def folder(self, path: str, offset: int) -> Call[FolderAnswer]:
        name, _, inner = path.partition("/")
        params: dict[str, str | int] = {"path": inner, "offset": offset, "limit": PAGE_SIZE}
        call = self._path("folders", name)
        return Call(method="GET", path=call, answer=FolderAnswer, params=params, again=True)

    def pictures(self) -> Call[PicturesAnswer]:
        path = self._path("pictures")
        return Call(method="GET", path=path, answer=PicturesAnswer, again=True)

    def picture_file(self, picture_id: str) -> Call[bytes]:
        path = self._path("pictures", picture_id, "file")
        return Call(method="GET", path=path, answer=bytes)

    def add_picture(self, file_name: str, data: bytes, said: SaidOfPicture) -> Call[PictureAnswer]:
        form = _form(file_name, data, said)
        path = self._path("pictures")
        return Call(method="POST", path=path, answer=PictureAnswer, form=form, wait_s=READING_S)

    def delete_picture(self, picture_id: str) -> Call[ForgottenAnswer]:
        path = self._path("pictures", picture_id)
        return Call(method="DELETE", path=path, answer=ForgottenAnswer)

    def preview_document(
        self, spec: Mapping[str, Any], **said: Unpack[SaidOfPreview]
    ) -> Call[bytes]:
        asked = {
            "spec": spec,
            "items": said.get("rows"),
            "row": said.get("row"),
            "template": said.get("template"),
        }
        return Call(
            method="POST",
            path=self._path("documents", "preview"),
            answer=bytes,
            params={"as": "png" if said.get("as_picture") else "document"},
            body=_without_none(asked),
            wait_s=MAKING_S,
        )

    def submit_documents(
        self, spec: Mapping[str, Any], **said: Unpack[SaidOfDocuments]
    ) -> Call[JobAnswer]:
        """With a key of its own, so that it can be repeated when the answer is lost."""
        job = job_fields(
            "document",
            said.get("name", ""),
            spec,
            said.get("priority", 0),
            said.get("lane"),
            start=said.get("start", True),
            schedule=said.get("schedule"),
        )
        rows = said.get("rows")
        items = {} if rows is None else {"items": list(rows)}
        return Call(
            method="POST",
            path=self._path("jobs"),
            answer=JobAnswer,
            body=msgspec.json.encode({**job, **items}),
            wait_s=READING_S,
            headers={"Idempotency-Key": said.get("idempotency_key") or str(uuid.uuid4())},
            again=True,
        )

    def archive(self, job_id: str) -> Call[bytes]:
        path = self._path("jobs", job_id, "artifacts.zip")
        return Call(method="GET", path=path, answer=bytes)


def _without_none(said: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({name: x for name, x in said.items() if x is not None})


def _form(file_name: str, data: bytes, said: Mapping[str, Any]) -> dict[str, FormPart]:
    """The file, and what is said of it: text as it is, all else as JSON."""
    form: dict[str, FormPart] = {"file": (file_name, data, "application/octet-stream")}
    for name, value in said.items():
        if isinstance(value, str):
            form[name] = (None, value.encode(), "text/plain")
        elif value is not None:
            form[name] = (None, msgspec.json.encode(value), "application/json")
    return form
