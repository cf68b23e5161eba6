"""What a desk promises about one job, written independently of `actors.rules`: a small automaton.

A step is a command or a look, with its answer; `after` says where it can have led. Used by
`nightdesk.crashtest.linear`.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from nightdesk.crashtest.history import Result

NONE = "none"
GONE = "gone"
# Running when its server ended: the next one shows it as it was read, then queues it again.
INTERRUPTED = "interrupted"
LOOK = "look"

_ENDED = frozenset({"completed", "partially_completed", "failed"})
_EXISTS = _ENDED | {"pending", "queued", "running", "paused", "cancelled"}

# Command -> where it may be given, and what its answer must say of the job.
_TABLE: dict[str, tuple[frozenset[str], str]] = {
    "create": (frozenset({NONE}), "pending"),
    "create and start": (frozenset({NONE}), "queued"),
    "start": (frozenset({"pending"}), "queued"),
    "pause": (frozenset({"queued", "running"}), "paused"),
    "resume": (frozenset({"paused"}), "queued"),
    "cancel": (frozenset({"pending", "queued", "running", "paused"}), "cancelled"),
    "retry": (frozenset({"partially_completed", "failed", "cancelled"}), "queued"),
    "delete": (_EXISTS, GONE),
}
# What a job does by itself.
_MOVES = {
    INTERRUPTED: frozenset({"queued"}),
    "queued": frozenset({"running"}),
    "running": _ENDED,
}
# A job whose items are all done has nothing to retry: its status alone does not say.
_MAYBE_NOTHING_TO_RETRY = frozenset({"completed", "cancelled"})


class Step(Struct, frozen=True, kw_only=True):
    """`status` is what the answer said of the job; None: that there is none."""

    number: int
    life: int
    action: str
    began: float
    ended: float
    result: Result
    code: str = ""
    status: str | None = None


def by_itself(states: Iterable[str]) -> frozenset[str]:
    """The states and all that they may have become without anybody's doing."""
    found = set(states)
    for state, moves in _MOVES.items():
        if state in found:
            found |= moves
    return frozenset(found)


def crashed(state: str) -> str:
    """What the server's end makes of it: an interruption is no failure."""
    return INTERRUPTED if state == "running" else state


def after(step: Step, state: str) -> str | None:
    """Where `step` leads from `state`; None where its answer cannot be true there.

    An unknown command is asked for here only where it was done.
    """
    if step.action == LOOK:
        return state if _as_seen(state) == step.status else None
    allowed, becomes = _TABLE[step.action]
    if step.result == "refused":
        return state if _may_refuse(step, state, allowed) else None
    if state not in allowed:
        return None
    if step.result == "acked" and step.status != _as_seen(becomes):
        return None
    return becomes


def _as_seen(state: str) -> str | None:
    if state == INTERRUPTED:
        return "running"
    return None if state in (NONE, GONE) else state


def _may_refuse(step: Step, state: str, allowed: frozenset[str]) -> bool:
    match step.code:
        case "not_found":
            return state in (NONE, GONE)
        case "job_deleted":
            return state == GONE
        case "invalid_status":
            nothing = step.action == "retry" and state in _MAYBE_NOTHING_TO_RETRY
            return state in _EXISTS and (state not in allowed or nothing)
        case _:
            return True
