"""The parts of a batch: whose turn it is, what an environment says, what a bill comes to, and what
a journal makes of what a crash has left.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
import trio

from executors.agent.engine.records import Begin, TaskNamed, TranscriptBroken, piece_of
from executors.agent.engine.results import TaskResult
from executors.agent.engine.settings import Limits
from executors.agent.model.bill import Bill, Tariff, dollars
from executors.agent.model.prices import Price, PriceTable, Rate
from executors.agent.ports import SpendRefused
from nightdesk.agents.batch import Batch, Foreman
from nightdesk.agents.env_file import EnvFileError, parse_env, read_env_file
from nightdesk.agents.environment import (
    Access,
    EnvironmentProblem,
    Flags,
    coder_of,
    judge_of,
)
from nightdesk.agents.folders import resolve_folders
from nightdesk.agents.journal import Ended, Journal, append, digest_of
from nightdesk.agents.purse import Purse
from nightdesk.agents.report import write_report
from nightdesk.agents.task_file import Task
from nightdesk.agents.turns import Turns
from nightdesk.cli.agents_again import command_again
from nightdesk.cli.agents_options import RunOptions
from state.spending import NO_SPEND, Spend, SpendCap
from tests.support.engine import on_record

NOTHING = Flags()


def task(index, folder=""):
    return Task(index=index, line=1, dir=folder, first_prompt=f"p{index}")


# ------------------------------------------------------------------------------------------ turns


def test_tasks_of_one_folder_take_turns_and_others_go_past_them():
    tasks = [task(0), task(1), task(2), task(3)]
    folders = {0: Path("/w/a"), 1: Path("/w/a"), 2: Path("/w/a/b"), 3: Path("/w/ab")}
    turns = Turns(tasks, folders)
    assert turns.begin() == tasks[0]
    assert turns.begin() == tasks[3]
    assert turns.begin() is None
    assert not turns.is_over
    turns.end(tasks[0])
    assert turns.begin() == tasks[1]
    turns.end(tasks[1])
    # A folder within another's is free when that is.
    assert turns.begin() == tasks[2]
    assert turns.is_over


def test_a_task_without_a_folder_waits_for_nobody():
    turns = Turns([task(0), task(1)], {0: Path("/w")})
    assert [turns.begin(), turns.begin(), turns.begin()] == [task(0), task(1), None]


# ------------------------------------------------------------------------------------ environment


def test_lines_of_an_env_file():
    text = (
        'A=1\n export B = two words # said\nC=\'# no comment\' \nD="x\\ny\\"z\\q"\n'
        "E=\nF=a#b\n\n# a comment\nG\nH='open\n1x=2\nA=3\n"
    )
    parsed = parse_env(text)
    assert parsed.values == {
        "A": "3",
        "B": "two words",
        "C": "# no comment",
        "D": 'x\ny"z\\q',
        "E": "",
        "F": "a#b",
    }
    assert parsed.skipped == (9, 10, 11)


def test_an_env_file_that_cannot_be_read(tmp_path):
    assert read_env_file(tmp_path / "none").values == {}
    assert read_env_file(tmp_path).values == {}
    path = tmp_path / ".env"
    path.write_bytes(b"\xff")
    with pytest.raises(EnvFileError, match="is no UTF-8"):
        read_env_file(path)
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(EnvFileError, match="is larger than"):
        read_env_file(path)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"OPENAI_API_KEY": "k1", "OPENAI_MODEL": "m"},
            ("m", "https://api.openai.com:443/v1", "k1"),
        ),
        (
            {"CODER_API_KEY": "k2", "CODER_ENDPOINT": "http://c/v1/", "CODER_MODEL": "c"},
            ("c", "http://c:80/v1", "k2"),
        ),
        # The older names, and those of the desk's own cousin, are taken as whole sets.
        (
            {"OPENAI_API_KEY": "k1", "CODER_ENDPOINT": "http://c/v1", "CODER_MODEL": "c"},
            ("c", "http://c:80/v1", ""),
        ),
        (
            {
                "MODELSCOPE_API_KEY": "k3",
                "MODELSCOPE_ENDPOINT": "http://s/v1",
                "MODELSCOPE_MODEL": "s",
            },
            ("s", "http://s:80/v1", "k3"),
        ),
    ],
)
def test_the_coder_by_each_set_of_names(values, expected):
    access = coder_of(NOTHING, values)
    assert (access.model, access.base.url, access.key) == expected


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({}, "no_endpoint"),
        ({"OPENAI_API_KEY": "k"}, "no_model"),
        ({"CODER_API_KEY": "k", "CODER_MODEL": "m"}, "no_url"),
        ({"CODER_ENDPOINT": "nowhere", "CODER_MODEL": "m"}, "bad_url"),
    ],
)
def test_what_is_missing_is_named(values, key):
    with pytest.raises(EnvironmentProblem) as caught:
        coder_of(NOTHING, values)
    assert caught.value.key == key


CODER = coder_of(
    NOTHING, {"CODER_API_KEY": "k", "CODER_ENDPOINT": "http://c/v1", "CODER_MODEL": "c"}
)


@pytest.mark.parametrize(
    ("flags", "values", "expected"),
    [
        (NOTHING, {}, ("c", "http://c:80/v1", "k")),
        (Flags(judge_model="j"), {}, ("j", "http://c:80/v1", "k")),
        # The coder's key goes to no other origin.
        (Flags(judge_base_url="http://j/v1"), {}, ("c", "http://j:80/v1", "")),
        (
            NOTHING,
            {"EVALUATION_BASE_URL": "http://j/v1", "EVALUATION_API_KEY": "jk"},
            ("deepseek-chat", "http://j:80/v1", "jk"),
        ),
        (NOTHING, {"EVALUATION_BASE_URL": "http://c/v1"}, ("c", "http://c:80/v1", "k")),
        (
            NOTHING,
            {"DEEPSEEK_API_KEY": "dk"},
            ("deepseek-chat", "https://api.deepseek.com:443/v1", "dk"),
        ),
    ],
)
def test_the_judge(flags, values, expected):
    access = judge_of(flags, values, CODER)
    assert (access.model, access.base.url, access.key) == expected


def test_an_access_does_not_show_its_key():
    assert "secret" not in repr(Access("m", CODER.base, "secret-key"))


# ------------------------------------------------------------------------------------------ bills


def test_a_bill_splits_what_was_paid():
    price = Price((Rate(Decimal(1), Decimal(2)),))
    tariff = Tariff(PriceTable({"m": price}), {})
    spend = Spend(2, 1000, 100, price.picousd(1000, 100))
    assert tariff.bill({"m": spend}) == Bill(1_200_000_000, 200_000_000)
    assert tariff.bill({"m": spend}).input == 1_000_000_000
    unknown = Spend(3, 10, 10, unpriced=3)
    assert tariff.bill({"x": unknown}).known is False
    mixed = tariff.bill({"m": spend, "x": unknown})
    assert (mixed.known, mixed.unpriced, mixed.total) == (True, 3, 1_200_000_000)
    assert tariff.bill({}) == Bill()


@pytest.mark.parametrize(
    ("picousd", "text"),
    [
        (0, "0.0000"),
        (700_000_000, "0.0007"),
        (712_000_000, "0.000712"),
        (1, "0.000000000001"),
        (12 * 10**12, "12.0000"),
    ],
)
def test_dollars_are_exact(picousd, text):
    assert dollars(picousd) == text


# ---------------------------------------------------------------------------------------- journal


def ended(index, status="completed"):
    result = TaskResult(status=status, stop="done")
    return Ended(
        index=index, digest=digest_of(task(index)), result=result, duration_s=1.0, timestamp=""
    )


async def test_a_journal_has_all_that_was_told_but_for_a_torn_end(tmp_path):
    journal = Journal(tmp_path)
    for index in (1, 0):
        await journal.end(task(index), ended(index))
    with (tmp_path / "results.jsonl").open("ab") as file:
        file.write(b'{"index": 2, "dig')
    assert [each.index for each in journal.ended()] == [1, 0]
    await journal.end(task(2), ended(2))
    assert [each.index for each in journal.ended()] == [1, 0, 2]


async def test_of_several_about_one_task_the_last_holds(tmp_path):
    journal = Journal(tmp_path)
    await journal.end(task(0), ended(0, "error"))
    await journal.end(task(1), ended(1))
    await journal.end(task(0), ended(0))
    found = journal.ended()
    assert [(each.index, each.result.status) for each in found] == [
        (1, "completed"),
        (0, "completed"),
    ]


async def test_a_torn_piece_goes_before_the_next(tmp_path):
    book = Journal(tmp_path).book(task(0), Purse())
    await book.keep(b"one\n", NO_SPEND)
    [kept] = tmp_path.glob("*.jsonl")
    with kept.open("ab") as file:
        file.write(b"half")
    assert list(await book.pieces()) == [b"one\n"]
    await book.keep(b"two\n", NO_SPEND)
    assert kept.read_bytes() == b"one\ntwo\n"


async def test_an_answer_that_has_come_is_kept_though_it_is_interrupted(tmp_path):
    book = Journal(tmp_path).book(task(0), Purse())
    with trio.CancelScope() as scope:
        scope.cancel()
        await book.keep(b"paid for\n", NO_SPEND)
    assert list(await book.pieces()) == [b"paid for\n"]


async def test_what_an_earlier_run_has_spent_is_spent(tmp_path):
    """That of the tasks that have not been taken up again yet, too."""
    journal = Journal(tmp_path)
    call = on_record(prompt_tokens=90)
    begin = Begin(
        at="",
        task=TaskNamed("", "p0"),
        model="m",
        judge_model="m",
        max_iterations=1,
        run=1,
    )
    for index in (0, 1):
        book = journal.book(task(index), Purse())
        await book.keep(piece_of([begin, call]), NO_SPEND)
    purse = Purse(SpendCap(tokens=200))
    batch = Batch(tasks=[task(0), task(1)], folders={}, limits=Limits())
    Foreman(batch, journal, purse, lambda event: None).remember()
    with pytest.raises(SpendRefused, match="leaves 20"):
        await purse.reserve(2, Spend(calls=1, prompt_tokens=21), NO_SPEND)


def test_a_journal_that_is_damaged_says_where(tmp_path):
    (tmp_path / "results.jsonl").write_bytes(b"{}\n")
    with pytest.raises(TranscriptBroken, match=r"results\.jsonl, line 1"):
        Journal(tmp_path).ended()


def test_nobody_is_led_elsewhere_by_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic"):
        append(tmp_path / "link", b"x")
    assert not (tmp_path / "target").exists()


def test_a_report_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    write_report(path, {"a": 1})
    assert path.read_text() == '{\n  "a": 1\n}\n'

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_report(path, {"a": 2})
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert [each.name for each in tmp_path.iterdir()] == ["r.json"]


# ---------------------------------------------------------------------------------------- folders


def test_folders_are_from_the_task_files_and_made_when_all_are_sound(tmp_path):
    found = resolve_folders([task(0, "a/b"), task(1)], tmp_path, [tmp_path])
    assert found == {0: tmp_path / "a/b", 1: tmp_path}
    assert (tmp_path / "a/b").is_dir()


def test_the_command_that_goes_on_says_all_that_was_said():
    options = RunOptions(
        mode="serial", rest_s=0.5, test=True, out=Path("a b"), judge_model="j", root=(Path("r"),)
    )
    assert command_again(options.order(Path("t.json"))) == (
        "nightdesk agents run t.json --mode serial --rest-s 0.5 --test --out 'a b' "
        "--judge-model j --root r --resume"
    )
