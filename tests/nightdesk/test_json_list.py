"""The list of a JSON file, and the line of each entry."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightdesk.cli.json_list import NotAList, read_list

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_each_entry_has_the_line_it_begins_on():
    found = read_list('\n[\n  "a",\n  {"url":\n   "b"}, "c"\n]\n')
    assert found.items == [(3, "a"), (4, {"url": "b"}), (5, "c")]
    assert found.beside == {}


@pytest.mark.parametrize("name", ["items", "journeys", "tasks"])
def test_a_list_in_an_object_and_what_stands_beside_it(name):
    text = '{"spec": {"items": [0]},\n "NAME": [1,\n 2], "n": "]"}'
    found = read_list(text.replace("NAME", name))
    assert found.items == [(2, 1), (3, 2)]
    assert found.beside == {"spec": {"items": [0]}, "n": "]"}


def test_of_two_members_of_one_name_the_last_counts_as_for_everybody():
    assert read_list('{"items": [1],\n "items": [2]}').items == [(2, 2)]


@given(st.lists(JSON), st.sampled_from([None, 0, 2]), st.booleans())
def test_whatever_is_in_it(entries, indent, bare):
    text = json.dumps(entries if bare else {"a": {}, "items": entries, "b": [1]}, indent=indent)
    found = read_list(text)
    assert [entry for _, entry in found.items] == entries
    lines = text.splitlines() if indent is None else text.split("\n")
    assert all(1 <= line <= len(lines) for line, _ in found.items)
    assert [line for line, _ in found.items] == sorted(line for line, _ in found.items)


@pytest.mark.parametrize("text", ["1", '"a"', "{}", '{"items": {}}', "null"])
def test_what_holds_no_list(text):
    with pytest.raises(NotAList):
        read_list(text)


@pytest.mark.parametrize("text", ["", "[", "[1,]", "[NaN]", "[1] 2", "[" * 100_000])
def test_what_is_no_json(text):
    with pytest.raises(ValueError, match=r"."):
        read_list(text)
