"""The command `crashtest`: the kill -9 experiment on the user's own disk, and its verdict in words.

Built by `nightdesk.cli.app`, which knows the words. Exit codes: 0 what was acknowledged held, 1 it
did not, or restarts were slower than the limit that was asked for, 2 the experiment could not be
run, 130 interrupted. The experiment itself is imported when it runs, so that
the other commands stay quick.
"""

from __future__ import annotations

import random
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from nightdesk.cli.terminal import clean, put, put_json, put_table, tell, tell_json
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.crashtest.settings import RESTART_LIMIT_S, Settings

if TYPE_CHECKING:
    from nightdesk.crashtest.judge import Figures, Verdict
    from nightdesk.crashtest.run import Interrupted, Progress, Report, Tell

EXIT_HELD = 0
EXIT_BROKEN = 1

_VIOLATIONS_SHOWN = 20
_STEP_PERCENT = 10
_SEEDS = 1_000_000


class CrashtestCommand:
    """Shows what the experiment says; the experiment itself is `nightdesk.crashtest`."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def crashtest(
        self,
        *,
        data: Annotated[Path, Parameter(name="--data")],
        kills: int = 200,
        clients: int = 20,
        desks: int = 1_000,
        seed: int | None = None,
        restart_limit_s: float | None = None,
        keep: bool = False,
        json: bool = False,
    ) -> int:
        """Kill a real server again and again under load, and check that nothing was lost.

        Parameters
        ----------
        data
            A new or empty folder on the disk to be tried; never a server's data folder.
        kills
            How often the server is killed.
        clients
            Clients that work meanwhile.
        desks
            Desks on disk.
        seed
            Repeats the choices of an earlier experiment.
        restart_limit_s
            How soon a desk must answer again, in 95 of 100 restarts: 2 s where it is not given.
            Slower is a warning; where it is given, exit code 1.
        keep
            Keep the server's folder and the history also where all held.
        json
            Print the verdict as JSON.
        """
        settings = Settings(
            folder=data,
            kills=kills,
            clients=clients,
            desks=desks,
            seed=random.randrange(_SEEDS) if seed is None else seed,
            restart_limit_s=RESTART_LIMIT_S if restart_limit_s is None else restart_limit_s,
            keep=keep,
        )
        report = self._report(settings, as_json=json)
        again = replay(settings, with_limit=restart_limit_s is not None)
        code = _exit_code(report.verdict, slow_breaks=restart_limit_s is not None)
        if json:
            put_json(_as_json(settings, report, again, code))
        else:
            self._show(settings, report, again)
        return code

    def _report(self, settings: Settings, *, as_json: bool) -> Report:
        """Run it. Raises UsageError; Interrupted, when that was told."""
        from nightdesk.crashtest.folder import CannotRun
        from nightdesk.crashtest.run import Interrupted, run_experiment
        from state.errors import StorageError

        try:
            with self._progress(shown=not as_json) as tell_progress:
                return run_experiment(settings, tell_progress)
        except (CannotRun, StorageError) as error:
            raise UsageError(str(error)) from error
        except Interrupted as cut_short:
            self._tell_interrupted(cut_short, as_json=as_json)
            raise

    # -------------------------------------------------------------------------- progress

    @contextmanager
    def _progress(self, *, shown: bool) -> Iterator[Tell]:
        if not shown:
            yield lambda progress: None
        elif sys.stderr.isatty():
            with self._bar() as tell_progress:
                yield tell_progress
        else:
            yield _Lines(self._words)

    @contextmanager
    def _bar(self) -> Iterator[Tell]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Bar(*columns, console=Console(stderr=True), expand=True, transient=True) as bar:
            row = bar.add_task("", total=None)

            def tell_progress(at: Progress) -> None:
                description = self._words(f"crashtest.{at.stage}")
                bar.update(row, description=description, total=at.of, completed=at.kills)

            yield tell_progress

    def _tell_interrupted(self, cut_short: Interrupted, *, as_json: bool) -> None:
        kept = None if cut_short.folder is None else clean(cut_short.folder)
        key = "crashtest.interrupted" if kept is None else "crashtest.interrupted_kept"
        message = self._words(key, kills=cut_short.kills, folder=kept)
        if as_json:
            details = {"kills": cut_short.kills, "folder": kept}
            error = {"code": "interrupted", "message": message, "details": details}
            tell_json({"error": error})
        else:
            tell(message)

    # --------------------------------------------------------------------------- verdict

    def _show(self, settings: Settings, report: Report, again: str) -> None:
        words = self._words
        put_table(
            (words("crashtest.what"), words("crashtest.count")),
            _rows(report.verdict.figures, settings, words),
        )
        for violation in report.verdict.violations[:_VIOLATIONS_SHOWN]:
            tell(f"{words('crashtest.kind.' + violation.kind)}: {violation.what}")
        hidden = len(report.verdict.violations) - _VIOLATIONS_SHOWN
        if hidden > 0:
            tell(words("more_errors", count=hidden))
        if report.history is not None:
            tell(words("crashtest.history", path=report.history))
        if report.verdict.held:
            put(words("crashtest.held", seed=settings.seed))
        else:
            put(words("crashtest.broken", command=again))
        self._show_restarts(settings, report.verdict)

    def _show_restarts(self, settings: Settings, verdict: Verdict) -> None:
        within_s, max_s = verdict.figures.restart_within_s, verdict.figures.restart_max_s
        if within_s is None or max_s is None:
            put(self._words("crashtest.untimed"))
            return
        put(
            self._words(
                "crashtest.in_time" if verdict.slow is None else "crashtest.slower",
                limit=f"{settings.restart_limit_s:g}",
                within=f"{within_s:.2f}",
                longest=f"{max_s:.2f}",
            )
        )


class _Lines:
    """Plain lines: each new stage, and every tenth of the kills."""

    def __init__(self, words: Words) -> None:
        self._words = words
        # Written by each call: what was said last.
        self._said: tuple[str, int] | None = None

    def __call__(self, at: Progress) -> None:
        say = (at.stage, 100 * at.kills // at.of // _STEP_PERCENT)
        if say != self._said:
            tell(f"{self._words('crashtest.' + at.stage)} {at.kills}/{at.of}")
        self._said = say


def replay(settings: Settings, *, with_limit: bool) -> str:
    """The command line that makes the same choices again; their timing is the machine's. The limit
    is in it where it was given: that makes slowness a failure."""
    judged = f" --restart-limit-s {settings.restart_limit_s:g}" if with_limit else ""
    return (
        f"nightdesk crashtest --kills {settings.kills} --clients {settings.clients}"
        f" --desks {settings.desks} --seed {settings.seed}{judged}"
        f" --data {shlex.quote(str(settings.folder))}"
    )


def _exit_code(verdict: Verdict, *, slow_breaks: bool) -> int:
    broken = not verdict.held or (slow_breaks and verdict.slow is not None)
    return EXIT_BROKEN if broken else EXIT_HELD


def _rows(figures: Figures, settings: Settings, words: Words) -> Iterator[tuple[str, object]]:
    broken = figures.broken
    yield words("crashtest.kills"), figures.kills
    yield words("crashtest.stops"), figures.stops
    yield words("crashtest.acknowledged"), figures.acknowledged
    yield words("crashtest.unknown"), figures.unknown
    yield words("crashtest.kind.lost"), broken.get("lost", 0)
    yield words("crashtest.items"), figures.items
    yield words("crashtest.kind.missing"), broken.get("missing", 0)
    yield words("crashtest.kind.twice"), broken.get("twice", 0)
    yield words("crashtest.rerun"), f"{figures.rerun} <= {figures.rerun_allowed}"
    yield words("crashtest.kind.done again"), broken.get("done again", 0)
    yield words("crashtest.kind.repeat"), broken.get("repeat", 0)
    yield words("crashtest.kind.revision"), broken.get("revision", 0)
    yield words("crashtest.kind.stuck"), broken.get("stuck", 0)
    yield words("crashtest.kind.workers"), broken.get("workers", 0)
    times = (figures.restart_median_s, figures.restart_within_s, figures.restart_max_s)
    shown = " / ".join("-" if seconds is None else f"{seconds:.2f} s" for seconds in times)
    yield words("crashtest.restart", desks=settings.desks), shown


def _as_json(settings: Settings, report: Report, again: str, code: int) -> dict[str, object]:
    return {
        "held": report.verdict.held,
        "slow": report.verdict.slow is not None,
        "restart_limit_s": settings.restart_limit_s,
        "seed": settings.seed,
        "figures": report.verdict.figures,
        "violations": report.verdict.violations,
        "history": None if report.history is None else str(report.history),
        "again": again,
        "exit_code": code,
    }
