"""A desk's data sources over REST. The wire is docs/documents.md."""

from __future__ import annotations

from functools import partial

from msgspec import Raw
from quart import Response, request

from executors.tables.upload import Upload
from web.access import Access
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents import schemas
from web.documents.answers import forgotten
from web.documents.entries import by_name, column_entries, source_entry
from web.documents.forms import library_form
from web.documents.sources import KeptSource, Sources
from web.http import Query, empty_body, json_answer
from web.routes import FormPart, Route, integer
from web.threads import Threads
from web.visit import Visit

SOURCES = f"{DESK}/data-sources"

_MAX_OFFSET = 2**53
_route = partial(Route, access=Access.DESK)
_FORM = (
    FormPart("file", "A .csv, .xlsx or .json file.", required=True),
    FormPart("id", "Chosen by the caller; else made up."),
    FormPart("name", "What it is called; else as its file."),
    FormPart("sheet", "The sheet of a workbook to read; else the first that is not hidden."),
)


class SourcesApi:
    """Handlers of the data sources. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, sources: Sources) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._sources = sources

    def routes(self) -> list[Route]:
        one = f"{SOURCES}/<source>"
        return [
            _route(
                method="GET",
                rule=SOURCES,
                name="list_data_sources",
                handler=self.list,
                summary="The tables of the desk's library",
                answer=schemas.SourcesAnswer,
            ),
            _route(
                method="POST",
                rule=SOURCES,
                name="add_data_source",
                handler=self.add,
                summary="Keep a table; of an `id` that is there, instead of that one",
                form=_FORM,
                answer=schemas.SourceAnswer,
                status=201,
                command="save_data_source",
                errors=("invalid_spec", "limit_reached", "mailbox_full", "storage_full"),
            ),
            _route(
                method="GET",
                rule=one,
                name="get_data_source",
                handler=self.read,
                summary="A table and its columns",
                answer=schemas.SourceAnswer,
                errors=("data_source_not_found", "files_damaged"),
            ),
            _route(
                method="GET",
                rule=f"{one}/rows",
                name="get_data_source_rows",
                handler=self.rows,
                summary="Rows of a table",
                answer=schemas.RowsAnswer,
                parameters=(
                    integer("offset", "Rows to skip.", default=0),
                    integer("limit", "", default=100),
                ),
                errors=("data_source_not_found", "files_damaged"),
            ),
            _route(
                method="DELETE",
                rule=one,
                name="delete_data_source",
                handler=self.delete,
                summary="Forget a table; jobs that were made of it have their rows",
                answer=schemas.DeletedAnswer,
                errors=("data_source_not_found", "mailbox_full", "storage_full"),
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        published = visit.desk.published
        ordered = sorted(published.data_sources.values(), key=by_name)
        return json_answer(
            schemas.SourcesAnswer([source_entry(each) for each in ordered], published.revision)
        )

    async def add(self, visit: Visit) -> Response:
        form = await library_form(self._threads)
        file = form.file
        upload = Upload(file.filename or "", form.text("sheet") or None)
        kept = await self._sources.add(visit, upload, file.data, form.text("name"), form.text("id"))
        return _answer(kept, 201)

    async def read(self, visit: Visit, source: str) -> Response:
        return _answer(await self._sources.read(visit, source))

    async def rows(self, visit: Visit, source: str) -> Response:
        query = Query(request.args)
        offset = query.integer("offset", 0, low=0, high=_MAX_OFFSET)
        limit = query.integer("limit", 100, low=1, high=self._settings.max_page_size)
        query.done()
        found, rows = await self._sources.page(visit, source, offset, limit)
        return json_answer(schemas.RowsAnswer(list(map(Raw, rows)), offset, found.rows))

    async def delete(self, visit: Visit, source: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        reply = await self._sources.delete(visit, source)
        return forgotten(source, reply)


def _answer(kept: KeptSource, status: int = 200) -> Response:
    entry, columns = source_entry(kept.source), column_entries(kept.facts)
    warnings = list(kept.facts.warnings)
    answer = schemas.SourceAnswer(entry, columns, warnings, kept.revision, durable=True)
    return json_answer(answer, status)
