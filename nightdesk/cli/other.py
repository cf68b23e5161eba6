"""`submit job`: a batch of a kind that has no command of its own, such as one that an installed
package brings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from executors.tables.upload import suffix_of
from nightdesk.cli.estimated import estimated
from nightdesk.cli.handed import handed_over
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.source import Columns, read_items
from nightdesk.cli.submit import DryOptions, JobOptions
from nightdesk.cli.usage import OrStdin, UsageError
from nightdesk.cli.words import Words

# Which columns such a kind has is not known here.
_NO_COLUMNS = Columns((), ())
_TABLE = "csv"


@dataclass(frozen=True, kw_only=True)
class OtherOptions:
    """Flags that are not given are left to the file's `spec`, then to the kind's defaults."""

    spec: str | None = None
    """Fields of the job, as a JSON object; they go before those of the file."""

    def fields(self, words: Words) -> dict[str, Any]:
        """Raises UsageError."""
        if self.spec is None:
            return {}
        try:
            fields = json.loads(self.spec)
        except (ValueError, RecursionError) as error:
            raise UsageError(words("job.bad_spec", reason=error)) from error
        if not isinstance(fields, dict):
            raise UsageError(words("job.bad_spec", reason="{}"))
        return fields


_HERE = Reach()
_JOB = JobOptions()
_DRY = DryOptions()
_PLAIN = OtherOptions()


class OtherCommand:
    """One command; see `nightdesk.cli.app`."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def job(
        self,
        kind: Annotated[str, Parameter(name="KIND")],
        file: Annotated[OrStdin, Parameter(name="FILE")],
        /,
        *,
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        dry: Annotated[DryOptions, Parameter(name="*")] = _DRY,
        other: Annotated[OtherOptions, Parameter(name="*")] = _PLAIN,
        at: At = _HERE,
    ) -> int:
        """Hand over a batch of any kind, as its own documentation says.

        Parameters
        ----------
        kind
            The kind of the job; a server that has no such kind says which it has.
        file
            An item a line (# begins a comment line), a .json list of items, or an object that holds
            it as items and may have the job's spec beside it; - reads lines or JSON from stdin.
        """
        if suffix_of(file) == _TABLE:
            raise UsageError(self._words("job.no_table"))
        fields = other.fields(self._words)
        batch = read_items(file, _NO_COLUMNS, self._words)
        if dry.dry_run:
            return estimated(batch, kind, fields, at, self._words)
        with at.client(self._words) as client:
            made = batch.submit(
                client,
                kind=kind,
                name=job.name or ("" if file == "-" else Path(file).name),
                spec={**batch.spec, **fields},
                priority=job.priority,
                lane=job.lane,
                start=job.start or job.wait,
            )
            return handed_over(client, made, at, self._words, wait=job.wait)
