"""Compares a history with what was promised: every check, one list of violations and the figures.

Pure; called by `nightdesk.crashtest.run` at the end, and by tests with histories made by hand.
"""

from __future__ import annotations

from collections import Counter
from math import ceil
from statistics import median

from msgspec import Struct

from nightdesk.crashtest.history import COMMANDS, History, Violation
from nightdesk.crashtest.items import forgotten, hit_after_shown, hits_of, reruns, wrong_counts
from nightdesk.crashtest.ledger import audit
from nightdesk.crashtest.linear import impossible
from nightdesk.crashtest.model import Step
from nightdesk.crashtest.revisions import wrong_revisions
from nightdesk.crashtest.sequences import first_state, other_answers, steps_of

# Which of the restarts count: one in twenty may be slowed by what else the machine does.
RESTARTS_WITHIN = 0.95
_NEVER_SAID = ("internal", "files_damaged")


class Figures(Struct, frozen=True, kw_only=True):
    """What the verdict says in numbers. Restart times in seconds, None without a restart."""

    kills: int
    stops: int
    acknowledged: int
    refused: int
    unknown: int
    looks: int
    jobs: int
    items: int
    rerun: int
    rerun_allowed: int
    restart_median_s: float | None
    restart_within_s: float | None
    restart_max_s: float | None
    broken: dict[str, int]


class Verdict(Struct, frozen=True):
    """What was acknowledged held where there are no violations. `slow` is none of them: restarts
    beyond the limit lose nothing, and may be the machine's."""

    figures: Figures
    violations: tuple[Violation, ...]
    slow: Violation | None = None

    @property
    def held(self) -> bool:
        return not self.violations


def judge(history: History, restart_limit_s: float | None) -> Verdict:
    """`restart_limit_s` None: how long restarts took is told, and not judged."""
    hits = hits_of(history)
    again = reruns(history, hits)
    restarts = sorted(life.ready - life.began for life in history.lives if life.ready is not None)
    violations = (
        *history.observed,
        *_lost(history),
        *_bugs(history),
        *other_answers(history),
        *wrong_revisions(history),
        *hit_after_shown(history, hits),
        *again.violations,
        *forgotten(history),
        *wrong_counts(history),
        *audit(history, hits),
    )
    commands = [call for call in history.calls if call.action in COMMANDS]
    told = Counter(call.result for call in commands)
    how = Counter(life.how for life in history.lives)
    figures = Figures(
        kills=how["kill"],
        stops=how["term"],
        acknowledged=told["acked"],
        refused=told["refused"],
        unknown=told["unknown"],
        looks=len(history.calls) - len(commands),
        jobs=len(history.truths),
        items=sum(truth.shown.total for truth in history.truths),
        rerun=again.items,
        rerun_allowed=again.allowed,
        restart_median_s=median(restarts) if restarts else None,
        restart_within_s=_within(restarts),
        restart_max_s=restarts[-1] if restarts else None,
        broken=dict(Counter(violation.kind for violation in violations)),
    )
    return Verdict(figures, violations, _slow(restarts, restart_limit_s))


def _lost(history: History) -> list[Violation]:
    """Jobs that no order of what was asked explains: something acknowledged was lost."""
    found = []
    for name, steps in steps_of(history).items():
        step = impossible(steps, history.lives, first_state(history, name))
        if step is not None:
            found.append(Violation("lost", f"{name}: {_said(step)} cannot be", name))
    return found


def _bugs(history: History) -> list[Violation]:
    """No command and no kill brings the server to an internal error, or damages a file."""
    return [
        Violation("stuck", f"call {call.number} ({call.action}) was answered {call.code}", call.job)
        for call in history.calls
        if call.code in _NEVER_SAID
    ]


def _said(step: Step) -> str:
    answer = step.code or (step.status or "not there")
    return f"the answer to call {step.number} ({step.action}: {answer})"


def _within(restarts: list[float]) -> float | None:
    """How long so many of them took at most; of a few, the slowest."""
    return restarts[ceil(RESTARTS_WITHIN * len(restarts)) - 1] if restarts else None


def _slow(restarts: list[float], limit_s: float | None) -> Violation | None:
    within = _within(restarts)
    if limit_s is None or within is None or within <= limit_s:
        return None
    part = f"{RESTARTS_WITHIN:.0%} of the restarts"
    return Violation("slow", f"{part} took up to {within:.2f} s: the limit is {limit_s:g} s")
