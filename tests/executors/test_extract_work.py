"""What is found in a body: elements, patterns, paths; in any charset, and never without an end."""

from __future__ import annotations

import json

import msgspec
import pytest

from executors.fetch.values.rules import MAX_VALUE_DEPTH, Found, Rule, Task
from executors.fetch.values.work import MAX_FOUND_BYTES, MAX_VALUES, extract

PAGE = """<!doctype html><title>  Night
 desk </title><h1>Prices</h1>
<ul><li class=p data-id=7>Tea: 12 €</li><li class=p>Milk: 3 €</li></ul>
<a href="/next?a=1&amp;b=2" rel=next>on</a><input checked>"""
DATA = {"items": [{"id": 1, "name": "tea"}, {"id": 2, "name": "milk", "tags": ["a"]}], "on": True}


def found(body, *rules, content_type=None, **changes):
    task = Task(
        tuple(msgspec.convert(list(rules), list[Rule])),
        body if isinstance(body, bytes) else body.encode(),
        content_type=content_type,
        **{"most_chars": 1_000, **changes},
    )
    return msgspec.msgpack.decode(extract(msgspec.msgpack.encode(task)), type=Found)


def value(body, content_type=None, **rule):
    result = found(body, {"as": "a", **rule}, content_type=content_type)
    assert result.problems == {}
    return result.values["a"]


def problem(body, **rule):
    result = found(body, {"as": "a", **rule})
    assert result.values == {"a": [] if rule.get("all") else None}
    return result.problems["a"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"css": "title"}, "Night desk"),
        ({"css": ".p"}, "Tea: 12 €"),
        ({"css": ".p", "all": True}, ["Tea: 12 €", "Milk: 3 €"]),
        ({"css": ".p", "attribute": "data-id", "all": True}, ["7"]),
        ({"css": "a[rel=next]", "attribute": "href"}, "/next?a=1&b=2"),
        ({"css": "input", "attribute": "checked"}, ""),
        ({"css": "ul"}, "Tea: 12 €Milk: 3 €"),
        ({"css": "h2"}, None),
        ({"css": "h2", "all": True}, []),
        ({"regex": r"(\w+): (\d+) €", "all": True}, ["Tea", "Milk"]),
        ({"regex": r"\d+ €"}, "12 €"),
        ({"regex": r"(x)?Tea"}, None),
        ({"regex": "(?i)TITLE"}, "title"),
        ({"regex": "z+"}, None),
    ],
)
def test_pages_are_asked_by_selectors_and_patterns(rule, expected):
    assert value(PAGE, **rule) == expected


@pytest.mark.parametrize(
    ("path", "all_of_it", "expected"),
    [
        ("$.items[0].name", False, "tea"),
        ("$.items[*].id", True, [1, 2]),
        ("$..tags", False, ["a"]),
        ("$.on", False, True),
        ("$.items[?@.id > 1]", False, {"id": 2, "name": "milk", "tags": ["a"]}),
        ("$.nothing", False, None),
    ],
)
def test_json_is_asked_by_paths(path, all_of_it, expected):
    assert value(json.dumps(DATA), json_path=path, all=all_of_it) == expected


@pytest.mark.parametrize(
    ("encoding", "content_type", "before"),
    [
        ("utf-8", None, ""),
        ("utf-8-sig", None, ""),
        ("utf-16", "text/html", ""),
        ("gb18030", "text/html; charset=gb2312", ""),
        ("shift_jis", None, "<meta charset=Shift_JIS>"),
        ("cp1252", None, ""),
    ],
)
def test_the_charset_is_found_as_browsers_find_it(encoding, content_type, before):
    word = "café €" if encoding == "cp1252" else "日本"
    body = f"{before}<h1>{word}</h1>".encode(encoding)
    assert value(body, content_type, css="h1") == word
    assert value(body, content_type, regex="<h1>(.+)</h1>") == word


def test_bytes_of_no_charset_and_of_no_page_are_no_error():
    noise = bytes(range(256)) * 20
    assert value(noise, css="h1") is None
    assert "�" in value(b"<h1>\xff\xfe</h1>", "text/html; charset=utf-8", css="h1")
    assert "not JSON" in problem(noise, json_path="$")
    assert value("﻿[7]", json_path="$[0]") == 7


def test_a_body_that_was_cut_is_no_json_and_still_a_page():
    result = found(PAGE, {"as": "t", "css": "h1"}, {"as": "j", "json_path": "$"}, cut=True)
    assert result.values == {"t": "Prices", "j": None}
    assert "too large" in result.problems["j"]
    cut_in_two = "<h1>日本</h1>".encode()[:-8]
    assert found(cut_in_two, {"as": "t", "css": "h1"}, cut=True).values["t"].startswith("日")


def test_one_rule_that_fails_spares_the_others():
    result = found("<h1>x</h1>", {"as": "j", "json_path": "$"}, {"as": "t", "css": "h1"})
    assert (result.values["t"], list(result.problems)) == ("x", ["j"])


def test_values_are_bounded_in_length_number_depth_and_together():
    assert value(f"<h1>{'x' * 3_000}</h1>", css="h1") == "x" * 1_000
    assert len(value("<b>x</b>" * MAX_VALUES, css="b", all=True)) == MAX_VALUES
    assert f"more than {MAX_VALUES}" in problem("<b>x</b>" * (MAX_VALUES + 1), css="b", all=True)
    deep = "[" * MAX_VALUE_DEPTH + "]" * MAX_VALUE_DEPTH
    assert value(deep, json_path="$") == json.loads(deep)
    assert "nested deeper" in problem(f"[{deep}]", json_path="$")
    much = json.dumps(["x" * 900] * 100)
    assert f"more than {MAX_FOUND_BYTES} bytes" in problem(much, json_path="$[*]", all=True)
    rules = [{"as": f"a{n}", "json_path": "$[0:40]", "all": True} for n in range(3)]
    together = found(much, *rules)
    assert [len(values) for values in together.values.values()] == [40, 0, 0]


def test_paths_that_go_nowhere_in_the_end_say_so():
    endless = "[" * 900 + "]" * 900
    assert "deeper" in problem(endless, json_path="$..*", all=True)
    assert "not JSON" in problem("[" * 100_000, json_path="$")
    assert "not JSON" in problem("[NaN]", json_path="$")


def test_patterns_take_a_time_that_grows_with_the_text_alone():
    """With a backtracking engine this would not end in a lifetime."""
    assert value("a" * 100_000 + "!", regex="(a*)*b") is None
    assert value("a" * 100_000 + "!", regex="(a|aa)+$") is None


def test_a_rule_that_says_no_way_is_told():
    assert "no way" in problem("x")
