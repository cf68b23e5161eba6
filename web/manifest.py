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

from actors.ports import DeskKey, ExecutorSpec, StoreReads
from state.model import InputItem, OutcomeRecord, OutcomeStatus
from web.archive import Describe, Manifest
from web.outcomes import Row, closing, outcome_row
from web.threads import Threads

# The column that has the name of an artifact.
FILE = "file"

Keep = Callable[[Row], bool]
_Ending = tuple[OutcomeRecord, InputItem]


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
        return partial(self._describe, desk, job_id, executor, run, keep)

    async def _describe(
        self,
        desk: DeskKey,
        job_id: str,
        executor: ExecutorSpec,
        run: int,
        keep: Keep,
        names: Mapping[str, str],
    ) -> Manifest:
        encode = partial(_encoded, executor, keep, names)
        lines: list[bytes] = []
        newest = 0.0
        async with closing(self._store.iter_outcomes(desk, job_id, run=run)) as batches:
            async for batch in batches:
                lines += await self._threads.step(partial(encode, batch))
                newest = max(newest, *(record.at for record, _ in batch))
        return Manifest(b'{"files": [\n' + b",\n".join(lines) + b"\n]}\n", newest)


def _encoded(
    executor: ExecutorSpec, keep: Keep, names: Mapping[str, str], batch: Sequence[_Ending]
) -> list[bytes]:
    lines = []
    for record, item in batch:
        row = outcome_row(record, item, executor)
        # What failed has no file, though where it died its item says which it would have made.
        file = row.get(FILE) if record.status is OutcomeStatus.OK else None
        if keep(row) and (file is None or file in names):
            shown = {column: row.get(column) for column in executor.manifest}
            shown[FILE] = None if file is None else names[file]
            lines.append(orjson.dumps(shown))
    return lines
