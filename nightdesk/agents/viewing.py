"""Reads result files again, of this program and of the older ones, for people.

Used by the `view` and `costs` commands. A file is somebody's, so its shape is held loosely where
older programs were loose (`tokenStats` null, fields missing), and texts are made inert by whoever
shows them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from nightdesk.agents.report import PARALLEL_FILE, SERIAL_FILE, TEST_FILE
from state.spending import SPEND_MAX, Spend, total_of

MAX_BYTES = 512 * 1024 * 1024
FILES = (PARALLEL_FILE, SERIAL_FILE, TEST_FILE)


class BadResults(Exception):
    """This is no result file; the message says why."""


class Tokens(Struct, frozen=True):
    """Of a task, or of all. What is absurd is read as nothing."""

    promptTokens: Any = 0
    completionTokens: Any = 0
    calls: Any = 0

    @property
    def spend(self) -> Spend:
        return Spend(_count(self.calls), _count(self.promptTokens), _count(self.completionTokens))


class Model(Tokens, frozen=True):
    """Of the analysis of costs."""

    model: str = ""
    inputCost: str = ""
    outputCost: str = ""
    totalCost: str = ""


class CostAnalysis(Struct, frozen=True):
    """What only our own files have in this shape."""

    totalCost: str = ""
    models: tuple[Model, ...] = ()


class Unfinished(Model, frozen=True):
    """What was paid for tasks that had not ended: in no sum."""

    tasks: Any = 0


class Summary(Struct, frozen=True):
    """The head of the file."""

    totalTasks: int = 0
    completedTasks: int = 0
    failedTasks: int = 0
    timeoutTasks: int = 0
    notRunTasks: Any = 0
    totalTokenStats: Tokens | None = None
    costAnalysis: Any = None
    unfinished: Any = None

    @property
    def not_run(self) -> int:
        return _count(self.notRunTasks)

    @property
    def left(self) -> Unfinished | None:
        """None where nothing was paid for a task that had not ended."""
        try:
            found = msgspec.convert(self.unfinished or {}, Unfinished)
        except msgspec.ValidationError:
            return None
        return found if _count(found.tasks) else None

    @property
    def costs(self) -> CostAnalysis:
        try:
            return msgspec.convert(self.costAnalysis or {}, CostAnalysis)
        except msgspec.ValidationError:
            return CostAnalysis()


class TaskNamed(Struct, frozen=True):
    """The task as its file has it, where that was sound."""

    dir: Any = ""
    first_prompt: Any = ""


class Result(Struct, frozen=True):
    """What became of a task."""

    status: str = ""
    iterations: int = 0
    tokenStats: Tokens | None = None
    lastResponse: str | None = ""
    lastEvaluation: str | None = ""
    error: str | None = ""
    cost: str = ""

    @property
    def spend(self) -> Spend:
        return self.tokenStats.spend if self.tokenStats is not None else Spend()


class Entry(Struct, frozen=True):
    """One of the results."""

    taskIndex: int
    result: Result
    task: TaskNamed = TaskNamed()
    duration: str = ""


class ResultFile(Struct, frozen=True):
    """A result file."""

    summary: Summary
    results: tuple[Entry, ...]

    @property
    def spend(self) -> Spend:
        """Of all tasks, as its head says, or else as they say themselves."""
        stats = self.summary.totalTokenStats
        if stats is not None:
            return stats.spend
        return total_of([each.result.spend for each in self.results])


def read_results(path: Path) -> ResultFile:
    """Raises FileNotFoundError, OSError, BadResults."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadResults(f"it is larger than {MAX_BYTES:,} bytes")
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=ResultFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadResults(str(error)) from None


def result_files(folder: Path) -> list[Path]:
    """Those there are, the newest first."""
    found = [folder / name for name in FILES if (folder / name).is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value <= SPEND_MAX else 0
