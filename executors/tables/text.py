"""The rows of text files: an item a line, or CSV. Pure.

Used by `web.drafts` for such an upload itself, and in the jail for those within an archive.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

from executors.refusals import Refused
from executors.tables.rows import Row

# No row has more cells: a header of more has names that nobody asked for.
_CSV_CELLS = 4
# Of a file whose delimiter is looked for: the likelier first.
_DELIMITERS = ",;\t"
_HEADER_CHARS = 64 * 1024
# No row is longer: the csv module's own limit of a cell, each of its characters a doubled quote.
_CSV_LINE_CHARS = 2 * _CSV_CELLS * csv.field_size_limit()


def decode_text(file: bytes) -> str:
    """Raises Refused."""
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 (byte {error.start}); save it as UTF-8 (of a table: as CSV UTF-8)"
        raise Refused("unreadable", reason) from None


def text_rows(text: str) -> Iterator[Row]:
    """A row of one cell for each line that is not empty and no comment."""
    # Line by line: to split a file of nothing but line ends at once holds the interpreter.
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield Row(number, (stripped,))


def delimiter_of(text: str) -> str:
    """What separates the cells of the first line: of several that stand there unquoted, the most
    frequent. Spreadsheets of half the world write `;` because a comma is in their numbers."""
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for char in itertools.islice(text, _HEADER_CHARS):
        if char == '"':
            quoted = not quoted
        elif char in "\r\n" and not quoted:
            break
        elif char in counts and not quoted:
            counts[char] += 1
    return max(counts, key=lambda delimiter: counts[delimiter])


def csv_rows(text: str, delimiter: str = ",") -> Iterator[Row]:
    """The rows that are not empty. Raises Refused."""
    rows = csv.reader(_csv_lines(text), delimiter=delimiter, strict=True)
    try:
        for row in rows:
            if any(row):
                yield Row(rows.line_num, tuple(row))
    except csv.Error as error:
        raise Refused("unreadable", f"line {rows.line_num}: {error}") from None


def _csv_lines(text: str) -> Iterator[str]:
    """The lines for the csv module, which would make one list of a line of commas in one step."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > _CSV_LINE_CHARS:
            raise csv.Error(f"line {number} is longer than a row can be")
        yield line
