"""One upload, whatever its kind, as the lines of `executors.tables.rows`. Used in the jail.

An archive may hold any of the other kinds, in any folder, and no archive; its files are read in the
order of their names, and their rows follow one another.
"""

from __future__ import annotations

from collections.abc import Iterator

from executors.archives import files_of, open_archive, read_entry
from executors.refusals import Refused
from executors.shown import shown
from executors.tables.limits import Budget, TableLimits
from executors.tables.rows import Head, Line, Row, encode
from executors.tables.text import csv_rows, decode_text, text_rows
from executors.tables.upload import Upload, suffix_of
from executors.tables.workbook import WORKBOOK, check_workbook, refuse_old, workbook_rows


def read_rows(data: bytes, upload: Upload, limits: TableLimits) -> bytes:
    """The upload as `rows.decode` takes it. So written it keeps to the limit as well, whatever its
    characters cost: whoever asked holds it in memory. Raises Refused."""
    budget, buffer = Budget(limits), bytearray()
    for line in read_tables(data, upload.name, upload.sheet, limits):
        written_bytes = len(buffer)
        encode([line], buffer)
        budget.write(len(buffer) - written_bytes)
    return bytes(buffer)


def read_tables(data: bytes, name: str, sheet: str | None, limits: TableLimits) -> Iterator[Line]:
    """`sheet` is the one to read of a workbook. Raises Refused."""
    budget = Budget(limits)
    if suffix_of(name) == "zip":
        yield from _archive(data, sheet, budget)
    else:
        yield from _file(data, shown(name), sheet, budget)


def _archive(data: bytes, sheet: str | None, budget: Budget) -> Iterator[Line]:
    with open_archive(data, budget) as archive:
        entries = files_of(archive)
        if not entries:
            raise Refused("unreadable", "the archive is empty")
        for entry in entries:
            name = shown(entry.filename)
            try:
                yield from _file(read_entry(archive, entry, budget), name, sheet, budget)
            except Refused as refusal:
                raise Refused(refusal.why, _within(name, str(refusal))) from None
            if budget.is_full:
                return


def _within(name: str, reason: str) -> str:
    return reason if reason.startswith(f"{name}:") else f"{name}: {reason}"


def _file(data: bytes, name: str, sheet: str | None, budget: Budget) -> Iterator[Line]:
    match suffix_of(name):
        case "txt":
            yield Head(name, header=False)
            yield from _counted(text_rows(decode_text(data)), budget)
        case "csv":
            yield Head(name)
            yield from _counted(csv_rows(decode_text(data)), budget)
        case "xlsx":
            refuse_old(data)
            with open_archive(data, budget, WORKBOOK) as archive:
                check_workbook(data, archive, budget)
            yield from workbook_rows(data, name, sheet, budget)
        case _:
            raise Refused("unsupported", "not a .txt, .csv or .xlsx file")


def _counted(rows: Iterator[Row], budget: Budget) -> Iterator[Row]:
    for row in rows:
        budget.row(len(row.cells), sum(map(len, row.cells)))
        yield row
        if budget.is_full:
            return
