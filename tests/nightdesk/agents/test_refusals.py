"""What `nightdesk agents run` refuses before anything has cost anything: exit code 2, and what to
do about it.
"""

from __future__ import annotations

import json
import os

import pytest

from nightdesk.demo_model.script import settled
from tests.support.agent_batches import KEY, results_in, scripted


@pytest.fixture
def refused(agents, endpoint):
    """Run it; what it said. Nobody was asked anything, and nothing was printed."""

    def command(*words, **more):
        ran = agents("run", *words, at=endpoint, **more)
        assert (ran.code, ran.out) == (2, "")
        assert endpoint.requests == 0
        assert ran.err.startswith("nightdesk: ")
        return ran.err.removeprefix("nightdesk: ")

    return command


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1: this is no JSON (expecting value)"),
        ('{"tasks": [\n  {"first_prompt": "x",}\n]}', "line 2, column 24: this is no JSON"),
        ('{"tasks": [}', "line 1, column 12: this is no JSON"),
        ("[]", "must hold an object with a list of tasks"),
        ("{}", "must hold an object with a list of tasks"),
        ('{"tasks": {}}', "must hold an object with a list of tasks"),
        ('{"tasks": []}', "its list of tasks is empty"),
        ('{"tasks": [3]}', "line 1, column 12: task 1 is no object"),
        (
            '{"tasks": [{"first_prompt": "x",\n "prompt": 1}]}',
            "line 2, column 2: the field 'prompt' is unknown; there is dir, first_prompt",
        ),
        ('{"tasks": [], "model": 1}', "line 1, column 15: the field 'model' is unknown"),
        (
            '{"tasks": [{"dir": "a", "dir": "b", "first_prompt": "x"}]}',
            "line 1, column 25: the field 'dir' stands there twice",
        ),
        ('{"tasks": [' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_line_and_column(refused, folder, text, said):
    (folder / "task.json").write_text(text)
    err = refused()
    assert err.startswith("task.json") or "/task.json" in err
    assert said in err


def test_bytes_that_are_no_text(refused, folder):
    (folder / "task.json").write_bytes(b'{"tasks":\n [{"first_prompt": "\xff"}]}')
    assert "line 2, column 21: this is no UTF-8" in refused()


def test_a_byte_order_mark_is_no_fault(agents, endpoint, folder, tasks):
    text = tasks(scripted("one", settled(1))).read_text()
    (folder / "task.json").write_text("\ufeff" + text)
    assert agents("run", at=endpoint).code == 0


def test_a_missing_file_tells_how_to_write_one(refused):
    assert '{"tasks": [{"dir": "game"' in refused()
    assert "no such file" in refused("other.json")


def test_a_pipe_or_folder_is_no_task_file(refused, folder):
    os.mkfifo(folder / "pipe")
    assert "it is no file" in refused("pipe")
    assert "cannot be read" in refused(".")


def test_too_many_tasks(refused, folder):
    listed = [{"first_prompt": "x"}] * 10_001
    (folder / "task.json").write_text(json.dumps({"tasks": listed}))
    assert "has 10,001 tasks, more than 10,000" in refused()


def test_a_prompt_that_is_too_long_is_that_tasks_error(agents, tasks, endpoint):
    tasks("x" * (1024 * 1024 + 1), scripted("two", settled(1)))
    ran = agents("run", "--lang", "en", at=endpoint)
    assert ran.code == 1
    assert "Task 1/2: error: first_prompt is longer than 1048576" in ran.out
    assert "✅ Completed: 1 tasks" in ran.out


@pytest.mark.parametrize("wrong", [None, 7, "", " ", ["x"]])
def test_a_prompt_that_is_none_is_that_tasks_error(agents, tasks, endpoint, wrong):
    tasks({"dir": "t1", "first_prompt": wrong}, scripted("two", settled(1)))
    ran = agents("run", "--lang", "en", at=endpoint)
    assert (ran.code, "✅ Completed: 1 tasks" in ran.out) == (1, True)


@pytest.mark.parametrize("wrong", ["\ud800 x", ["\udfff"]])
def test_half_a_character_is_that_tasks_error(agents, tasks, endpoint, folder, wrong):
    path = tasks("one", scripted("two", settled(1)))
    listed = json.loads(path.read_text())["tasks"]
    listed[0] = {"dir": "\udc00", "first_prompt": wrong}
    path.write_text(json.dumps({"tasks": listed}))
    ran = agents("run", "--lang", "en", at=endpoint)
    assert (ran.code, "✅ Completed: 1 tasks" in ran.out) == (1, True)
    assert "Task 1/2: error: first_prompt " in ran.out
    named = {entry["taskIndex"]: entry["task"] for entry in results_in(folder)["results"]}
    assert named[0]["dir"] == "?"


# ---------------------------------------------------------------------------------------- folders


@pytest.mark.parametrize("outside", ["/tmp", "../elsewhere", "~", "link/inside"])
def test_a_folder_outside_of_the_roots(refused, tasks, folder, tmp_path, outside):
    (folder / "link").symlink_to(tmp_path)
    tasks("one", {"dir": outside, "first_prompt": "two"})
    err = refused()
    assert "task 2 (line 1): " in err
    assert "name it by --root" in err
    assert not (folder / "t1").exists()
    assert not (tmp_path / "elsewhere").exists()


def test_a_root_opens_a_folder(agents, tasks, tmp_path, endpoint):
    tasks({"dir": "../elsewhere/a", "first_prompt": scripted("two", settled(1))})
    assert agents("run", "--root", "../elsewhere", at=endpoint).code == 0
    assert (tmp_path / "elsewhere/a/notes.txt").exists()


def test_a_folder_that_is_a_file(refused, tasks, folder):
    (folder / "t1").write_text("mine")
    tasks("one")
    assert "t1 is no folder" in refused()
    assert (folder / "t1").read_text() == "mine"


def test_the_whole_disk_is_no_folder_for_a_task(refused, tasks):
    tasks({"dir": "/", "first_prompt": "one"})
    assert "is the whole disk" in refused("--root", "/")


# ------------------------------------------------------------------------------ models and numbers


def test_no_model_named(agents, tasks):
    tasks("one")
    ran = agents("run")
    assert ran.code == 2
    assert "Set OPENAI_API_KEY and OPENAI_MODEL" in ran.err
    assert "nightdesk agents demo" in ran.err


def test_an_address_that_is_none(refused, tasks):
    tasks("one")
    assert "--base-url: its address cannot be used" in refused("--base-url", "ftp://x")
    assert "OPENAI_BASE_URL" in refused(OPENAI_BASE_URL="nonsense")


def test_a_key_that_is_none_is_not_quoted(refused, tasks):
    tasks("one")
    err = refused(OPENAI_API_KEY="sk secret 字")
    assert "OPENAI_API_KEY: the key must be" in err
    assert "secret" not in err


@pytest.mark.parametrize(
    "flags",
    [
        ("--max-concurrent", "0"),
        ("--max-concurrent", "1001"),
        ("--max-iterations", "0"),
        ("--max-iterations", "101"),
        ("--rest-s", "-1"),
        ("--limit", "0"),
        ("--budget-tokens", "0"),
        ("--budget-usd", "0"),
        ("--budget-usd", "much"),
        ("--budget-usd", "nan"),
        ("--time-limit-s", "0.5"),
        ("--max-tokens", "0"),
        ("--mode", "sideways"),
        ("--max-concurrent", "2.5"),
    ],
)
def test_numbers_have_limits(refused, tasks, flags):
    tasks("one")
    assert flags[0] in refused(*flags)


def test_a_budget_in_money_needs_prices(refused, tasks, folder):
    tasks("one")
    assert "the price of demo-small is not known" in refused("--budget-usd", "1")
    (folder / "prices.json").write_text('{"demo-small": {"input_usd_per_mtok": -1}}')
    assert "--prices prices.json: " in refused("--prices", "prices.json")
    assert "--prices none.json: No such file" in refused("--prices", "none.json")


def test_results_that_cannot_be_written_are_told_first(refused, tasks, folder):
    tasks("one")
    (folder / "file").write_text("")
    assert "--out " in refused("--out", "file/below")
    (folder / "some.json").mkdir()
    assert "some.json: Is a directory" in refused("--out", "some.json")


def test_refusals_are_said_in_chinese_too(agents, folder, endpoint):
    (folder / "task.json").write_text('{"tasks": []}')
    assert "任务列表为空" in agents("run", at=endpoint, lang="zh_CN.UTF-8").err


def test_no_key_is_ever_printed_or_kept(agents, tasks, folder, endpoint):
    tasks(scripted(f"say {KEY}", settled(1)))
    ran = agents("run", at=endpoint)
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert KEY not in ran.out + ran.err
    # But in the user's own file.
    assert sum(KEY.encode() in data for data in kept) == 1
