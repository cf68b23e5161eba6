"""Ctrl-C, and a server that does not start or does not come back, in `nightdesk crashtest`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from nightdesk.cli.app import run
from nightdesk.crashtest.folder import MARK, CannotRun
from nightdesk.crashtest.run import run_experiment
from nightdesk.crashtest.server import Server
from nightdesk.crashtest.settings import Settings
from tests.support.processes import COMMAND, STARTUP_TIMEOUT_S, environment

SMALL = ("--clients", "2", "--desks", "6", "--kills", "100000")


def started(folder, *more):
    return subprocess.Popen(
        [*COMMAND, "crashtest", "--data", folder, *SMALL, *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        # A shell starts what runs in its background with SIGINT ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def at_work_in(folder):
    """The processes whose command line names that folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes()
        except OSError:  # it has just ended
            continue
        if os.fsencode(folder) in words:
            found.append(words)
    return found


@pytest.mark.parametrize("keep", [False, True])
def test_ctrl_c_is_one_line_and_ends_all_that_was_begun(tmp_path, keep):
    folder = tmp_path / "disk"
    running = started(folder, *(["--keep"] if keep else []))
    try:
        while "killing the server" not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=STARTUP_TIMEOUT_S)
    finally:
        running.kill()
    assert (running.returncode, out) == (130, "")
    last = err.splitlines()[-1]
    assert last.startswith("interrupted after ")
    assert "Traceback" not in err
    assert at_work_in(folder) == []
    left = [path for path in folder.iterdir() if path.name != MARK]
    assert [str(path) for path in left] == ([last.rpartition(" ")[2]] if keep else [])


def test_ctrl_c_before_anything_waits_for_it_is_one_line_too(tmp_path, monkeypatch, capsys):
    async def prepare(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nightdesk.crashtest.run.prepare", prepare)
    assert run(["crashtest", "--data", str(tmp_path)], {}) == 130
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "interrupted after 0 kills; its folder is removed"
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_it_compares_leaves_nothing_behind_either(tmp_path, monkeypatch, capsys):
    def judge(history, limit_s):
        raise KeyboardInterrupt

    monkeypatch.setattr("nightdesk.crashtest.run.judge", judge)
    small = ("--clients", "2", "--desks", "6", "--kills", "1", "--json")
    assert run(["crashtest", "--data", str(tmp_path), *small], {}) == 130
    told = capsys.readouterr()
    error = json.loads(told.err)["error"]
    assert (error["code"], error["details"]) == ("interrupted", {"kills": 1, "folder": None})
    assert told.out == ""
    assert list(tmp_path.iterdir()) == []


class Speechless(Server):
    """After so many starts it never says where it is."""

    starts = 0
    good = 0

    async def wait_url(self):
        type(self).starts += 1
        if self.starts > self.good:
            raise CannotRun("the server did not start")
        return await super().wait_url()


@pytest.fixture
def speechless_after(monkeypatch):
    def put(good):
        server = type("Speechless", (Speechless,), {"good": good})
        monkeypatch.setattr("nightdesk.crashtest.run.Server", server)

    return put


def settings(folder):
    return Settings(folder=folder, kills=3, clients=2, desks=6, restart_limit_s=None)


def test_a_server_that_never_starts_is_said_in_words(tmp_path, speechless_after):
    speechless_after(0)
    with pytest.raises(CannotRun, match="did not start"):
        run_experiment(settings(tmp_path), lambda at: None)


def test_a_server_that_does_not_come_back_is_a_verdict(tmp_path, speechless_after):
    speechless_after(1)
    report = run_experiment(settings(tmp_path), lambda at: None)
    assert not report.verdict.held
    assert any("did not start" in found.what for found in report.verdict.violations)
