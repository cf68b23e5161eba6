"""What the operator is told of: ends of jobs, of all desks. Pure; used by `actors.rules.outbox` and
by the session, which tells it.

Who reads it is not the desk's user. So a message has the job's name and its counts, and no link, no
address of an item and no error's words; and what it has of the user's is inert.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from state.notices import Notice

# What services make links, mentions and markup of, and the same to the eye. Full forms of ASCII's
# are so much further on.
_MARKUP = "@<>&*_~`[]()#|\\:/"
_INERT = str.maketrans({mark: chr(ord(mark) + 0xFEE0) for mark in _MARKUP})
_MAX_NAME_CHARS = 100
_WORRYING = frozenset({"failed", "partially_completed"})


class Operator(Struct, frozen=True):
    """Which targets are told, by id (their addresses are secret), and of which ends of jobs."""

    targets: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class Message(Struct, frozen=True):
    """What a target is told."""

    title: str
    body: str
    worrying: bool


def message(notice: Notice, desk: str) -> Message:
    """`desk` is what the logs call it."""
    data = notice.data
    name = inert(str(data["name"]))[:_MAX_NAME_CHARS] or "a job without a name"
    status = str(data["status"])
    counts = data["counts"]
    lines = [
        f"{counts['total']} items: {counts['ok']} ok, {counts['failed']} failed, "
        f"{counts['skipped']} skipped",
        _duration(data),
        f"Kind {inert(str(data['kind']))}, run {data['run']}, desk {desk}",
    ]
    title = f"Nightdesk: {name} {status.replace('_', ' ')}"
    return Message(title, "\n".join(lines), status in _WORRYING)


def inert(text: str) -> str:
    """In one line, and no markup, mention or link to any service."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()).translate(_INERT)


def _duration(data: dict[str, Any]) -> str:
    if data["started_at"] is None:
        return "It had not begun"
    taken = datetime.fromisoformat(data["ended_at"]) - datetime.fromisoformat(data["started_at"])
    minutes, seconds = divmod(max(0, round(taken.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return "Took " + (" ".join(f"{n} {unit}" for n, unit in parts if n) or "less than a second")
