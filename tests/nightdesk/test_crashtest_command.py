"""`nightdesk crashtest`: where it may work, what it prints, its exit codes.

The experiment itself is tried in tests/torture."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from nightdesk.cli import crashtest
from nightdesk.cli.app import run
from nightdesk.crashtest.folder import MARK
from nightdesk.crashtest.history import Violation
from nightdesk.crashtest.judge import Figures, Verdict
from nightdesk.crashtest.run import Progress, Report

FIGURES = Figures(
    kills=3,
    stops=1,
    acknowledged=40,
    refused=5,
    unknown=2,
    looks=100,
    jobs=9,
    items=90,
    rerun=4,
    rerun_allowed=12,
    restart_median_s=0.8,
    restart_within_s=0.9,
    restart_max_s=1.25,
    broken={},
)


@pytest.fixture
def command(capsys):
    """Run it: (exit code, stdout, stderr)."""

    def call(*arguments, language="en_GB.UTF-8"):
        code = run(["crashtest", *map(str, arguments)], {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def reported(monkeypatch):
    """Put an experiment's report in place of an experiment."""

    def put(report):
        def run_experiment(settings, tell):
            settings.validate()
            tell(Progress("kill", 0, settings.kills))
            tell(Progress("check", settings.kills, settings.kills))
            return report

        monkeypatch.setattr("nightdesk.crashtest.run.run_experiment", run_experiment)

    return put


def test_a_live_data_folder_is_refused(command, tmp_path):
    (tmp_path / "sessions").mkdir()
    code, _, err = command("--data", tmp_path)
    assert (code, list(tmp_path.iterdir())) == (2, [tmp_path / "sessions"])
    assert "is a server's data folder" in err


def test_a_folder_with_anything_in_it_is_refused(command, tmp_path):
    (tmp_path / "thesis.txt").touch()
    code, _, err = command("--data", tmp_path, "--json")
    assert code == 2
    assert "is not empty" in json.loads(err)["error"]["message"]


def test_a_number_out_of_range_is_named(command, tmp_path):
    code, _, err = command("--data", tmp_path, "--kills", "0", "--desks", "0")
    assert code == 2
    assert "--kills 0" in err
    assert "--desks 0" in err


def test_one_kill_for_real_leaves_nothing_behind(command, tmp_path):
    folder = tmp_path / "disk"
    (folder / "run-older").mkdir(parents=True)
    (folder / MARK).touch()
    small = ("--kills", 1, "--clients", 2, "--desks", 6, "--seed", 5, "--restart-limit-s", 60)
    code, out, err = command("--data", folder, *small, "--json")
    told = json.loads(out)
    assert (code, told["held"], told["violations"], err) == (0, True, [], "")
    assert (told["figures"]["kills"], told["seed"]) == (1, 5)
    assert {path.name for path in folder.iterdir()} == {MARK, "run-older"}


def test_a_verdict_that_held(command, reported, tmp_path):
    reported(Report(Verdict(FIGURES, ()), None, None))
    code, out, err = command("--data", tmp_path, "--seed", 9)
    assert code == 0
    assert "acknowledged and lost\t0\n" in out
    assert "back with 1000 desks: median / 95 % within / longest\t0.80 s / 0.90 s / 1.25 s" in out
    assert out.splitlines()[-2:] == [
        "HELD: all that was acknowledged survived (seed 9).",
        "Restarts: within the limit of 2 s (95 % took at most 0.90 s).",
    ]
    assert err.splitlines() == [
        "killing the server 0/200",
        "comparing what was told with what is there 200/200",
    ]


def test_a_verdict_that_broke(command, reported, tmp_path):
    found = Violation("lost", "job-1: the answer to call 7 cannot be", "job-1")
    history = tmp_path / "history.jsonl"
    reported(Report(Verdict(FIGURES, (found,) * 25), tmp_path, history))
    code, out, err = command("--data", tmp_path, "--seed", 9, "--kills", 3)
    assert code == 1
    assert err.count("acknowledged and lost: job-1: the answer to call 7 cannot be\n") == 20
    assert "... 5 more" in err
    assert f"what happened is in {history}" in err
    assert f"--kills 3 --clients 20 --desks 1000 --seed 9 --data {tmp_path}" in out
    assert "Restarts: within the limit" in out
    _, out, _ = command("--data", tmp_path, "--seed", 9, "--restart-limit-s", 3)
    assert "--seed 9 --restart-limit-s 3 --data" in out


SLOW = Violation("slow", "95% of the restarts took up to 3.10 s: the limit is 2 s")
SLOW_FIGURES = replace(FIGURES, restart_within_s=3.1, restart_max_s=4.2)


@pytest.mark.parametrize(("limit", "code"), [((), 0), (("--restart-limit-s", 2), 1)])
def test_slow_restarts_are_a_warning_unless_the_limit_was_asked_for(
    command, reported, tmp_path, limit, code
):
    reported(Report(Verdict(SLOW_FIGURES, (), SLOW), None, None))
    told, out, err = command("--data", tmp_path, "--seed", 9, *limit)
    assert told == code
    assert out.splitlines()[-2:] == [
        "HELD: all that was acknowledged survived (seed 9).",
        "WARNING: restarts are slower than 2 s here: 95 % took up to 3.10 s, "
        "the longest 4.20 s. Slowness loses nothing.",
    ]
    assert "nightdesk crashtest" not in out + err
    told, out, _ = command("--data", tmp_path, "--seed", 9, *limit, "--json")
    answer = json.loads(out)
    assert (told, answer["exit_code"]) == (code, code)
    assert (answer["held"], answer["slow"], answer["restart_limit_s"]) == (True, True, 2.0)


def test_broken_and_slow_are_two_verdicts(command, reported, tmp_path):
    found = Violation("lost", "job-1: the answer to call 7 cannot be", "job-1")
    reported(Report(Verdict(SLOW_FIGURES, (found,), SLOW), None, None))
    code, out, _ = command("--data", tmp_path)
    broken, slow = out.splitlines()[-2:]
    assert (code, broken[:7], slow[:8]) == (1, "BROKEN:", "WARNING:")


def test_where_no_restart_was_timed_that_is_said(command, reported, tmp_path):
    untimed = replace(FIGURES, restart_within_s=None, restart_max_s=None)
    reported(Report(Verdict(untimed, ()), None, None))
    assert command("--data", tmp_path)[1].splitlines()[-1] == "Restarts: none could be timed."


def test_in_chinese(command, reported, tmp_path):
    reported(Report(Verdict(FIGURES, ()), None, None))
    code, out, _ = command("--data", tmp_path, language="zh_CN.UTF-8")
    assert code == 0
    assert "已确认却丢失\t0\n" in out


def test_every_kind_of_violation_has_words():
    words = crashtest.Words.of({})
    for kind in ("lost", "missing", "twice", "done again", "repeat", "revision", "stuck"):
        assert words(f"crashtest.kind.{kind}")
    assert words("crashtest.kind.workers")
