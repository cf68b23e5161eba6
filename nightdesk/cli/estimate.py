"""`nightdesk estimate` and `nightdesk kinds`: what a job would be before it is made, and what
kinds of jobs a server does. Added by `nightdesk.cli.app`; `submit --dry-run` prints the same.
"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.estimated import estimated
from nightdesk.cli.other import OtherOptions
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.source import (
    FETCH_COLUMNS,
    TAB_COLUMNS,
    VISIT_COLUMNS,
    Columns,
    read_batch,
)
from nightdesk.cli.terminal import put_json, put_table
from nightdesk.cli.usage import OrStdin
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words

# Of the kinds whose tables are known here; other tables the server reads.
_COLUMNS = {"fetch": FETCH_COLUMNS, "visit": VISIT_COLUMNS, "tab": TAB_COLUMNS}
_ANY = Columns((), ())
_HERE = Reach()
_PLAIN = OtherOptions()


class EstimateCommands:
    """Two commands; `words` is the user's language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def estimate(
        self,
        kind: Annotated[str, Parameter(name="KIND")],
        file: Annotated[OrStdin, Parameter(name="FILE")],
        /,
        *,
        other: Annotated[OtherOptions, Parameter(name="*")] = _PLAIN,
        sheet: str | None = None,
        at: At = _HERE,
    ) -> int:
        """Say what a job would be, and make nothing.

        Parameters
        ----------
        kind
            The kind of the job, such as fetch.
        file
            Its items, as submit reads them; - reads lines or JSON from stdin.
        sheet
            The sheet of a workbook to read (else: the first that is not hidden).
        """
        fields = other.fields(self._words)
        batch = read_batch(file, sheet, _COLUMNS.get(kind, _ANY), self._words)
        return estimated(batch, kind, fields, at, self._words)

    def kinds(self, *, at: At = _HERE) -> int:
        """List the kinds of jobs that the server does."""
        with at.client(self._words) as client:
            found = client.kinds()
        if at.json:
            for each in found:
                put_json(each)
            return EXIT_OK
        rows = [
            (each.kind, each.package or "-", ", ".join(each.files) or "-", each.lacks or "-")
            for each in found
        ]
        put_table(("kind", "package", "files", "lacks"), rows)
        return EXIT_OK
