"""Streams in pieces: events are the same wherever they are cut, and limits hold."""

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executors.agent.model import reply, sse
from executors.agent.model.json_text import NotJson, read_json, whole
from executors.agent.model.reply import Assembly, EndpointError, TooMuch
from executors.agent.model.sse import Events, LineTooLong

BODY = "\n".join(
    [
        '\ufeffdata: {"a": "é世🌙"}\r\n\r\n: c\r\rdata:b\r',
        "data: c\n",
        "event: x\ndata\n",
        "data: [DONE]\n\n",
    ]
)
EVENTS = ['{"a": "é世🌙"}', "b\nc", "", "[DONE]"]


def fed(pieces):
    events = Events()
    found = [each for piece in pieces for each in events.feed(piece)]
    return [each.decode() for each in (*found, *events.finish())]


@given(cuts=st.lists(st.integers(0, len(BODY.encode()))))
def test_events_are_the_same_wherever_they_are_cut(cuts):
    body, places = BODY.encode(), sorted({0, len(BODY.encode()), *cuts})
    pieces = [body[begin:end] for begin, end in pairwise(places)]
    assert fed(pieces) == EVENTS


@given(st.lists(st.binary()))
def test_no_bytes_break_the_reader(pieces):
    assert all(isinstance(each, bytes) for each in Events().feed(b"".join(pieces)))
    events = Events()
    for piece in pieces:
        events.feed(piece)
    events.finish()


def test_the_last_event_needs_no_end():
    assert fed([b"data: a\n\ndata: b"]) == ["a", "b"]


@pytest.mark.parametrize("size", [7, 8])
def test_a_line_has_so_many_bytes_at_most(monkeypatch, size):
    monkeypatch.setattr(sse, "MAX_LINE_BYTES", 7)
    events = Events()
    events.feed(b"data: a\n\n" + b"d" * (size - 1))
    if size > 7:
        with pytest.raises(LineTooLong, match="more than 7 bytes"):
            events.feed(b"d")
    else:
        events.feed(b"d")


def said(text):
    return {"choices": [{"delta": {"content": text}}]}


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("MAX_TEXT_CHARS", said("a")),
        ("MAX_TEXT_CHARS", {"choices": [{"delta": {"reasoning_content": "a"}}]}),
        (
            "MAX_ARGUMENT_CHARS",
            {"choices": [{"delta": {"tool_calls": [{"function": {"arguments": "a"}}]}}]},
        ),
    ],
)
def test_a_reply_is_so_long_at_most(monkeypatch, limit, told):
    monkeypatch.setattr(reply, limit, 3)
    assembly = Assembly(lambda text: None)
    for _ in range(3):
        assembly.take(told)
    with pytest.raises(TooMuch, match="more than 3 characters"):
        assembly.take(told)


FIELDS = st.sampled_from(
    [
        "choices",
        "delta",
        "message",
        "content",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "index",
        "usage",
        "finish_reason",
        "reasoning",
        "error",
        "model",
        "text",
        "function_call",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(FIELDS, inner),
    max_leaves=12,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(FIELDS, json_values, max_size=5), max_size=5))
def test_whatever_is_told_is_taken_or_refused(told):
    assembly = Assembly(lambda text: None)
    for each in told:
        try:
            assembly.take(each)
        except (EndpointError, TooMuch):
            continue
    ids = [call.id for call in assembly.tool_calls]
    assert len(ids) == len(set(ids))
    "".join([assembly.text, *assembly.texts(), *ids]).encode()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": NaN}', {"a": "NaN"}),
        (b'{"a": -Infinity}', {"a": "-Infinity"}),
        (b'{"a": 9223372036854775808}', {"a": 2**63}),
        (b'"\xff"', "\N{REPLACEMENT CHARACTER}"),
        (b'  {"a": 1}\n', {"a": 1}),
    ],
)
def test_json_is_read_with_patience(data, value):
    assert read_json(data) == value


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"nope", b"\x00"])
def test_what_is_no_json_is_none(data):
    with pytest.raises(NotJson):
        read_json(data)


@given(st.text(st.characters(exclude_categories=[]), max_size=20))
def test_what_is_made_whole_can_be_written(text):
    whole(text).encode("utf-8")


def test_halves_of_characters_become_one():
    halves = json.loads('["\\ud83c", "\\udf19"]')
    assert whole("".join(halves)) == "🌙"
