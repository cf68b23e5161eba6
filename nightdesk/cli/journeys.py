"""The commands for the journeys that a desk keeps. Added by `nightdesk.cli.app`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from nightdesk.cli.handed import handed_over
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.source import VISIT_COLUMNS, read_items
from nightdesk.cli.terminal import TerminalText, clean, clock, put_json, put_table, tell
from nightdesk.cli.usage import OrStdin, UsageError
from nightdesk.cli.visit import VisitOptions
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import Invalid
from nightdesk.client.models import Journey

_HERE = Reach()
_VISIT = VisitOptions()


class JourneyCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.journeys()
        if at.json:
            for journey in kept.journeys:
                put_json(journey)
            return EXIT_OK
        if not kept.journeys:
            tell(self._words("journeys.none"))
        put_table(
            ("#", "name", "steps", "", "opens", "expires", "URL"),
            (self._row(number, journey) for number, journey in enumerate(kept.journeys)),
        )
        return EXIT_OK

    def put(self, file: Annotated[OrStdin, Parameter(name="FILE")], /, *, at: At = _HERE) -> int:
        """Replace the desk's journeys.

        Parameters
        ----------
        file
            What `submit visit` reads: .json, .csv, a URL a line, or - for stdin.
        """
        batch = read_items(file, VISIT_COLUMNS, self._words)
        if batch.spec:
            raise UsageError(self._words("journeys.no_spec", path=file))
        with at.client(self._words) as client:
            try:
                kept = client.set_journeys(batch.items)
            except Invalid as refused:
                raise batch.with_lines(refused) from refused
        if at.json:
            put_json(kept)
        else:
            tell(self._words("journeys.kept", count=len(kept.journeys)))
        return EXIT_OK

    def export(self, *, out: Path | None = None, at: At = _HERE) -> int:
        """Write the desk's journeys as a JSON list.

        Parameters
        ----------
        out
            The file to write (else stdout).
        """
        with at.client(self._words) as client:
            kept = client.journeys().journeys
        listed = msgspec.to_builtins(kept)
        data = (json.dumps(listed, ensure_ascii=False, indent=2) + "\n").encode()
        if out is None:
            writer = TerminalText() if sys.stdout.isatty() else sys.stdout.buffer
            writer.write(data)
            return EXIT_OK
        try:
            out.write_bytes(data)
        except OSError as error:
            message = self._words("cannot_write", path=out, reason=error.strerror)
            raise UsageError(message) from error
        tell(self._words("exported", size=len(data), path=out))
        return EXIT_OK

    def start(
        self,
        *index: int,
        wait: Annotated[bool, Parameter(negative="")] = False,
        visit: Annotated[VisitOptions, Parameter(name="*")] = _VISIT,
        at: At = _HERE,
    ) -> int:
        """Start the desk's journeys, one after the other.

        Parameters
        ----------
        index
            Numbers of the journeys, as `journeys list` has them (else all).
        wait
            Follow them until they have ended.
        """
        options = visit.spec(self._words)
        generate = options.pop("without_path", None) == "generate"
        skip_completed = options.pop("skip_completed", False)
        with at.client(self._words) as client:
            made = client.start_journeys(
                index or None,
                auto_generate=generate,
                ignore_completed=not skip_completed,
                options=options,
            )
            return handed_over(client, made, at, self._words, wait=wait)

    def _row(self, number: int, journey: Journey) -> tuple[object, ...]:
        said = [
            self._words(f"journeys.{word}")
            for word in ("generated", "completed")
            if getattr(journey, word)
        ]
        return (
            number,
            clean(journey.name),
            None if journey.path is None else len(journey.path),
            ", ".join(said),
            clock(journey.not_before),
            clock(journey.expires_at),
            clean(journey.url),
        )
