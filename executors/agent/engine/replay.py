"""From the pieces of a transcript to how its task stands. Pure.

Used by `executors.agent.engine.task` where a task goes on, and by the command line for what was
broken off.
"""

from __future__ import annotations

from collections.abc import Sequence

from executors.agent.engine.records import (
    Begin,
    Restored,
    Tool,
    TranscriptBroken,
    Verdict,
    read_pieces,
)
from executors.agent.engine.results import TaskResult
from executors.agent.engine.state import State, Unfit
from executors.agent.ports import Change


class Files:
    """What a folder must be given to be as the records say. Each map has the last change of each
    path: up to the best round, from there on, and where the end put it back. Written by the one
    `replay` that makes it."""

    def __init__(self) -> None:
        self.to_best: dict[str, Change] = {}
        self.since_best: dict[str, Change] = {}
        self.restored: dict[str, Change] = {}

    def begin(self) -> None:
        """A run goes on from the last files, not from those that were put back."""
        self.restored.clear()

    def use(self, record: Tool) -> None:
        for change in record.changes:
            self.since_best[change.path] = change
        self._leave(record.hidden)

    def judge(self, verdict: Verdict) -> None:
        if verdict.best:
            self.to_best.update(self.since_best)
            self.since_best.clear()

    def end(self, record: Restored) -> None:
        self.restored = {change.path: change for change in record.changes}
        self._leave(record.hidden)

    def at_best(self) -> list[Change]:
        """What makes a folder, as it was before the task, that of the best round."""
        return _ordered(self.to_best)

    def after_best(self) -> list[Change]:
        """What comes on top, so that it is as the task was left."""
        return _ordered(self.since_best)

    def at_the_end(self) -> list[Change]:
        """All of them, as the end has left them."""
        return _ordered({**self.to_best, **self.since_best, **self.restored})

    def _leave(self, hidden: Sequence[str]) -> None:
        """What a secret was taken out of is left as it is on disk."""
        for path in hidden:
            for changes in (self.to_best, self.since_best, self.restored):
                changes.pop(path, None)


def _ordered(changes: dict[str, Change]) -> list[Change]:
    """What goes makes room for what comes: a file may take the name of a folder."""
    return sorted(changes.values(), key=lambda each: (each.text, each.base64) != (None, None))


def replay(pieces: Sequence[bytes]) -> tuple[State, Files]:
    """Raises TranscriptBroken."""
    state, files = State(), Files()
    for record in read_pieces(pieces):
        try:
            state.add(record)
        except Unfit as error:
            raise TranscriptBroken(str(error)) from None
        match record:
            case Begin():
                files.begin()
            case Tool():
                files.use(record)
            case Verdict():
                files.judge(record)
            case Restored():
                files.end(record)
            case _:
                pass
    return state, files


def broken_off(pieces: Sequence[bytes], error: str) -> TaskResult:
    """What there is of a task that could not go on, for the reason given. Raises
    TranscriptBroken."""
    state, _ = replay(pieces)
    return result_of(state, error)


def result_of(state: State, error: str = "") -> TaskResult:
    end = state.ended
    return TaskResult(
        status=end.status if end else "error",
        stop=end.stop if end else "error",
        iterations=state.begun,
        best_round=state.best_round,
        score=state.best_score,
        spend=state.spend,
        last_response=state.last_response,
        last_evaluation=state.last_evaluation,
        error=end.error if end else error,
        spends=dict(state.spends),
        roles=dict(state.roles),
    )
