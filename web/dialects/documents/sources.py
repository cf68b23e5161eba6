"""The tables of a desk for clients of the dialect. The wire is docs/documents-api.md."""

from __future__ import annotations

from functools import partial

from quart import Response, request

from executors.tables.upload import Upload
from web.deps import WebDeps
from web.dialects.documents.answers import PAGE_PARAMETERS, Answers, page_of, pagination
from web.dialects.documents.library_schemas import (
    LibrarySourceAnswer,
    LibrarySourceList,
    LibrarySourcePage,
)
from web.dialects.documents.library_view import source_of, whole_source
from web.dialects.documents.paths import DATA_SOURCES
from web.dialects.documents.routing import Row
from web.documents.entries import by_name
from web.documents.forms import library_form
from web.documents.sources import Sources
from web.http import Query, empty_body
from web.routes import FormPart
from web.threads import Threads
from web.visit import Visit

_FORM = (
    FormPart("file", "A .csv, .xlsx or .json file.", required=True),
    FormPart("dataSourceId", "Chosen by the caller; else made up."),
    FormPart("name", "What it is called; else as its file."),
    FormPart("sheet", "The sheet of a workbook to read; else the first that is not hidden."),
)


class SourcesApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, sources: Sources, answers: Answers) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._sources = sources
        self._answers = answers

    def rows(self) -> list[Row]:
        one = partial(Row, paths=tuple(f"{path}/<source>" for path in DATA_SOURCES))
        return [
            Row(
                method="GET",
                paths=DATA_SOURCES,
                name="documents_sources",
                handler=self.list,
                summary="The tables, by name",
                answer=LibrarySourceList,
                parameters=PAGE_PARAMETERS,
            ),
            Row(
                method="POST",
                paths=DATA_SOURCES,
                name="documents_source_add",
                handler=self.add,
                summary="Keep a table; of an id that is there, instead of that one",
                form=_FORM,
                answer=LibrarySourceAnswer,
                status=201,
                errors=("invalid_spec", "limit_reached", "mailbox_full", "storage_full"),
                command="save_data_source",
            ),
            one(
                method="GET",
                name="documents_source",
                handler=self.get,
                summary="A table and its columns",
                answer=LibrarySourceAnswer,
                errors=("data_source_not_found", "files_damaged"),
            ),
            one(
                method="DELETE",
                name="documents_source_delete",
                handler=self.delete,
                summary="Forget a table; tasks that were made of it have their rows",
                answer=None,
                empty="It is gone.",
                errors=("data_source_not_found", "mailbox_full", "storage_full"),
                command="delete_data_source",
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        query = Query(request.args)
        page, size = page_of(query, self._settings.max_page_size)
        query.done()
        found = sorted(visit.desk.published.data_sources.values(), key=by_name)
        told = LibrarySourcePage(
            items=[source_of(each) for each in found[(page - 1) * size : page * size]],
            pagination=pagination(page, size, len(found)),
        )
        return self._answers.answer(told)

    async def add(self, visit: Visit) -> Response:
        form = await library_form(self._threads)
        file, id = form.file, form.text("dataSourceId") or form.text("id")
        upload = Upload(file.filename or "", form.text("sheet") or None)
        kept = await self._sources.add(visit, upload, file.data, form.text("name"), id)
        return self._answers.answer(whole_source(kept), 201)

    async def get(self, visit: Visit, source: str) -> Response:
        return self._answers.answer(whole_source(await self._sources.read(visit, source)))

    async def delete(self, visit: Visit, source: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        await self._sources.delete(visit, source)
        return Response(b"", 204)
