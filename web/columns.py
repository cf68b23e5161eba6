"""The columns of a table of outcomes, in order of appearance; every extracted value has its own.

Found by reading all rows once. Used by `web.export` for CSV and XLSX.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from web.cells import plain
from web.outcomes import Row

# What most rows begin with, in this order.
_FIRST = ("index", "url", "status")
EXTRACTED = "extracted"
# Items may name their values each in its own way; a sheet has an end. What has no column of its own
# stands as JSON in that of them all.
MAX_EXTRACTED = 1_000


class Columns:
    """Written by `look` until every row has been seen; then `names` and `cells` give the table."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}
        self._extracted: set[str] = set()

    def look(self, rows: Iterable[Row]) -> None:
        for row in rows:
            values = row.get(EXTRACTED)
            if isinstance(values, dict):
                room = MAX_EXTRACTED - len(self._extracted)
                new = [name for name in values if name not in self._extracted]
                self._extracted.update(new[:room])
            self._found.update(dict.fromkeys(self._flat(row)))

    def names(self) -> list[str]:
        first = [name for name in _FIRST if name in self._found]
        return first + [name for name in self._found if name not in _FIRST]

    def cells(self, row: Row, names: Sequence[str]) -> list[Any]:
        """What the row has in the columns of these names, fit for a spreadsheet."""
        flat = self._flat(row)
        return [plain(flat.get(name)) for name in names]

    def _flat(self, row: Row) -> Row:
        """The row with its extracted values beside its other fields."""
        values = row.get(EXTRACTED)
        if not isinstance(values, dict):
            return row
        flat: Row = {}
        for field, value in row.items():
            if field != EXTRACTED:
                flat[field] = value
                continue
            own = {name: each for name, each in values.items() if name in self._extracted}
            flat |= {f"{EXTRACTED}.{name}": each for name, each in own.items()}
            if len(own) < len(values):
                flat[EXTRACTED] = {name: values[name] for name in values if name not in own}
        return flat
