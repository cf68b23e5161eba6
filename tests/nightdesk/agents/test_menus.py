"""`nightdesk agents` alone, at a terminal of its own; and the live rows of a run there."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from contextlib import suppress

import pytest

from nightdesk.demo_model.endpoint import Manner
from nightdesk.demo_model.script import settled
from tests.support.agent_batches import heed_signals, results_in, scripted, served, variables
from tests.support.processes import COMMAND, STARTUP_TIMEOUT_S, environment


def _before_its_program():
    """Only the terminal of a session turns Ctrl-C into a signal."""
    heed_signals()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A person before it: reads until something is asked, and answers."""

    def __init__(self, folder, *words, **named):
        self._ours, theirs = pty.openpty()
        self.seen = ""
        self._looked = 0
        self.process = subprocess.Popen(
            [*COMMAND, "agents", *words],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment() | {"TERM": "xterm", "COLUMNS": "120"} | named,
            start_new_session=True,
            preexec_fn=_before_its_program,
        )
        os.close(theirs)

    def until(self, text):
        """Read on until that is there; what came with it since the last of these."""
        start = self._looked
        deadline = time.monotonic() + STARTUP_TIMEOUT_S
        while (found := self.seen.find(text, start)) < 0:
            assert time.monotonic() < deadline, self.seen
            assert self._read(), f"{text} never came: {self.seen}"
        self._looked = found + len(text)
        return self.seen[start : self._looked]

    def answer(self, text):
        self.press(text.encode() + b"\n")

    def press(self, keys):
        os.write(self._ours, keys)

    def end(self):
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self.process.wait(STARTUP_TIMEOUT_S)

    def _read(self):
        if not select.select([self._ours], [], [], 1.0)[0]:
            return self.process.poll() is None
        with suppress(OSError):
            if data := os.read(self._ours, 65_536):
                self.seen += data.decode("utf-8", "replace")
                return True
        return False

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def at(folder):
    """Sit down at a terminal."""
    opened = []

    def sit(*words, **named):
        opened.append(Terminal(folder, *words, **named))
        return opened[-1]

    yield sit
    for each in opened:
        each.close()


def test_a_bare_enter_runs_in_parallel_with_three(at, folder, tasks, endpoint):
    tasks(*(scripted("go", settled(1), name) for name in "abcd"))
    person = at(**variables(endpoint))
    shown = person.until("Choose (Enter: 2): ")
    for choice in ("1. One task after the other", "2. Tasks in parallel", "3. Test"):
        assert choice in shown
    person.answer("")
    person.until("Running 4 tasks in parallel (at most 3 at once)")
    assert person.end() == 0
    assert results_in(folder)["summary"]["maxConcurrent"] == 3


def test_each_choice(at, folder, tasks, endpoint):
    tasks(*(scripted("go", settled(1), name) for name in "abcd"))
    person = at(**variables(endpoint))
    person.until("Choose (Enter: 2): ")
    person.answer("9")
    person.until("'9' is none of them")
    person.until("Choose (Enter: 2): ")
    person.answer("4")
    person.until("there is no result file")
    person.until("Choose (Enter: 2): ")
    person.answer("3")
    person.until("3 tasks loaded")
    assert person.end() == 0
    assert results_in(folder, "test_results.json")["summary"]["totalTasks"] == 3

    person = at(**variables(endpoint))
    person.until("Choose (Enter: 2): ")
    person.answer("4")
    person.until("1. test_results.json")
    person.until("Which file (Enter: 1): ")
    person.answer("")
    person.until("3 tasks: 3 completed")
    person.until("Choose (Enter: 2): ")
    person.answer("5")
    person.until("DeepSeek Chat")
    person.until("Choose (Enter: 2): ")
    person.answer("2")
    person.until("How many at once (Enter: 3): ")
    person.answer("many")
    person.until("'many' is no whole number")
    person.until("How many at once (Enter: 3): ")
    person.answer("2")
    person.until("(at most 2 at once)")
    assert person.end() == 0


def test_quitting_and_a_missing_file(at, folder):
    person = at()
    person.until("Choose (Enter: 2): ")
    person.answer("0")
    assert person.end() == 0
    person = at()
    person.until("Choose (Enter: 2): ")
    person.answer("1")
    person.until("Task file (Enter: task.json): ")
    person.answer("")
    person.until("there is no such file")
    assert person.end() == 2


def test_menus_in_chinese(at):
    person = at(LANG="zh_CN.UTF-8", LC_ALL="")
    shown = person.until("请选择（回车：2）：")
    assert "1. 串行执行" in shown
    person.answer("0")
    assert person.end() == 0


def test_without_anybody_there_are_no_menus(agents, monkeypatch):
    with open(os.devnull) as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        ran = agents()
    assert ran.code == 2
    assert "menus need a terminal" in ran.err


def test_a_terminal_has_rows_of_the_tasks_at_work_and_the_lines_above(at, folder, tasks):
    tasks(*(scripted("go", settled(2), name) for name in "ab"))
    with served(Manner(latency_s=0.4)) as endpoint:
        person = at("run", "--rest-s", "0", **variables(endpoint))
        person.until("#1 go")
        person.until("✅ 任务 1 完成")
        assert person.end() == 0
    assert "💰 成本: 未知" in person.seen
    assert "平均每次调用" in person.seen


def test_ctrl_c_at_the_terminal(at, folder, tasks):
    tasks(*(scripted("go", settled(3), name) for name in "ab"))
    with served(Manner(latency_s=0.4)) as endpoint:
        person = at("run", **variables(endpoint))
        person.until("第 1 轮评估中")
        person.press(b"\x03")
        assert person.end() == 130
    assert "interrupted. To go on where it stood: nightdesk agents run task.json" in person.seen
    assert results_in(folder)["summary"]["interrupted"] is True
