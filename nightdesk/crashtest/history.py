"""What happened in one experiment, as plain values: calls, lives of the server, hits at the target.

Written by the tasks of `nightdesk.crashtest.run`, each by appending; read by the pure checks. Times
are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

Result = Literal["acked", "refused", "unknown"]

COMMANDS = ("create", "start", "pause", "resume", "cancel", "retry", "delete")
NEVER = float("inf")


class Shown(Struct, frozen=True):
    """A job as an answer showed it."""

    name: str
    id: str
    status: str
    total: int = 0
    ok: int = 0
    failed: int = 0
    skipped: int = 0
    revision: int = 0

    @property
    def done(self) -> int:
        return self.ok + self.failed + self.skipped


def shown_of(job: Mapping[str, Any]) -> Shown:
    """A job as the API writes it, or as its desk's file keeps it."""
    counts = job["counts"]
    return Shown(
        name=job["name"],
        id=job["id"],
        status=job["status"],
        total=counts["total"],
        ok=counts["ok"],
        failed=counts["failed"],
        skipped=counts["skipped"],
        revision=job.get("revision", 0),
    )


class Call(Struct, frozen=True, kw_only=True):
    """One request and what came of it. `job` is the job's name: an id may never be learnt.

    `unknown`: no answer, or one that does not say (5xx): it may or may not have been done, once.
    `shown` are the jobs of the answer, `items` (index, status) of a page of outcomes.
    """

    number: int
    client: int
    life: int
    desk: int
    action: str
    job: str = ""
    key: str = ""
    start: bool = False
    began: float
    ended: float
    result: Result
    code: str = ""
    revision: int = 0
    shown: tuple[Shown, ...] = ()
    items: tuple[tuple[int, str], ...] = ()


class Frame(Struct, frozen=True):
    """One change of status as a stream told it."""

    revision: int
    job_id: str
    old: str | None
    new: str | None


class Watch(Struct, frozen=True):
    """One stream, from its opening to its end."""

    client: int
    life: int
    desk: int
    frames: tuple[Frame, ...]


class Life(Struct, frozen=True):
    """One process of the server. `ready` is when a desk answered, if it came to that."""

    number: int
    began: float
    ended: float
    how: Literal["kill", "term"]
    ready: float | None = None


class Hit(Struct, frozen=True):
    """One request that reached the target, by a connection that the server of `life` made."""

    desk: int
    job: str
    index: int
    at: float
    life: int


class Batch(Struct, frozen=True, kw_only=True):
    """A job as it was asked for. `fates` are those of its items, by index.

    `status` is how it lay on disk before the first start, `done` the items that had ended then;
    "none" for a job that a client makes.
    """

    name: str
    desk: int
    fates: tuple[str, ...]
    concurrency: int
    retries: int = 0
    status: str = "none"
    done: tuple[int, ...] = ()


class Line(Struct, frozen=True):
    """One ending in a job's outcome file."""

    index: int
    run: int
    status: str


class Truth(Struct, frozen=True, kw_only=True):
    """What is there of a job at the end: in the desk's file, its outcome file, and the API."""

    name: str
    desk: int
    run: int
    shown: Shown
    lines: tuple[Line, ...]
    listed: tuple[tuple[int, str], ...]
    counted_on_disk: Shown


class Violation(Struct, frozen=True):
    """One broken promise. `kind` is counted in the verdict; `job` finds its part of the history."""

    kind: str
    what: str
    job: str = ""


@dataclass
class History:
    """Appended to by the experiment's tasks, between awaits."""

    batches: dict[str, Batch] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    # Seen by the experiment itself, not derived from the calls.
    observed: list[Violation] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(life.how == "kill" for life in self.lives)

    def death_of(self, life: int) -> float:
        """When that process was gone; a request to it could not be done later."""
        return self.lives[life].ended if life < len(self.lives) else NEVER
