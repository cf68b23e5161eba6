"""Where something stands in a JSON text: as errors of bodies name it."""

from __future__ import annotations

import pytest

from web.json_place import MAX_FIELD_CHARS, place_of
from web.strict_json import InvalidJson, loads


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("X", ""),
        ("[X", "[0]"),
        ('{"a": X', "a"),
        ('{"a": 1, X', ""),
        ('{"a": 1, "b": X', "b"),
        ('{"a": {"b": {}, "c": X', "a.c"),
        ('{"a": [1, [], {"b": 2}, {"c": [X', "a[3].c[0]"),
        ('{"a": "[{:,", "b": ["]", X', "b[1]"),
        (r'{"a\"b": X', r"a\"b"),
        ('{"名": X', "名"),
        ('}]:,{"a": X', "a"),
        ('{"a": "x', ""),
    ],
)
def test_the_field_of_a_place(text, field):
    found = place_of(text, text.find("X") if "X" in text else 3)
    assert found.field == field


@pytest.mark.parametrize(
    ("text", "line", "column"), [("X", 1, 1), ("  X", 1, 3), ("\n\n X", 3, 2), ("[\n1,\nX", 3, 1)]
)
def test_lines_and_columns_begin_with_one(text, line, column):
    found = place_of(text, text.index("X"))
    assert (found.line, found.column) == (line, column)


def test_a_field_is_told_in_short():
    text = "".join(f'{{"{"k" * 300}{level}":' for level in range(9))
    assert len(place_of(text, len(text)).field) == MAX_FIELD_CHARS


def test_a_string_that_does_not_end_is_read_once():
    """Were each of its quotes tried, this would not end."""
    text = '{"a": "' + '\\"' * 500_000
    assert place_of(text, len(text)).field == "a"


@pytest.mark.parametrize(
    ("text", "where", "field"),
    [
        ('{"config": {"silent": {"timeout": NaN}}}', "line 1, column 35", "config.silent.timeout"),
        ('{"a": -Infinity}', "line 1, column 8", "a"),
        ('{"a": [1, 1e999]}', "line 1, column 11", "a[1]"),
        ('{"s": "9' + "9" * 40 + f'", "a":\n {10**30}}}', "line 2, column 2", "a"),
        (f"[1, -{2**63 + 1}]", "line 1, column 5", "[1]"),
        ("{", "line 1, column 2", ""),
    ],
)
def test_what_is_refused_says_where(text, where, field):
    with pytest.raises(InvalidJson) as caught:
        loads(text.encode())
    assert (caught.value.where, caught.value.field) == (where, field)
