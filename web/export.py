"""Outcomes as files: JSON Lines, JSON, CSV and XLSX, streamed while the job runs.

Each writer takes batches of rows and gives chunks of bytes; memory does not grow with the job. A
row is always the same OUTCOME; in tables, cells that a spreadsheet would run are made inert.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from web.cells import plain, separated
from web.columns import Columns
from web.outcomes import Row, closing
from web.threads import Threads

# Opens the rows anew; the tables read them twice, first for the names of their columns.
OpenRows = Callable[[], AsyncIterator[list[Row]]]

MEDIA_TYPES = {
    "jsonl": "application/x-ndjson",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_XLSX_CELL_CHARS = 32_767
_CHUNK_BYTES = 256 * 1024


def export(kind: str, open_rows: OpenRows, threads: Threads, scratch: Path) -> AsyncIterator[bytes]:
    """The chunks of one export; `kind` is a key of MEDIA_TYPES. Temporary files are in `scratch`
    and gone when the iterator is closed, wherever it was left."""
    match kind:
        case "jsonl":
            return _jsonl(open_rows)
        case "json":
            return _json(open_rows)
        case "csv":
            return _csv(open_rows)
        case _:
            return _xlsx(open_rows, threads, scratch)


async def _jsonl(open_rows: OpenRows) -> AsyncIterator[bytes]:
    async with closing(open_rows()) as batches:
        async for rows in batches:
            yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


async def _json(open_rows: OpenRows) -> AsyncIterator[bytes]:
    before = b"["
    async with closing(open_rows()) as batches:
        async for rows in batches:
            if rows:
                yield before + b",\n".join(map(orjson.dumps, rows))
                before = b",\n"
    yield b"[]\n" if before == b"[" else b"]\n"


async def _csv(open_rows: OpenRows) -> AsyncIterator[bytes]:
    columns = await _columns(open_rows)
    names = columns.names()
    yield _csv_lines([[plain(name) for name in names]])
    async with closing(open_rows()) as batches:
        async for rows in batches:
            yield _csv_lines([columns.cells(row, names) for row in rows])


def _csv_lines(lines: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([separated(cell) for cell in line] for line in lines)
    return text.getvalue().encode()


async def _xlsx(open_rows: OpenRows, threads: Threads, scratch: Path) -> AsyncIterator[bytes]:
    columns = await _columns(open_rows)
    names = columns.names()
    folder = Path(await threads.step(partial(tempfile.mkdtemp, prefix="export-", dir=scratch)))
    try:
        sheet = await threads.step(partial(_Sheet, folder, names))
        async with closing(open_rows()) as batches:
            async for rows in batches:
                await threads.step(partial(sheet.add, [columns.cells(row, names) for row in rows]))
        path = await threads.step(sheet.finish)
        with path.open("rb") as file:
            while chunk := await threads.step(partial(file.read, _CHUNK_BYTES)):
                yield chunk
    finally:
        shutil.rmtree(folder)


class _Sheet:
    """One workbook of one sheet on disk; rows are written as they come (constant memory)."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        # Imported here: a tenth of the server's start, for what few ask for; we are in a thread.
        import xlsxwriter

        self._path = folder / "outcomes.xlsx"
        options = {"constant_memory": True, "tmpdir": str(folder)}
        self._book = xlsxwriter.Workbook(str(self._path), options)
        self._sheet = self._book.add_worksheet("outcomes")
        # The next free row; written by `add` only, one call at a time.
        self._row = 0
        self.add([[plain(name) for name in columns]])
        self._sheet.freeze_panes(1, 0)

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    self._sheet.write_string(self._row, column, cell[:_XLSX_CELL_CHARS])
                else:
                    self._sheet.write_number(self._row, column, cell)
            self._row += 1

    def finish(self) -> Path:
        self._book.close()
        return self._path


async def _columns(open_rows: OpenRows) -> Columns:
    columns = Columns()
    async with closing(open_rows()) as batches:
        async for rows in batches:
            columns.look(rows)
    return columns
