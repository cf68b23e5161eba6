"""The lines of a transcript: what the engine writes, and what it reads again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.agent.engine.records import (
    Begin,
    Call,
    End,
    Restored,
    TaskNamed,
    Tool,
    TranscriptBroken,
    Verdict,
    cost_text,
    piece_of,
    read_pieces,
    whole,
)
from executors.agent.engine.replay import broken_off, replay, result_of
from executors.agent.ports import Change, EndpointAway, ToolCall
from state.spending import SPEND_MAX, Spend
from tests.support.engine import DONE, Bench, on_record, said, verdict, write

AT = "2026-11-23T05:00:00.000Z"
RECORDS = [
    Begin(
        at=AT,
        task=TaskNamed("任务", "写\n一个"),
        model="m",
        judge_model="j",
        max_iterations=10,
        run=1,
    ),
    Call(
        at=AT,
        round=1,
        role="coder",
        model="m",
        text="",
        tool_calls=(ToolCall("1", "write_file", "{}"),),
        finish="tool_calls",
        usage_from="endpoint",
        prompt_tokens=10,
        completion_tokens=2,
        cost_usd="0.000123",
        duration_ms=1.5,
    ),
    Tool(
        at=AT, round=1, id="1", name="write_file", ok=True, output="x", changes=(Change(path="a"),)
    ),
    Verdict(at=AT, round=1, done=False, score=None, missing=("b",), text="c", best=False),
    Restored(at=AT, round=1, changes=(Change(path="a", base64="/w=="),)),
    End(at=AT, status="timeout", stop="rounds", round=1, best_round=0, error=""),
]
PIECE = piece_of(RECORDS)


def test_records_are_read_as_they_were_written():
    assert list(read_pieces([PIECE])) == RECORDS
    assert list(read_pieces([piece_of([each]) for each in RECORDS])) == RECORDS


def test_each_is_an_object_on_a_line_of_its_own_that_names_its_type():
    lines = [json.loads(line) for line in PIECE.decode().splitlines()]
    kinds = ["begin", "call", "tool", "verdict", "restored", "end"]
    assert [line["type"] for line in lines] == kinds


def test_a_last_line_that_was_cut_short_anywhere_is_left_out():
    for size in range(len(PIECE)):
        cut = PIECE[:size]
        left = RECORDS[: cut.count(b"\n")]
        assert list(read_pieces([PIECE, cut])) == [*RECORDS, *left]
        assert list(read_pieces([whole(cut)])) == left


@pytest.mark.parametrize(
    ("line", "said_of_it"),
    [
        (b"{", "truncated"),
        (b"[]", "Expected `object`"),
        (b"", "truncated"),
        (b'{"type":"other","at":""}', "other"),
        (b'{"at":""}', "`type`"),
        (PIECE.splitlines()[5].replace(b'"round"', b'"rounds"'), "rounds"),
        (PIECE.splitlines()[5].replace(b"timeout", b"paused"), "paused"),
        (PIECE.splitlines()[3].replace(b"false", b'"no"', 1), "$.done"),
        (b'{"type":"end","at":"\xff"}', "utf-8"),
    ],
)
@pytest.mark.parametrize("after", [b"", PIECE])
def test_what_is_no_record_is_named_by_its_piece_and_line(line, said_of_it, after):
    piece = PIECE.splitlines(keepends=True)[0] + line + b"\n" + after
    with pytest.raises(TranscriptBroken, match="piece 2, line 2: ") as raised:
        list(read_pieces([PIECE, piece]))
    assert said_of_it in str(raised.value)


def test_only_the_last_piece_may_be_cut_short():
    with pytest.raises(TranscriptBroken, match="piece 1, line 6: has no end"):
        list(read_pieces([PIECE[:-1], PIECE]))


@pytest.mark.parametrize(
    "order",
    [
        [1],
        [2],
        [0, 0],
        [0, 2],
        [0, 3],
        [0, 1, 1],
        [0, 1, 2, 2],
        [0, 1, 3],
        [0, 5, 1],
        [0, 5, 5],
        [4],
    ],
)
def test_records_in_an_order_in_which_they_cannot_be(order):
    with pytest.raises(TranscriptBroken, match="does not belong here"):
        replay([piece_of(RECORDS[place] for place in order)])


COUNT = st.integers(0, SPEND_MAX)


@given(st.builds(Spend, COUNT, COUNT, COUNT, st.integers(0, 10**20), st.just(0), COUNT))
def test_what_a_call_has_cost_is_exact_on_record(spend):
    assert spend_of(spend, cost_text(spend)) == spend


def spend_of(spend: Spend, cost: str | None) -> Spend:
    call = on_record(
        prompt_tokens=spend.prompt_tokens,
        completion_tokens=spend.completion_tokens,
        cost_usd=cost,
        calls=spend.calls,
        unpriced=spend.unpriced,
        counted=spend.counted,
    )
    (read,) = read_pieces([piece_of([call])])
    return read.spend


@pytest.mark.parametrize(
    ("spend", "text"),
    [
        (Spend(1, 1, 1, 0), "0"),
        (Spend(1, 1, 1, 0, 1), None),
        (Spend(2, 1, 1, 5, 1), None),
        (Spend(1, 1, 1, 10**12), "1"),
        (Spend(1, 1, 1, 10**15), "1000"),
    ],
)
def test_an_unknown_price_is_never_nothing(spend, text):
    assert cost_text(spend) == text


async def test_what_there_is_of_a_task_that_has_not_ended():
    bench = Bench.of([said("", write("a", "1")), said("One."), EndpointAway("off")], [verdict()])
    with pytest.raises(EndpointAway):
        await bench.run()
    assert replay(bench.book.kept)[0].ended is None
    result = broken_off(bench.book.kept, "the endpoint is away")
    assert (result.status, result.stop, result.error) == ("error", "error", "the endpoint is away")
    assert (result.iterations, result.spend.calls, result.last_response) == (1, 3, "One.")


async def test_the_result_of_a_task_that_has_ended_is_in_its_records():
    bench = Bench.of([said()], [DONE])
    result = await bench.run()
    assert result_of(replay(bench.book.kept)[0]) == result
    # What ended is not broken off.
    assert broken_off(bench.book.kept, "interrupted") == result
