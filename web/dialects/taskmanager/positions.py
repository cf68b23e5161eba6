"""Up to where a socket was told the logs of its desk's tasks, and which go on from there. Pure; one
a socket, owned by `talk`.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from actors.messages import JobView
from state.model import TERMINAL, Job


class Position(Struct, frozen=True):
    """An offset in a log; of what follows, lines that are older than `since` are not told."""

    offset: int
    since: float = 0.0


def has_lines(job: Job) -> bool:
    """Its log may hold something: it has begun at least once. Thousands may wait that have not."""
    return job.started_at is not None


class Positions:
    """`began_at` is since when the socket listens: what ended tasks have said before is not told
    where they are begun again."""

    def __init__(self, began_at: float) -> None:
        self._began_at = began_at
        # Both are written by whoever has the socket's turn. Where each log goes on that was told of
        # at all; the tasks, in order, whose logs may have more than that.
        self._places: dict[str, Position] = {}
        self._behind: dict[str, None] = {}

    def knows(self, task: str) -> bool:
        return task in self._places

    def of(self, view: JobView) -> Position:
        """Where its log goes on. That of a task which was begun since is told from its beginning,
        of one that was begun again from where the socket began to listen."""
        job = view.job
        if job.id in self._places:
            return self._places[job.id]
        return Position(0, self._began_at if job.run > 1 else 0.0)

    def changed(self, view: JobView) -> None:
        """Its log may have more. That of a task which had ended before, and has not been begun
        again, has not."""
        job = view.job
        over = job.status in TERMINAL and view.live is None
        is_old = over and (job.ended_at or 0.0) < self._began_at
        if has_lines(job) and not (is_old and job.id not in self._places):
            self._behind[job.id] = None

    def moved(self, task: str, place: Position, *, more: bool) -> None:
        """It was told up to there, which is not the end where there is `more`."""
        self._places[task] = place
        if not more:
            self._behind.pop(task, None)

    def caught_up(self, task: str) -> None:
        """There is no more for now."""
        self._behind.pop(task, None)

    def again(self) -> None:
        """Any log that was told of may have more."""
        self._behind.update(dict.fromkeys(self._places))

    def keep(self, tasks: Collection[str]) -> None:
        """Forget all others: they are gone."""
        for task in self._places.keys() - tasks:
            del self._places[task]
        for task in self._behind.keys() - tasks:
            del self._behind[task]

    def behind(self, followed: frozenset[str]) -> list[str]:
        """Those of the tasks that are followed (none named: of all) whose logs may have more."""
        return [task for task in self._behind if not followed or task in followed]
