"""The files of results, which viewers of older programs read, and the exit codes."""

from __future__ import annotations

import json
import re
import stat

import pytest

from nightdesk.demo_model.script import Round, Say, Script, Trouble, settled, verdict, writes
from tests.support.agent_batches import results_in, scripted

SUMMARY = {
    "totalTasks": int,
    "completedTasks": int,
    "failedTasks": int,
    "timeoutTasks": int,
    "maxConcurrent": int,
    "timestamp": str,
    "totalTokenStats": dict,
    "costAnalysis": dict,
}
STATS = {"totalTokens": int, "promptTokens": int, "completionTokens": int, "calls": int}
ENTRY = {"taskIndex": int, "task": dict, "duration": str, "timestamp": str, "result": dict}
RESULT = {
    "status": str,
    "iterations": int,
    "tokenStats": dict,
    "lastResponse": str,
    "lastEvaluation": str,
    "error": str,
}
REFUSED = Script(always=Trouble(status=400, body='{"error": {"message": "no such thing"}}'))


def fits(value, shape):
    """Has at least these, of these types."""
    return {name: type(value[name]) for name in shape} == shape


def paths_of(value, at=""):
    """The names of all fields, wherever they are; None is no value."""
    assert value is not None, at
    if isinstance(value, dict):
        return {path for name, each in value.items() for path in paths_of(each, f"{at}.{name}")}
    if isinstance(value, list):
        return {path for each in value for path in paths_of(each, f"{at}[]")}
    return {at}


@pytest.fixture
def mixed(tasks):
    """A task that is completed, one that fails, and one that has no prompt."""
    tasks(scripted("one", settled(2), "a"), scripted("two", REFUSED, "b"), {"dir": "c"})


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (["--mode", "serial", "--rest-s", "0"], "batch_results.json"),
        ([], "parallel_batch_results.json"),
        (["--test"], "test_results.json"),
    ],
)
def test_every_mode_writes_the_shape_that_viewers_read(
    agents, mixed, folder, endpoint, flags, name
):
    assert agents("run", *flags, at=endpoint).code == 1
    text = (folder / name).read_text("utf-8")
    assert text.startswith('{\n  "summary": {\n    "totalTasks": 3,')
    written = json.loads(text)
    assert fits(written["summary"], SUMMARY)
    assert fits(written["summary"]["totalTokenStats"], STATS)
    by_index = {entry["taskIndex"]: entry for entry in written["results"]}
    assert sorted(by_index) == [0, 1, 2]
    for entry in by_index.values():
        assert fits(entry, ENTRY)
        assert fits(entry["result"], RESULT)
        assert fits(entry["result"]["tokenStats"], {**STATS, "averageTokensPerCall": int})
        assert re.fullmatch(r"\d+\.\d\d", entry["duration"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["timestamp"])
    assert by_index[0]["result"]["lastResponse"].endswith("\n\n检测信息：任务已完成")
    assert by_index[0]["result"]["iterations"] == 2
    assert by_index[1]["result"]["status"] == "error"
    assert "no such thing" in by_index[1]["result"]["error"]
    assert by_index[1]["result"]["tokenStats"]["totalTokens"] == 0
    assert by_index[2]["task"] == {"dir": "c"}
    assert (written["summary"]["completedTasks"], written["summary"]["failedTasks"]) == (1, 2)


def test_both_modes_have_the_same_fields(agents, mixed, folder, endpoint):
    agents("run", at=endpoint)
    agents("run", "--mode", "serial", "--rest-s", "0", at=endpoint)
    parallel = paths_of(results_in(folder))
    assert parallel == paths_of(results_in(folder, "batch_results.json"))


def test_results_are_in_the_order_in_which_tasks_ended(agents, tasks, folder, endpoint):
    tasks(scripted("long", settled(3), "a"), scripted("short", settled(1), "b"))
    agents("run", "--max-iterations", "1", at=endpoint)
    ran = agents("run", "--retry", at=endpoint)
    assert [entry["taskIndex"] for entry in results_in(folder)["results"]] == [1, 0]
    # For people they are in the order of the file.
    details = [line for line in ran.lines if re.match(r"✅ 任务 \d: ", line)]
    assert [line[5] for line in details] == ["1", "2"]


def test_all_calls_are_counted_and_those_of_the_judge_too(agents, tasks, folder, endpoint):
    tasks(scripted("one", settled(2)))
    agents("run", at=endpoint)
    written = results_in(folder)
    assert written["summary"]["totalTokenStats"]["calls"] == len(endpoint.course.answered()) == 6
    assert written["summary"]["costAnalysis"]["totalCost"] == "unknown"
    assert written["results"][0]["result"]["cost"] == "unknown"


def test_costs_are_exact_texts_with_what_other_models_would_have_cost(
    agents, tasks, folder, endpoint
):
    (folder / "prices.json").write_text(
        '{"demo-small": {"input_usd_per_mtok": "0.1", "output_usd_per_mtok": "0.3"}}'
    )
    usage = {"prompt_tokens": 1001, "completion_tokens": 7, "total_tokens": 1008}
    done = Say(text='{"done": true, "score": 90}', usage=usage)
    script = Script(rounds=(Round(coder=(Say(text="ok", usage=usage),), judge=(done,)),))
    tasks(scripted("x" * 3500, script))
    agents("run", "--prices", "prices.json", at=endpoint)
    costs = results_in(folder)["summary"]["costAnalysis"]
    assert (costs["inputCost"], costs["outputCost"]) == ("0.0002002", "0.0000042")
    assert costs["totalCost"] == "0.0002044"
    assert costs["models"][0]["model"] == "demo-small"
    assert [each["model"] for each in costs["comparison"]][:2] == ["deepseek-chat", "gpt-4"]


def test_files_are_where_the_tasks_say_and_results_where_it_was_started(
    agents, tasks, folder, endpoint, tmp_path
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    made = tasks({"dir": "deep/er", "first_prompt": scripted("one", settled(1))})
    made.rename(elsewhere / "list.json")
    assert agents("run", str(elsewhere / "list.json"), at=endpoint).code == 0
    assert (elsewhere / "deep/er/notes.txt").read_text() == "round 1\n"
    assert (folder / "parallel_batch_results.json").is_file()
    assert stat.S_IMODE((folder / ".nightdesk-agents").stat().st_mode) == 0o700


@pytest.mark.parametrize("out", ["made/anew", "made/as.json"])
def test_results_go_where_they_are_wanted(agents, tasks, folder, endpoint, out):
    tasks(scripted("one", settled(1)))
    assert agents("run", "--out", out, at=endpoint).code == 0
    place = folder / out
    written = place if out.endswith("json") else place / "parallel_batch_results.json"
    assert json.loads(written.read_text())["summary"]["completedTasks"] == 1


@pytest.mark.parametrize(("flags", "count"), [(["--test"], 3), (["--limit", "2"], 2)])
def test_only_the_first_tasks(agents, tasks, folder, endpoint, flags, count):
    tasks(*(scripted("one", settled(1), f"n{number}") for number in range(5)))
    name = "test_results.json" if "--test" in flags else "parallel_batch_results.json"
    assert agents("run", *flags, at=endpoint).code == 0
    assert results_in(folder, name)["summary"]["totalTasks"] == count


def test_the_best_round_is_what_stays(agents, tasks, folder, endpoint):
    worse = Script(
        rounds=(
            Round(coder=(writes("a.txt", "good"), Say(text="1")), judge=(verdict(False, 80),)),
            Round(coder=(writes("a.txt", "bad"), Say(text="2")), judge=(verdict(False, 30),)),
        )
    )
    tasks(scripted("one", worse))
    assert agents("run", "--max-iterations", "2", at=endpoint).code == 1
    assert (folder / "t1/a.txt").read_text() == "good"
    result = results_in(folder)["results"][0]["result"]
    assert (result["bestRound"], result["iterations"], result["score"]) == (1, 2, 80)


def test_tasks_of_one_folder_are_done_one_after_the_other(agents, tasks, folder, endpoint):
    """The older programs' own example has no folders at all, and runs in parallel."""
    prompts = [scripted("one", settled(1, f"{name}.txt"), name) for name in "ab"]
    tasks(*({"dir": "", "first_prompt": prompt} for prompt in prompts))
    ran = agents("run", at=endpoint)
    assert ran.code == 0
    assert f"tasks 1, 2 share the folder {folder}" in ran.err
    assert endpoint.in_flight_most == 1
    assert (folder / "a.txt").exists()
    assert (folder / "b.txt").exists()
