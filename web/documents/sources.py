"""A desk's data sources, the tables that documents are made of, as the front end sees them: read
from an upload, kept, shown, given to jobs. Shared as `web.documents.templates` is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from msgspec import Struct

from actors.errors import DataSourceNotFound
from actors.library import DeleteDataSource, SaveDataSource
from actors.messages import Reply
from actors.ports import DeskKey
from executors.documents import columns
from executors.documents.columns import SourceFacts
from executors.shown import shown
from executors.tables.upload import Upload, suffix_of
from state.digests import digest_of
from state.library import DataSource
from web.deps import WebDeps
from web.documents.about import check_name, chosen_id, name_of_file
from web.documents.files import newest
from web.documents.tables import Table, TableRow, csv_lines, decode_rows, read_json, read_table
from web.errors import WebError
from web.http import client_network
from web.jailed import jailed
from web.threads import LARGE_BODY_BYTES, Threads
from web.uploads import packed_lines
from web.visit import Visit

T = TypeVar("T")

TABLE_KINDS = ("csv", "xlsx", "json")


class KeptSource(Struct, frozen=True):
    """A table with what is known of its columns, and the revision that has it on disk."""

    source: DataSource
    facts: SourceFacts
    revision: int


class Sources:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._store = deps.store
        self._tables = deps.tables
        self._log = deps.log
        self._threads = threads

    async def table(self, desk: DeskKey, upload: Upload, data: bytes) -> Table:
        """An uploaded table, read. Raises WebError with all that is wrong with it."""
        kind = suffix_of(upload.name)
        if kind not in TABLE_KINDS:
            kinds = ", ".join(f".{each}" for each in TABLE_KINDS)
            raise WebError("unsupported_media_type", f"a table must be one of {kinds}")
        with jailed(shown(upload.name), self._log, "file"):
            if kind == "xlsx":
                # What only a parser can read is read in the jail.
                data = await self._tables.read(desk, upload, data)
            return await self._run(partial(self._read, kind, upload.name, data), len(data))

    def _read(self, kind: str, name: str, data: bytes) -> Table:
        limits = self._settings
        match kind:
            case "json":
                depth, members = limits.max_json_depth, limits.max_json_members
                return read_json(data, depth, members, limits.max_items)
            case "csv":
                return read_table(csv_lines(data, name), limits.max_items)
            case _:
                return read_table(packed_lines(data), limits.max_items)

    async def add(
        self, visit: Visit, upload: Upload, data: bytes, name: str = "", id: str = ""
    ) -> KeptSource:
        """Keep a table, instead of the one of that id. Raises WebError, LimitReached."""
        id, name = chosen_id(id), name or name_of_file(upload.name, "table")
        check_name(name)
        table = await self.table(visit.key, upload, data)
        with jailed(shown(upload.name), self._log, "file"):
            rows = await self._run(table.encode, len(data))
        known = columns.encode(table.facts)
        source = DataSource(
            id=id,
            name=name,
            digest=digest_of(rows),
            facts=digest_of(known),
            format=suffix_of(upload.name),
            columns_n=len(table.facts.columns),
            rows=len(table.rows),
            size_bytes=len(rows),
        )
        reply = await visit.ask(SaveDataSource(source=source, data=rows, facts=known))
        return KeptSource(self.find(visit, id), table.facts, reply.revision)

    def find(self, visit: Visit, id: str) -> DataSource:
        """As last published. Raises DataSourceNotFound."""
        source = visit.desk.published.data_sources.get(id)
        if source is None:
            raise DataSourceNotFound("there is no such data source", id=shown(id))
        return source

    async def read(self, visit: Visit, id: str) -> KeptSource:
        """A table with what is known of its columns. Raises DataSourceNotFound, LibraryMissing."""
        read = partial(self._facts, visit.key)
        source, known = await newest(partial(self.find, visit, id), read)
        return KeptSource(source, known, visit.desk.published.revision)

    async def _facts(self, desk: DeskKey, source: DataSource) -> SourceFacts:
        return columns.decode(await self._store.read_library(desk, source.facts))

    async def lines(self, visit: Visit, id: str) -> tuple[DataSource, bytes]:
        """A table and its rows as JSON Lines. Raises DataSourceNotFound, LibraryMissing."""
        return await newest(partial(self.find, visit, id), partial(self._lines, visit.key))

    async def _lines(self, desk: DeskKey, source: DataSource) -> bytes:
        return await self._store.read_library(desk, source.digest)

    async def page(
        self, visit: Visit, id: str, offset: int, limit: int
    ) -> tuple[DataSource, list[bytes]]:
        """Some rows of a table, each as JSON. Raises as `lines` does."""
        source, data = await self.lines(visit, id)
        cut = partial(_cut, data, offset, limit)
        return source, await self._run(cut, len(data))

    async def rows(self, visit: Visit, id: str) -> list[TableRow]:
        """All rows of a table, for a job. Raises as `lines` does."""
        _, data = await self.lines(visit, id)
        return await self._run(lambda: list(decode_rows(data)), len(data))

    async def delete(self, visit: Visit, id: str) -> Reply:
        """Raises DataSourceNotFound."""
        return await visit.ask(DeleteDataSource(id))

    async def _run(self, work: Callable[[], T], size_bytes: int) -> T:
        large = size_bytes > LARGE_BODY_BYTES
        return await self._threads.run(work, large=large, whose=client_network())


def _cut(data: bytes, offset: int, limit: int) -> list[bytes]:
    return data.splitlines()[offset : offset + limit]


def column_names(facts: SourceFacts) -> tuple[str, ...]:
    return tuple(column.name for column in facts.columns)
