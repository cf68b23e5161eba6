"""Endpoints that refuse, are away or storm, and budgets: what the batch does, and what it costs."""

from __future__ import annotations

import json
import re
import socket

import pytest

from nightdesk.agents import workshop
from nightdesk.agents.batch import AWAY_MAX
from nightdesk.demo_model.endpoint import Manner
from nightdesk.demo_model.script import Round, Say, Script, Trouble, Use, settled, writes
from tests.support.agent_batches import KEY, MODEL, results_in, scripted, served

PRICES = '{"demo-small": {"input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}}'


@pytest.fixture
def quick(monkeypatch):
    """Tries follow each other at once: what is waited for is tested with the model's client."""
    monkeypatch.setattr(workshop, "TIMING", workshop.Timing(backoff_s=0.001, backoff_max_s=0.002))


def ten(tasks, **more):
    tasks(*(scripted("go", settled(1, **more), f"n{number}") for number in range(10)))


def test_a_key_that_is_refused_stops_the_batch_at_once(agents, tasks, folder):
    ten(tasks)
    with served(Manner(keys=("another-key",))) as endpoint:
        ran = agents("run", "--mode", "serial", "--lang", "en", at=endpoint)
        assert (ran.code, endpoint.requests) == (1, 1)
        assert "stopped: " in ran.err
        assert "--resume" in ran.err
        assert "⏹️ The run was broken off!" in ran.out
        assert KEY not in ran.out + ran.err
        summary = results_in(folder, "batch_results.json")["summary"]
        assert (summary["failedTasks"], summary["notRunTasks"]) == (1, 9)
        assert "refused" in summary["stopped"] or "401" in summary["stopped"]
    with served(Manner(keys=(KEY,))) as endpoint:
        assert agents("run", "--mode", "serial", "--rest-s", "0", "--resume", at=endpoint).code == 0


def test_side_by_side_a_refused_key_costs_no_more_calls_than_were_in_flight(agents, tasks):
    ten(tasks)
    with served(Manner(keys=("another-key",), latency_s=0.05)) as endpoint:
        assert agents("run", at=endpoint).code == 1
        assert endpoint.requests <= 3


def test_a_model_that_is_unknown_stops_it_too(agents, tasks):
    ten(tasks)
    with served(Manner(models=("other",))) as endpoint:
        ran = agents("run", "--mode", "serial", at=endpoint)
        assert (ran.code, endpoint.requests) == (1, 1)
        assert MODEL in ran.err


def test_an_endpoint_that_is_down_is_not_asked_for_each_of_ten_tasks(agents, tasks, folder, quick):
    ten(tasks)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
        words = ("--mode", "serial", "--rest-s", "0", "--model", MODEL, "--base-url", url)
        ran = agents("run", *words)
    assert ran.code == 1
    summary = results_in(folder, "batch_results.json")["summary"]
    assert (summary["failedTasks"], summary["notRunTasks"]) == (AWAY_MAX, 10 - AWAY_MAX)
    assert "stopped: " in ran.err
    with served() as endpoint:
        again = (*words[:-1], endpoint.base_url, "--resume")
        assert agents("run", *again).code == 0
        assert endpoint.course.twice() == ()
    assert results_in(folder, "batch_results.json")["summary"]["completedTasks"] == 10


def test_a_storm_of_429_loses_nothing_and_pays_nothing_twice(agents, tasks, folder, quick):
    """Some may find no place in all their tries: they are gone on with when the storm is over."""
    ten(tasks)
    with served(Manner(calls_max=1, latency_s=0.002)) as endpoint:
        agents("run", "--max-concurrent", "3", "--rest-s", "0", at=endpoint)
        words = ("--mode", "serial", "--rest-s", "0", "--resume")
        assert agents("run", *words, at=endpoint).code == 0
        assert endpoint.course.twice() == ()
        assert len(endpoint.course.answered()) == 30
    assert results_in(folder, "batch_results.json")["summary"]["completedTasks"] == 10


def test_what_fails_at_first_is_asked_for_again(agents, tasks, folder, quick):
    troubles = (
        Trouble(status=429, retry_after="0"),
        Trouble(status=503),
        Trouble(drop=True),
        Trouble(garbage="<html>"),
        Trouble(cut=30),
    )
    coder = (writes("a.txt", "b", before=troubles), Say(text="done"))
    tasks(scripted("go", Script(rounds=(Round(coder=coder),))))
    with served() as endpoint:
        ran = agents("run", "--lang", "en", at=endpoint)
    assert ran.code == 0, ran.out
    assert "⚠️ " in ran.out
    assert (folder / "t1/a.txt").read_text() == "b"


# ---------------------------------------------------------------------------------------- budgets


def test_tasks_side_by_side_keep_to_one_budget_of_tokens(agents, tasks, folder, endpoint):
    ten(tasks)
    words = ("--budget-tokens", "30000", "--max-tokens", "1000", "--rest-s", "0")
    ran = agents("run", *words, "--max-concurrent", "10", at=endpoint)
    assert ran.code == 1
    written = results_in(folder)["summary"]
    spent = written["totalTokenStats"]["totalTokens"]
    assert 0 < spent <= 30_000
    assert written["completedTasks"] > 0
    assert written["timeoutTasks"] > 0
    assert "预算已用完，任务未完成" in ran.out

    # What an earlier run has spent is spent.
    agents("run", *words, "--max-concurrent", "10", "--resume", at=endpoint)
    spent = results_in(folder)["summary"]["totalTokenStats"]["totalTokens"]
    assert spent <= 30_000

    # With more, those that it ended go on where they were.
    words = ("--budget-tokens", "300000", "--max-tokens", "1000", "--rest-s", "0")
    assert agents("run", *words, "--resume", at=endpoint).code == 0
    assert endpoint.course.twice() == ()
    assert results_in(folder)["summary"]["totalTokenStats"]["totalTokens"] > spent


def test_a_budget_of_money_is_kept_to_the_picodollar(agents, tasks, folder, endpoint):
    ten(tasks)
    (folder / "prices.json").write_text(PRICES)
    words = ("--prices", "prices.json", "--budget-usd", "0.02", "--max-tokens", "1000")
    ran = agents("run", *words, "--rest-s", "0", at=endpoint)
    assert ran.code == 1
    costs = results_in(folder)["summary"]["costAnalysis"]
    assert 0 < float(costs["totalCost"]) <= 0.02


def test_a_task_has_its_time(agents, tasks, folder, endpoint):
    slow = Script(rounds=(Round(coder=(Say(text="slow", delay_s=30),)),))
    tasks(scripted("go", slow))
    ran = agents("run", "--time-limit-s", "1", at=endpoint)
    assert (ran.code, "时间已用完，任务未完成" in ran.out) == (1, True)
    assert results_in(folder)["results"][0]["result"]["status"] == "timeout"


# ---------------------------------------------------------------------------------- hostile answers


def test_a_model_gets_no_further_than_its_folder(agents, tasks, folder, endpoint, tmp_path):
    """Nor at what the journal of its own batch says."""
    (tmp_path / "mine.txt").write_text("mine")
    paths = ("../mine.txt", str(tmp_path / "mine.txt"), ".nightdesk-agents/x", ".env", ".git/hooks")
    paths += ("task.json", "parallel_batch_results.json")
    tools = tuple(use for path in paths for use in writes(path, "evil").tools)
    script = Script(rounds=(Round(coder=(Say(tools=tools), Say(text="done"))),))
    tasks({"dir": "", "first_prompt": scripted("go", script)})
    assert agents("run", at=endpoint).code == 0
    assert (tmp_path / "mine.txt").read_text() == "mine"
    evil = [path for path in tmp_path.rglob("*") if path.is_file() and path.read_text() == "evil"]
    assert evil == []
    [kept] = folder.glob(".nightdesk-agents/*/0*.jsonl")
    records = map(json.loads, kept.read_text().splitlines())
    used = [each["ok"] for each in records if each["type"] == "tool"]
    assert used == [False] * len(paths)


def test_what_a_model_says_cannot_steer_the_terminal(agents, tasks, endpoint):
    script = Script(always=Trouble(status=400, body='{"error": {"message": "\\u001b[2J no"}}'))
    tasks(scripted("go", script))
    ran = agents("run", at=endpoint)
    assert (ran.code, "\x1b" in ran.out) == (1, False)


def test_keys_go_to_the_endpoint_that_they_are_for(agents, tasks, folder):
    tasks(scripted("go", settled(1)))
    with (
        served(Manner(keys=(KEY,))) as coder,
        served(Manner(keys=("sk-judge-987654321",))) as judge,
    ):
        ran = agents(
            "run",
            at=coder,
            EVALUATION_BASE_URL=judge.base_url,
            EVALUATION_API_KEY="sk-judge-987654321",
            EVALUATION_MODEL="judge-small",
        )
        assert ran.code == 0, ran.err
        assert (coder.requests, judge.requests) == (2, 1)
    models = results_in(folder)["summary"]["costAnalysis"]["models"]
    assert {each["model"]: each["calls"] for each in models} == {MODEL: 2, "judge-small": 1}


def test_an_env_file_names_the_models_and_the_environment_goes_first(agents, tasks, folder):
    tasks(scripted("go", settled(1)))
    with served(Manner(keys=(KEY,), models=("coder-1",))) as endpoint:
        (folder / ".env").write_text(
            f"# keys\nCODER_API_KEY='{KEY}'\nexport CODER_ENDPOINT={endpoint.base_url} # here\n"
            "CODER_MODEL=wrong\nnonsense\n"
        )
        ran = agents("run", CODER_MODEL="coder-1")
        assert ran.code == 0, ran.err
        assert re.search(r"\.env, line 5: ", ran.err)


@pytest.mark.parametrize("commands", ["on", "off"])
def test_commands_are_run_only_where_the_user_says_so(agents, tasks, folder, endpoint, commands):
    use = Use(name="run_command", arguments={"command": f"cat {folder}/task.json; echo hi > made"})
    tasks(scripted("go", Script(rounds=(Round(coder=(Say(tools=(use,)), Say(text="done"))),))))
    assert agents("run", "--commands", commands, at=endpoint).code == 0
    assert (folder / "t1/made").exists() == (commands == "on")
    transcript = "".join(path.read_text() for path in folder.glob(".nightdesk-agents/*/0*.jsonl"))
    said = "No such file" if commands == "on" else "there is no tool"
    assert said in transcript or "Permission denied" in transcript
    assert not list(folder.glob(".nightdesk-agents/*/scratch"))
