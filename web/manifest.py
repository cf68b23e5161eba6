"""What the archive of a job says of its items: `manifest.json`, a row for each that has ended.

    {"files": [
    {"row":0,"template":"letter","file":"Ada.docx","sha256":"..","status":"ok","error":null},
    ...]}

Its columns are those that the executor of the job names. Made for `web.archive`, by whoever has one
built for a kind that names some.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import orjson
from msgspec import Struct

from actors.ports import DeskKey, ExecutorSpec, StoreReads
from state.model import InputItem, OutcomeRecord, OutcomeStatus
from web.archive import Contents, Describe, Manifest
from web.outcomes import FILE, Row, closing, outcome_row
from web.threads import Threads

Keep = Callable[[Row], bool]
_Ending = tuple[OutcomeRecord, InputItem]
# The artifact that an ending has made, and its row by that name.
_Line = tuple[str | None, bytes]


def every_row(row: Row) -> bool:
    return True


class Manifests:
    """Shared by the handlers of downloads."""

    def __init__(self, store: StoreReads, threads: Threads) -> None:
        self._store = store
        self._threads = threads

    def of(
        self,
        desk: DeskKey,
        job_id: str,
        executor: ExecutorSpec | None,
        run: int,
        *,
        keep: Keep = every_row,
    ) -> Describe | None:
        """The manifest of a job as of that run, of the rows that satisfy `keep`; None for a kind
        that names no columns. A file that is not in the archive has no row in it."""
        if executor is None or not executor.manifest:
            return None
        return partial(self._read, desk, job_id, executor, run, keep)

    async def _read(
        self, desk: DeskKey, job_id: str, executor: ExecutorSpec, run: int, keep: Keep
    ) -> Contents:
        read = partial(_lines, executor, keep)
        lines: list[_Line] = []
        left_over: set[str] = set()
        newest = 0.0
        async with closing(self._store.iter_outcomes(desk, job_id, run=run)) as batches:
            async for batch in batches:
                found, left = await self._threads.step(partial(read, batch))
                lines += found
                left_over |= left
                newest = max(newest, *(record.at for record, _ in batch))
        return _Endings(lines, left_over, newest)


class _Endings(Struct, frozen=True):
    """The endings of a job: see `web.archive.Contents`."""

    lines: list[_Line]
    left_over: set[str]
    newest_at: float

    def manifest(self, names: Mapping[str, str]) -> Manifest:
        """See Contents.manifest."""
        shown = [
            line if file is None or names[file] == file else _renamed(line, names[file])
            for file, line in self.lines
            if file is None or file in names
        ]
        return Manifest(b'{"files": [\n' + b",\n".join(shown) + b"\n]}\n", self.newest_at)


def _lines(
    executor: ExecutorSpec, keep: Keep, batch: Sequence[_Ending]
) -> tuple[list[_Line], set[str]]:
    """The rows, and what those that failed would have made."""
    lines: list[_Line] = []
    left_over: set[str | None] = set()
    for record, item in batch:
        row = outcome_row(record, item, executor)
        if record.status is not OutcomeStatus.OK:
            left_over.add(executor.describe(item.item).get(FILE))
        if keep(row):
            shown = {column: row.get(column) for column in executor.manifest}
            lines.append((row.get(FILE), orjson.dumps(shown)))
    return lines, {file for file in left_over if file is not None}


def _renamed(line: bytes, name: str) -> bytes:
    return orjson.dumps({**orjson.loads(line), FILE: name})
