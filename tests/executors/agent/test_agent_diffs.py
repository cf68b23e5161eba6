"""Diffs are true: `patch` in our own words turns the old text into the new one; and they end."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.agent.files import diff
from executors.agent.files.changes import MAX_DIFF_CHARS, change_of
from executors.agent.files.diff import CUT, changed_pieces, unified

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=40)
TEXTS = st.builds(lambda lines, end: "".join(lines) + end, LINES, st.sampled_from(["", "d"]))
HEAD = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n")


def patched(old, text):
    """The old lines with the hunks done, each of which must fit."""
    was = [line + "\n" for line in old.split("\n")]
    was[-1] = was[-1][:-1]
    was = [line for line in was if line]
    made, at, marked = [], 0, ""
    for line in text.splitlines(keepends=True)[2:]:
        if (head := HEAD.fullmatch(line)) is not None:
            start = int(head[1]) - (head[2] != "0")
            made += was[at:start]
            at = start
        elif line[0] == "\\":
            if marked != "-":
                made[-1] = made[-1][:-1]
        else:
            marked = line[0]
            if marked in " -":
                assert was[at].removesuffix("\n") == line[1:-1]
                at += 1
            if marked in " +":
                made.append(line[1:])
    return "".join([*made, *was[at:]])


@given(TEXTS, TEXTS)
def test_a_diff_leads_from_one_text_to_the_other(old, new):
    shown = unified("x", old, new, MAX_DIFF_CHARS)
    assert patched(old, shown) == new if shown else old == new


@given(TEXTS, TEXTS)
def test_so_does_one_whose_search_was_given_up(old, new):
    limit = diff.MAX_STEPS
    diff.MAX_STEPS = 0
    try:
        shown = unified("x", old, new, MAX_DIFF_CHARS)
    finally:
        diff.MAX_STEPS = limit
    assert patched(old, shown) == new if shown else old == new


def test_a_small_edit_in_a_long_text_is_a_small_diff():
    old = [f"line {number}\n" for number in range(20_000)]
    new = [*old[:10_000], "put in\n", *old[10_000:15_000], *old[15_001:]]
    pieces = changed_pieces(old, new)
    assert [(p.old_end - p.old_start, p.new_end - p.new_start) for p in pieces] == [(0, 1), (1, 0)]


def test_a_search_ends_after_so_many_comparisons(monkeypatch):
    """Of texts that are alike everywhere and the same nowhere."""
    compared = 0

    class Counted(int):
        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return int(self) == int(other)

        __hash__ = int.__hash__

    random = Random(1)
    old, new = ([Counted(random.randrange(2)) for _ in range(5_000)] for _ in "on")
    monkeypatch.setattr(diff, "MAX_STEPS", 5_000)
    assert diff._search(old, new) is None
    assert 2_000 < compared < 8_000


def test_what_has_no_line_of_what_was_there_is_not_searched(monkeypatch):
    """A new file above all, in which every line is one."""
    monkeypatch.setattr(diff, "_search", None)
    for old, new in (
        (None, "a\nb\n"),
        ("a\nb\n", None),
        ("a\nb\n", "c\nd"),
        ("x\na\ny", "x\nb\ny"),
    ):
        assert patched(old or "", unified("x", old, new, MAX_DIFF_CHARS)) == (new or "")


def test_a_diff_is_cut_at_the_end_of_a_line():
    change = change_of("x", b"", b"line of some length\n" * 10_000)
    assert len(change.diff) <= MAX_DIFF_CHARS + len(CUT)
    assert change.diff.endswith("+line of some length\n" + CUT)
    wide = change_of("x", b"", b"w" * 1_000_000)
    assert len(wide.diff) < 3_000


@pytest.mark.parametrize(
    ("before", "after", "text", "base64", "diff_is_empty"),
    [
        (None, b"", "", None, False),
        (None, b"\0", None, "AA==", True),
        (b"\xff", b"a", "a", None, True),
        (b"a", b"\xff", None, "/w==", True),
        (b"a", None, None, None, False),
        (b"\xff", None, None, None, True),
    ],
)
def test_texts_and_others(before, after, text, base64, diff_is_empty):
    change = change_of("x", before, after)
    assert (change.text, change.base64, change.diff == "") == (text, base64, diff_is_empty)
