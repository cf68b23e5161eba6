"""The operator's command `doctor`: runs `state.doctor` over a data folder and shows what it found.

Codes: 0 nothing above a note, 1 something that is not repaired, 2 it could not be checked.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from nightdesk.cli.terminal import clean, clock, put, put_json, put_table
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.config import SAMPLE_SITE_FILE, Config

if TYPE_CHECKING:
    from state.doctor.examine import Progress, Report
    from state.doctor.findings import Finding

EXIT_OK = 0
EXIT_FINDINGS = 1

# The shape of the JSON that `--json` prints.
JSON_FORMAT = 1

_DESK_LETTERS = 8  # of the hash, as logs have them; paths have all of it, to be used as they are
_NO_DESK = "-"


def doctor_command(words: Words) -> Callable[..., int]:
    """The command, in the language of these words."""

    def doctor(
        *,
        data: Path = Path("data"),
        repair: Annotated[bool, Parameter(negative="")] = False,
        json: Annotated[bool, Parameter(negative="")] = False,
    ) -> int:
        """Check a data folder.

        Parameters
        ----------
        data
            The server's data folder.
        repair
            Repair what can be repaired; the server must be stopped.
        json
            One JSON object for programs instead of text for people.
        """
        shown = _Shown(words, data, repair=repair)
        with nullcontext(None) if json else _bar(words) as progress:
            live, free_bytes, report = _examined(words, data, repair, progress)
        code = EXIT_FINDINGS if report.needs_attention else EXIT_OK
        if json:
            put_json(shown.as_json(report, live=live, free_bytes=free_bytes, code=code))
        else:
            shown.put_all(report, live=live)
        return code

    return doctor


def _examined(
    words: Words, data: Path, repair: bool, progress: Progress | None
) -> tuple[bool, int, Report]:
    """(whether a server is at work there, free bytes, the report). Raises UsageError."""
    from state.errors import DataFolderLocked, NotADataFolder
    from state.lock import DataLock

    if not data.is_dir():
        raise UsageError(words("doctor.no_folder", path=data))
    if repair and data.stat().st_uid != os.geteuid():
        # What is written would be that account's, and the server could not read it.
        raise UsageError(words("doctor.owner", path=data))
    try:
        _check_is_data_folder(data)
        with DataLock(data) if repair else nullcontext():
            return _looked_at(data, repair, progress)
    except DataFolderLocked as error:
        raise UsageError(words("doctor.locked", path=data)) from error
    except (NotADataFolder, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(words("doctor.cannot", path=data, reason=reason or error)) from error


def _check_is_data_folder(data: Path) -> None:
    """Before the lock is taken, which would leave a file there."""
    from state.doctor.examine import check_is_data_folder
    from state.files import RealFiles

    check_is_data_folder(RealFiles(), data)


def _looked_at(data: Path, repair: bool, progress: Progress | None) -> tuple[bool, int, Report]:
    from state.doctor.examine import Orders, examine
    from state.files import RealFiles
    from state.lock import is_locked

    disk = os.statvfs(data)
    free_bytes = disk.f_bavail * disk.f_frsize

    def look(live: bool) -> Report:
        orders = Orders(
            repair=repair,
            live=live,
            max_log_bytes=Config().max_log_bytes,
            free_bytes=free_bytes,
            known=frozenset({SAMPLE_SITE_FILE}),
            now=time.time,
            progress=progress,
        )
        return examine(RealFiles(), data, orders)

    live = not repair and is_locked(data)
    report = look(live)
    if not repair and not live and is_locked(data):
        # A server was started meanwhile: what was half-done may have been its work.
        live, report = True, look(live=True)
    return live, free_bytes, report


@contextmanager
def _bar(words: Words) -> Iterator[Progress | None]:
    """How far it is, on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task(words("doctor.progress"), total=None)
        yield lambda done, total: bar.update(row, completed=done, total=total)


class _Shown:
    """How a report is shown."""

    def __init__(self, words: Words, data: Path, *, repair: bool) -> None:
        self._words = words
        self._data = data
        self._repair = repair

    def as_json(self, report: Report, *, live: bool, free_bytes: int, code: int) -> dict[str, Any]:
        """The object of `docs/doctor.md`."""
        kept = report.quarantine
        return {
            "format": JSON_FORMAT,
            "data": str(self._data),
            "live": live,
            "repair": self._repair,
            "complete": report.complete,
            "checked": report.checked,
            "free_bytes": free_bytes,
            "quarantine": {
                "entries": kept.entries,
                "size_bytes": kept.size_bytes,
                "oldest_at": _time(kept.oldest_at),
            },
            "summary": _summary(report.findings),
            "findings": report.findings,
            "exit_code": code,
        }

    def put_all(self, report: Report, *, live: bool) -> None:
        """All of it on stdout: the table, what its codes mean, the sums."""
        words, found = self._words, sorted(report.findings, key=_by_desk)
        heads = ("desk", "severity", "code", "path", "what")
        if found:
            rows = [self._row(finding) for finding in found]
            put_table([words(f"doctor.{head}") for head in heads], rows, heads_always=True)
            put("")
        for code in dict.fromkeys(finding.code for finding in found):
            put(self._meaning(code, found))
        if live:
            put(words("doctor.live", path=clean(self._data)))
        if not report.complete:
            put(words("doctor.incomplete"))
        self._put_sums(report)

    def _row(self, finding: Finding) -> tuple[str, ...]:
        severity = "repaired" if finding.repaired else finding.severity
        what = finding.what if finding.said is None else f"{finding.what}; {finding.said}"
        desk = _NO_DESK if finding.desk is None else finding.desk[:_DESK_LETTERS]
        return (desk, self._words(f"doctor.{severity}"), finding.code, finding.path, what)

    def _meaning(self, code: str, found: list[Finding]) -> str:
        one = next(finding for finding in found if finding.code == code)
        means, remedy = one.means, one.remedy
        if self._words.language == "zh":
            from nightdesk.cli.doctor_zh import CODES_CHINESE

            means, remedy = CODES_CHINESE[code]
        return self._words("doctor.meaning", code=code, means=means, remedy=remedy)

    def _put_sums(self, report: Report) -> None:
        words, checked, kept = self._words, report.checked, report.quarantine
        if kept.entries:
            since = clock(_time(kept.oldest_at))
            put(words("doctor.quarantine", entries=kept.entries, size=kept.size_bytes, since=since))
        put(
            words(
                "doctor.checked",
                desks=checked.desks,
                jobs=checked.jobs,
                items=checked.items,
                outcomes=checked.outcomes,
                size=checked.size_bytes,
            )
        )
        found = report.findings
        put(words("doctor.summary", **_summary(found)) if found else words("doctor.well"))
        repairable = sum(1 for x in found if x.repairable and not x.repaired)
        if repairable and not self._repair:
            put(words("doctor.repairable", count=repairable))


def _summary(found: list[Finding]) -> dict[str, int]:
    """How many of each severity there are that are not repaired, and how many that are."""
    counted = Counter(finding.severity.value for finding in found if not finding.repaired)
    sums = {name: counted[name] for name in ("error", "warning", "note")}
    return {**sums, "repaired": sum(1 for finding in found if finding.repaired)}


def _by_desk(finding: Finding) -> tuple[str, int, str]:
    order = ("error", "warning", "note").index(finding.severity)
    return (finding.desk or "", order, finding.path)


def _time(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
