"""`nightdesk agents demo`, and what `view` and `costs` show of it."""

from __future__ import annotations

import json

import pytest

from tests.support.agent_batches import results_in

OLD = {
    "summary": {"totalTasks": 2, "completedTasks": 1, "failedTasks": 1, "timeoutTasks": 0},
    "results": [
        {
            "taskIndex": 1,
            "task": {"dir": "", "first_prompt": "older \u001b[2J"},
            "duration": "3.20",
            "timestamp": "2025-01-01T00:00:00.000Z",
            "result": {"status": "error", "error": "away", "iterations": 0, "tokenStats": None},
        },
        {
            "taskIndex": 0,
            "task": {"dir": "", "first_prompt": "old"},
            "duration": "12.00",
            "timestamp": "2025-01-01T00:00:00.000Z",
            "result": {
                "status": "completed",
                "iterations": 2,
                "lastResponse": "y" * 300 + "\n\n检测信息：任务已完成",
                "lastEvaluation": "well done",
                "tokenStats": {
                    "totalTokens": 1_250_000,
                    "promptTokens": 1_000_000,
                    "completionTokens": 250_000,
                    "calls": 2,
                    "averageTokensPerCall": 625_000,
                },
            },
        },
    ],
}


def test_the_demo_needs_nothing_and_makes_what_it_says(agents, folder):
    ran = agents("demo")
    assert (ran.code, ran.err) == (0, "")
    place = folder / "nightdesk-agents-demo"
    assert "several tries" not in (place / "guess/guess.py").read_text()
    assert "<!doctype html>" in (place / "adder/index.html").read_text()
    summary = results_in(place)["summary"]
    assert summary["completedTasks"] == 3
    assert float(summary["costAnalysis"]["totalCost"]) > 0
    assert "✅ 3 tasks loaded" in ran.lines
    assert agents("demo", lang="zh_CN.UTF-8").lines[1] == "✅ 已加载 3 个任务"


def test_a_demo_where_nothing_can_be_written(agents, folder):
    (folder / "file").write_text("")
    ran = agents("demo", "--out", "file/below")
    assert (ran.code, "--out file/below: " in ran.err) == (2, True)


@pytest.fixture
def old(folder):
    """A file of an older program."""
    (folder / "batch_results.json").write_text(json.dumps(OLD))


def test_view_shows_files_of_older_programs(agents, old):
    ran = agents("view", "batch_results.json")
    assert ran.code == 0
    assert ran.lines == [
        "2 tasks: 1 completed, 1 failed, 0 not completed, 1,250,000 tokens, unknown",
        "",
        "Task 1: old",
        "✅ completed, rounds: 2, 12.00s, 1,250,000 tokens, unknown",
        "Last answer:",
        "  " + "y" * 200 + "...",
        "Last evaluation:",
        "  well done",
        "",
        "Task 2: older �[2J",
        "❌ error, rounds: 0, 3.20s, 0 tokens, unknown",
        "Error: away",
    ]


def test_view_and_costs_tell_what_unfinished_tasks_have_cost(agents, folder):
    unfinished = {"tasks": 1, "promptTokens": 1200, "completionTokens": 34, "calls": 3,
                  "totalCost": "0.0012"}  # fmt: skip
    summary = {"totalTasks": 2, "notRunTasks": 2, "unfinished": unfinished}
    (folder / "x.json").write_text(json.dumps({"summary": summary, "results": []}))
    said = "begun and not ended: 1 tasks, 1,234 tokens, 3 calls, $0.0012 besides"
    assert agents("view", "x.json").lines[1:] == ["⏩ Not run: 2 tasks", said]
    assert said in agents("costs", "x.json").lines
    summary["unfinished"] = {"tasks": "many"}
    (folder / "x.json").write_text(json.dumps({"summary": summary, "results": []}))
    assert len(agents("view", "x.json").lines) == 2


def test_view_of_one_task_has_all_of_it(agents, old):
    ran = agents("view", "--task", "1")
    assert "y" * 300 in ran.out
    ran = agents("view", "--task", "3")
    assert (ran.code, "has no task 3" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [("nonsense", "is no result file"), ("[]", "is no result file"), (None, "no such file")],
)
@pytest.mark.parametrize("command", ["view", "costs"])
def test_what_is_no_result_file(agents, folder, command, text, said):
    if text is not None:
        (folder / "x.json").write_text(text)
    ran = agents(command, "x.json")
    assert (ran.code, said in ran.err) == (2, True)


def test_costs_compare_the_models_of_the_contract(agents, old, folder):
    ran = agents("costs", "batch_results.json")
    assert ran.lines[1] == "1,250,000 tokens (input 1,000,000, output 250,000), 2 calls"
    assert [line.split("\t")[0] for line in ran.lines[3:]] == [
        "DeepSeek Chat",
        "GPT-4",
        "GPT-3.5 Turbo",
        "Claude 3 Opus",
        "Claude 3 Sonnet",
    ]
    (folder / "prices.json").write_text(
        '{"own": {"input_usd_per_mtok": "0.28", "output_usd_per_mtok": "0.42"}}'
    )
    ran = agents("costs", "--prices", "prices.json", "--model", "own", "--model", "nobody's")
    assert ran.lines[3] == "own\t$0.28\t$0.105\t$0.385\t"
    assert ran.lines[4] == "nobody's\tunknown\tunknown\tunknown\t"


def test_costs_without_any_file_lists_prices(agents):
    ran = agents("costs")
    assert (ran.code, ran.lines[0]) == (0, "US dollars per million tokens")
    assert agents("costs", "--prices", "none.json").code == 2


def test_costs_of_a_run_begin_with_what_was_paid(agents, folder, monkeypatch):
    agents("demo")
    monkeypatch.chdir(folder / "nightdesk-agents-demo")
    ran = agents("costs")
    total = results_in(folder / "nightdesk-agents-demo")["summary"]["costAnalysis"]["totalCost"]
    assert ran.lines[3].startswith("demo-small\t$")
    assert ran.lines[3].endswith(f"\t${total}\tpaid")
