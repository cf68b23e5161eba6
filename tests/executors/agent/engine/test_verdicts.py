"""How a judge's answer is read: by its JSON, where it has any, and with its limits."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.agent.engine.verdicts import (
    DONE_WORDS,
    MAX_MISSING,
    MAX_MISSING_CHARS,
    MAX_TEXT_CHARS,
    VERDICT_SCHEMA,
    Reading,
    read_verdict,
)

NOT_DONE = {"done": False, "score": 70, "missing": ["a title", "tests"], "next": "Write them."}
READ = Reading(False, 70, ("a title", "tests"), "- a title\n- tests\nWrite them.")


def with_score(text: str) -> Reading:
    return read_verdict(f'{{"done": false, "score": {text}}}')


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "```json\n{}\n```",
        "Well, I think:\n\n{}\n\nThat is all.",
        'Not {{this}}, nor {{"that": 1}}, but {}',
        "<think>{{ hm }}</think>{}",
        "{} " + DONE_WORDS,
    ],
)
def test_json_with_something_around_it(around):
    assert read_verdict(around.format(json.dumps(NOT_DONE))) == READ


@pytest.mark.parametrize(
    ("given_done", "done"),
    [("true", True), ('"yes"', True), ('"True "', True), ('"是"', True), ('"no"', False)],
)
def test_words_that_mean_yes_or_no(given_done, done):
    assert read_verdict(f'{{"done": {given_done}, "score": 1}}').done is done


@pytest.mark.parametrize("answer", ['{"done": 1}', '{"done": null}', '{"done": "maybe"}', "{}"])
def test_json_that_does_not_say_whether_it_is_done_is_prose(answer):
    assert read_verdict(answer) == Reading(False, None, (), answer)


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        ("Looks good. 检测信息：任务已完成", True),
        (f"{DONE_WORDS}。", True),
        ("任务未完成", False),
        ("It is done.", False),
        ("", False),
    ],
)
def test_prose_is_done_where_it_has_the_words_for_it(answer, done):
    assert read_verdict(f"  {answer}\n") == Reading(done, None, (), answer)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("0", 0),
        ("100", 100),
        ("101", 100),
        ("-1", 0),
        ("99.9", 99),
        ("1e999", 100),
        ("-Infinity", 0),
        ("9" * 400, 100),
        ('"85"', 85),
        ('"85/100"', 85),
        ('"85 %"', 85),
        ("NaN", None),
        ("true", None),
        ("null", None),
        ('"much"', None),
        ("[]", None),
    ],
)
def test_scores(text, score):
    assert with_score(text).score == score


def test_a_number_that_is_too_long_for_any_is_no_verdict():
    assert not with_score("9" * 5000).done


def test_what_is_missing_is_limited():
    long = {"done": False, "missing": ["x" * 600] * 60, "next": "y" * 9000}
    reading = read_verdict(json.dumps(long))
    assert len(reading.missing) == MAX_MISSING
    assert {len(each) for each in reading.missing} == {MAX_MISSING_CHARS}
    assert len(reading.text) == MAX_TEXT_CHARS
    assert len(read_verdict("z" * 9000).text) == MAX_TEXT_CHARS


@pytest.mark.parametrize(
    ("missing", "read"),
    [("one thing", ("one thing",)), ([1, None, " ", "two "], ("two",)), ({"a": 1}, ()), (7, ())],
)
def test_lists_that_are_none(missing, read):
    assert read_verdict(json.dumps({"done": False, "missing": missing})).missing == read


@pytest.mark.parametrize("answer", ["{" * 100_000, '{"a":' * 50_000, '{"a": [' * 5_000, "{}" * 999])
def test_answers_that_are_meant_to_keep_us_busy(answer):
    assert not read_verdict(answer).done


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_text_can_be_read(answer):
    reading = read_verdict(answer)
    assert reading.score is None or 0 <= reading.score <= 100
    assert not math.isnan(reading.score or 0)


def test_what_the_schema_asks_for_is_what_is_read():
    assert list(VERDICT_SCHEMA["schema"]["properties"]) == list(NOT_DONE)
    assert VERDICT_SCHEMA["schema"]["required"] == list(NOT_DONE)
    assert read_verdict(json.dumps(NOT_DONE)) == READ
