"""The shape of result files, which the desk and the command line share."""

from __future__ import annotations

import pytest

from executors.agent.engine.results import TaskResult
from executors.agent.engine.summary import (
    DONE_MARK,
    doubtful_calls,
    entry_of,
    result_of,
    seconds_text,
    summary_of,
    token_stats,
    tokens_a_call,
)
from state.spending import NO_SPEND, Spend

SPEND = Spend(calls=2, prompt_tokens=4, completion_tokens=1, picousd=5, unpriced=1, counted=2)
AT = "2026-11-23T04:00:00.000Z"


def summary(statuses, **rest):
    said = {"concurrent": 3, "timestamp": AT, "duration_s": 1.0, "spend": SPEND, "costs": {}}
    return summary_of(4, statuses, **{**said, **rest})


def result(status, **said):
    ended = TaskResult(status=status, stop="done", **said)
    return result_of(ended, status=status, spend=SPEND, error="", cost="unknown")


@pytest.mark.parametrize(
    ("tokens", "calls", "average"),
    [(0, 0, 0), (5, 2, 3), (7, 3, 2), (8, 3, 3), (1, 4, 0), (15234, 25, 609)],
)
def test_the_average_of_a_call_is_rounded_as_people_do(tokens, calls, average):
    assert tokens_a_call(Spend(calls=calls, prompt_tokens=tokens)) == average


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.00"), (12.346, "12.35"), (180.0, "180.00"), (-3.0, "0.00")]
)
def test_durations_have_two_decimals_and_are_never_negative(seconds, text):
    assert seconds_text(seconds) == text


def test_only_what_is_completed_ends_in_the_mark():
    assert result("completed", last_response="Done.")["lastResponse"] == f"Done.{DONE_MARK}"
    assert result("completed")["lastResponse"] == DONE_MARK
    assert result("timeout", last_response="Half.")["lastResponse"] == "Half."


def test_no_score_is_the_number_nothing():
    assert result("error", score=None)["score"] == 0
    assert result("completed", score=100)["score"] == 100


def test_tasks_that_have_not_ended_are_not_run():
    counted = summary(["completed", "error", "timeout"])
    names = ("totalTasks", "completedTasks", "failedTasks", "timeoutTasks", "notRunTasks")
    assert [counted[name] for name in names] == [4, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("concurrent", "mode", "at_once"), [(None, "serial", 1), (1, "parallel", 1), (3, "parallel", 3)]
)
def test_one_after_the_other_is_another_mode_than_one_at_once(concurrent, mode, at_once):
    counted = summary([], concurrent=concurrent)
    assert (counted["mode"], counted["maxConcurrent"]) == (mode, at_once)


def test_tokens_are_told_as_viewers_read_them():
    stats = {"totalTokens": 5, "promptTokens": 4, "completionTokens": 1, "calls": 2}
    assert token_stats(SPEND) == summary([])["totalTokenStats"] == stats
    assert result("error")["tokenStats"] == {**stats, "averageTokensPerCall": 3}
    assert set(token_stats(NO_SPEND).values()) == {0}
    assert doubtful_calls(SPEND) == {"unpricedCalls": 1, "countedCalls": 2}


def test_fields_are_in_the_order_of_the_older_programs():
    entry = entry_of(7, {"dir": ""}, timestamp=AT, duration_s=1.5, result=result("error"))
    assert list(entry) == ["taskIndex", "task", "duration", "timestamp", "result"]
    assert list(entry["result"])[:6] == [
        "status",
        "iterations",
        "tokenStats",
        "lastResponse",
        "lastEvaluation",
        "error",
    ]
    assert list(summary([]))[:8] == [
        "totalTasks",
        "completedTasks",
        "failedTasks",
        "timeoutTasks",
        "maxConcurrent",
        "timestamp",
        "totalTokenStats",
        "costAnalysis",
    ]
