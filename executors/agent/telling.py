"""What a desk hears of a task: how far it is, lines of its log, and the fields of its outcome.

Used by `executors.agent.run`.
"""

from __future__ import annotations

from typing import Any, assert_never

import trio

from actors.ports import ItemContext
from executors.agent.engine.news import (
    CallBegan,
    CallEnded,
    Judged,
    News,
    Resumed,
    RoundBegan,
    Shortened,
    Stopped,
    TextHeard,
    ToolUsed,
)
from executors.agent.engine.records import cost_text
from executors.agent.engine.results import TaskResult
from state.spending import Spend

SHOWN_CHARS = 4_000
# How often it is told how much of an answer has come: more often than anybody is shown it.
HEARD_S = 0.1

# How far a round is when its judge is asked.
_JUDGED = 0.8


class Teller:
    """Of one task. Written by `tell`."""

    def __init__(self, context: ItemContext, rounds: int) -> None:
        self._context = context
        self._rounds = rounds
        # Of this run: rounds that were begun before it do not count.
        self._first = 0
        self._round = 0
        # When it was last told that some of an answer has come.
        self._heard_at = -HEARD_S

    def tell(self, news: News) -> None:
        match news:
            case TextHeard():
                # By far the most of them, so it comes first.
                self._hear(news)
            case Resumed():
                calls = f"{news.calls} calls are not made again"
                self._first, self._round = news.first, news.round
                self._log("info", f"goes on in round {news.round}: {calls}")
            case RoundBegan():
                self._begin(news.round)
            case CallBegan(role="judge"):
                self._say("is judged", _JUDGED)
            case CallBegan():
                self._say("works", 0.0)
            case CallEnded():
                if news.error:
                    self._log("warning", f"round {news.round}: {news.error}")
            case ToolUsed():
                self._log("info", f"{news.name} {news.path}".strip() + _failed(ok=news.ok))
            case Shortened():
                self._log("warning", f"round {news.round}: older answers of tools were shortened")
            case Judged():
                self._log("info", f"round {news.round}: {_verdict(news)}")
            case Stopped():
                why = f" ({news.error})" if news.error else ""
                self._log("info", f"ended in round {news.round}: {news.stop}{why}")
            case _:
                assert_never(news)

    def _hear(self, heard: TextHeard) -> None:
        if (now := trio.current_time()) - self._heard_at < HEARD_S:
            return
        self._heard_at = now
        doing, share = ("is judged", _JUDGED) if heard.role == "judge" else ("works", 0.0)
        self._say(f"{doing}, {heard.chars:,} characters", share)

    def _begin(self, number: int) -> None:
        self._first = self._first or number
        self._round = number
        self._log("info", f"round {number} of {self._first - 1 + self._rounds} begins")
        self._say("works", 0.0)

    def _say(self, doing: str, share: float) -> None:
        begun = self._round - self._first
        self._context.progress(
            min(1.0, (begun + share) / self._rounds),
            f"round {self._round}: {doing}",
            done=begun,
            total=self._rounds,
        )

    def _log(self, level: str, message: str) -> None:
        self._context.log(level, message)


def _failed(*, ok: bool) -> str:
    return "" if ok else ": refused"


def _verdict(judged: Judged) -> str:
    if not judged.judged:
        return "could not be judged"
    score = "" if judged.score is None else f", {judged.score} of 100"
    best = ", the best so far" if judged.best else ""
    return f"{'done' if judged.done else 'not done'}{score}{best}"


def facts_of(result: TaskResult) -> dict[str, Any]:
    """The fields of the outcome: see docs/agents.md."""
    spend = result.spend
    return {
        "ended_as": result.status,
        "stop": result.stop,
        "iterations": result.iterations,
        "best_round": result.best_round,
        "score": result.score,
        "calls": spend.calls,
        "prompt_tokens": spend.prompt_tokens,
        "completion_tokens": spend.completion_tokens,
        "cost_usd": cost_text(spend),
        "last_response": result.last_response[:SHOWN_CHARS],
        "last_evaluation": result.last_evaluation[:SHOWN_CHARS],
        "models": {model: _spent(each) for model, each in result.spends.items()},
    }


def _spent(spend: Spend) -> dict[str, Any]:
    """What the calls of one model came to."""
    return {
        "calls": spend.calls,
        "prompt_tokens": spend.prompt_tokens,
        "completion_tokens": spend.completion_tokens,
        "cost_usd": cost_text(spend),
        "unpriced": spend.unpriced,
    }
