"""What a batch has come to, in the shape that viewers of the older programs read. Pure.

Used by `web.agents.results` for a job of the desk, and by `nightdesk.agents.report` for the command
line. Numbers are never null. Money comes as text, from those who know the prices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from state.spending import Spend

# What those viewers look for at the end of the answer to a task that is done.
DONE_MARK = "\n\n检测信息：任务已完成"
COMPLETED, TIMED_OUT, ERROR = "completed", "timeout", "error"


class Said(Protocol):
    """What a task that has ended says of itself, as a `TaskResult` does."""

    @property
    def iterations(self) -> int: ...
    @property
    def stop(self) -> str: ...
    @property
    def best_round(self) -> int: ...
    @property
    def score(self) -> int | None: ...
    @property
    def last_response(self) -> str: ...
    @property
    def last_evaluation(self) -> str: ...


def summary_of(
    tasks: int,
    statuses: Sequence[str],
    *,
    concurrent: int | None,
    timestamp: str,
    duration_s: float,
    spend: Spend,
    costs: Mapping[str, Any],
) -> dict[str, Any]:
    """Of a batch of so many tasks. `statuses` are of those that have ended, `costs` is its
    `costAnalysis`, and `concurrent` is None where they are done one after the other."""
    return {
        "totalTasks": tasks,
        "completedTasks": statuses.count(COMPLETED),
        "failedTasks": statuses.count(ERROR),
        "timeoutTasks": statuses.count(TIMED_OUT),
        "maxConcurrent": concurrent or 1,
        "timestamp": timestamp,
        "totalTokenStats": token_stats(spend),
        "costAnalysis": costs,
        "mode": "serial" if concurrent is None else "parallel",
        "duration": seconds_text(duration_s),
        "notRunTasks": tasks - len(statuses),
    }


def entry_of(
    index: int,
    task: Mapping[str, Any],
    *,
    timestamp: str,
    duration_s: float,
    result: Mapping[str, Any],
) -> dict[str, Any]:
    """Of one task that has ended, and what it was to do. See `result_of`."""
    return {
        "taskIndex": index,
        "task": task,
        "duration": seconds_text(duration_s),
        "timestamp": timestamp,
        "result": result,
    }


def result_of(said: Said, *, status: str, spend: Spend, error: str, cost: str) -> dict[str, Any]:
    return {
        "status": status,
        "iterations": said.iterations,
        "tokenStats": {**token_stats(spend), "averageTokensPerCall": tokens_a_call(spend)},
        "lastResponse": said.last_response + (DONE_MARK if status == COMPLETED else ""),
        "lastEvaluation": said.last_evaluation,
        "error": error,
        "stop": said.stop,
        "bestRound": said.best_round,
        "score": said.score or 0,
        "cost": cost,
    }


def token_stats(spend: Spend) -> dict[str, int]:
    return {
        "totalTokens": spend.tokens,
        "promptTokens": spend.prompt_tokens,
        "completionTokens": spend.completion_tokens,
        "calls": spend.calls,
    }


def doubtful_calls(spend: Spend) -> dict[str, int]:
    """In `costAnalysis`: whose price nobody knows, and whose tokens were counted here."""
    return {"unpricedCalls": spend.unpriced, "countedCalls": spend.counted}


def tokens_a_call(spend: Spend) -> int:
    """Rounded as people do."""
    return (2 * spend.tokens + spend.calls) // (2 * spend.calls) if spend.calls else 0


def seconds_text(duration_s: float) -> str:
    """`12.34`; a clock that was set back makes it no less than nothing."""
    return f"{max(0.0, duration_s):.2f}"
