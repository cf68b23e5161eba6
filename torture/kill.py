"""kill -9 of the real server under clients that do everything: nothing acknowledged is ever lost.

The experiment is the product's own `nightdesk.crashtest`, which users run on their disks; this
module only says how much of it, and turns its verdict into a row of the table.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from nightdesk.crashtest.judge import Figures
from nightdesk.crashtest.run import Report, run_experiment
from nightdesk.crashtest.settings import RESTART_LIMIT_S, Settings
from torture.verdict import Scale, Verdict, Violation

KILLS = 500
DESKS = 1_000
CLIENTS = 20
# Fewer desks and clients are laid for a small share: a part of a second is theirs there.
DESKS_LEAST = 60
CLIENTS_LEAST = 6
_SHORT_LOAD_S = (0.1, 0.6)
_FULL_LOAD_S = (0.2, 1.5)


def run(scale: Scale) -> Verdict:
    """Restart times are judged in the full run only: a share runs where other things run too."""
    full = scale.share == 1.0
    kept = Path(tempfile.mkdtemp(prefix="nightdesk-kill-"))
    settings = Settings(
        folder=kept,
        kills=scale.of(KILLS),
        clients=max(CLIENTS_LEAST, scale.of(CLIENTS)),
        desks=max(DESKS_LEAST, scale.of(DESKS)),
        seed=scale.seed,
        restart_limit_s=RESTART_LIMIT_S if full else None,
        load_s=_FULL_LOAD_S if full else _SHORT_LOAD_S,
    )
    report = run_experiment(settings, lambda progress: None)
    if report.folder is None:
        kept.rmdir()
    return _verdict(scale, settings, report)


def _verdict(scale: Scale, settings: Settings, report: Report) -> Verdict:
    figures = report.verdict.figures
    again = f"python -m torture kill --share {scale.share} --seed {scale.seed}"
    where = again if report.history is None else f"{again}   # its history: {report.history}"
    # Here a restart beyond the limit breaks the claim like anything else: the machine is known.
    slow = () if report.verdict.slow is None else (report.verdict.slow,)
    found = (*report.verdict.violations, *slow)
    return Verdict(
        experiment="kill",
        claim="a kill -9 loses nothing acknowledged and does nothing finished twice",
        ran=figures.kills,
        unit="kills",
        violations=tuple(Violation(f"{one.kind}: {one.what}", where) for one in found),
        facts=_facts(figures, settings),
    )


def _facts(figures: Figures, settings: Settings) -> dict[str, str]:
    def seconds(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f} s"

    broken = figures.broken
    return {
        "acknowledged": str(figures.acknowledged),
        "unknown": str(figures.unknown),
        "acknowledged lost": str(broken.get("lost", 0)),
        "items": str(figures.items),
        "missing": str(broken.get("missing", 0)),
        "twice": str(broken.get("twice", 0) + broken.get("done again", 0)),
        "re-run": f"{figures.rerun} of {figures.rerun_allowed} in flight",
        "revisions reused": str(broken.get("revision", 0)),
        f"back with {settings.desks} desks": (
            f"p50 {seconds(figures.restart_median_s)}, p95 {seconds(figures.restart_within_s)},"
            f" max {seconds(figures.restart_max_s)}"
        ),
    }
