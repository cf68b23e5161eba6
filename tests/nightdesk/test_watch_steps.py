"""What `watch` says of an item that tells of its steps."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from nightdesk.cli.watch import watch_job
from nightdesk.cli.words import CHINESE, ENGLISH, STATUS_CHINESE, STATUS_ENGLISH, Words
from nightdesk.client.models import Counts, ItemProgress, Job, Progress

WORDS = {"en": Words(ENGLISH, STATUS_ENGLISH), "zh": Words(CHINESE, STATUS_CHINESE, "zh")}


class Watched:
    """A client whose job goes through these states."""

    def __init__(self, *states):
        self.states = states

    def watch(self, job_id):
        return iter(self.states)


def job(total, *, status="running", done=0, step=None, stage="click Books", steps=5):
    """A job at the `step` of its item #1, counted from 0."""
    at_work = () if step is None else (ItemProgress(1, 20.0 * step, stage, step, steps),)
    return Job(
        id="j",
        kind="visit",
        name="walks",
        lane="visit",
        priority=0,
        status=status,
        counts=Counts(total, done, done, 0, 0),
        progress=Progress(percent=100 * done / total, items=at_work),
        created_at=datetime.now(UTC),
        revision=1,
    )


def told(capsys, *states, language="en"):
    assert watch_job(Watched(*states), "j", WORDS[language], as_json=False) == 0
    return capsys.readouterr().err.splitlines()


def test_each_step_of_a_short_job_is_a_line(capsys):
    ended = job(3, status="completed", done=3)
    lines = told(capsys, job(3, step=1), job(3, step=1), job(3, step=2, stage="type\x1b[2J"), ended)
    assert [line.partition("/s, ")[2] for line in lines] == [
        "#1 2/5 click Books",
        "#1 3/5 type\N{REPLACEMENT CHARACTER}[2J",
    ]


def test_the_steps_of_a_long_job_do_not_drown_the_rest(capsys):
    ended = job(50, status="completed", done=50)
    lines = told(capsys, job(50, step=1), job(50, step=2), job(50, step=3), ended)
    assert [line.partition("/s, ")[2] for line in lines] == ["#1 2/5 click Books"]


@pytest.mark.parametrize("step", [4, 5])
def test_the_last_step_is_not_counted_beyond_itself(capsys, step):
    (line,) = told(capsys, job(2, step=step), job(2, status="completed", done=2), language="zh")
    assert "#1 第 5/5 步 click Books" in line


def test_an_item_without_steps_tells_how_far_it_is(capsys):
    (line,) = told(capsys, job(2, step=3, steps=0), job(2, status="completed", done=2))
    assert line.endswith("#1 60 % click Books")


def test_what_tells_of_no_steps_is_shown_as_ever(capsys):
    (line,) = told(capsys, job(2), job(2, status="completed", done=2))
    assert line.endswith("0 failed, 0/s")


def test_a_job_that_could_not_be_run_says_why(capsys):
    broken = msgspec.structs.replace(job(3, status="failed"), error="no Chromium\x1b[2J")
    assert watch_job(Watched(broken), "j", WORDS["en"], as_json=False) == 1
    said = capsys.readouterr()
    assert said.out.startswith("walks failed: 0 ok")
    assert said.err.splitlines() == ["no Chromium\N{REPLACEMENT CHARACTER}[2J"]


def test_for_programs_the_steps_are_in_the_job(capsys):
    states = (job(2, step=1), job(2, status="completed", done=2))
    watch_job(Watched(*states), "j", WORDS["en"], as_json=True)
    first = msgspec.json.decode(capsys.readouterr().out.splitlines()[0])
    assert first["progress"]["items"][0]["stage"] == "click Books"
