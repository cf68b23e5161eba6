"""Whatever models answer: the task ends, its transcript can be read, and the talk stays one that
endpoints accept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from executors.agent.engine.records import Verdict
from executors.agent.engine.replay import replay, result_of
from executors.agent.engine.state import MAX_TOOLS_A_REPLY
from executors.agent.ports import AnswerBroken, ChatReply, PromptTooLong, ToolCall
from tests.support.engine import Bench, said, write

# Half characters among them, as JSON can bring them.
TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
ARGUMENTS = st.one_of(
    TEXT,
    st.sampled_from(
        ["", "{}", "[]", "null", '{"path": 7}', '{"path": "a", "path": "b"}', "[" * 999]
    ),
    st.dictionaries(TEXT, st.text("x", max_size=3000)).map(
        lambda it: orjson.dumps(_sound(it)).decode()
    ),
)
CALLS = st.one_of(
    st.builds(ToolCall, st.sampled_from(["", "a", "a-2", "call-1"]) | TEXT, TEXT, ARGUMENTS),
    st.builds(write, st.sampled_from("ab"), st.sampled_from("12")),
)
REPLIES = st.builds(
    lambda text, calls, times, finish: said(text, *calls * times, finish=finish),
    TEXT,
    st.lists(CALLS, max_size=3),
    st.sampled_from([1, 1, 1, 40]),
    st.sampled_from(["stop", "length", "tool_calls", "", "content_filter"]),
)
CODER = REPLIES | st.sampled_from([PromptTooLong("too long")])
JUDGE = REPLIES | st.builds(said, st.sampled_from(['{"done": false}', "{" * 99, '{"done": true}']))


def _sound(given_arguments: dict[str, str]) -> dict[str, str]:
    return {name.encode("utf-8", "replace").decode(): it for name, it in given_arguments.items()}


def check_talk(messages: Sequence[dict[str, Any]]) -> None:
    """As strict endpoints are about it."""
    orjson.dumps(messages)
    wanted: list[str] = []
    before = ""
    for message in messages:
        role = message["role"]
        if role == "tool":
            assert message["tool_call_id"] == wanted.pop(0)
        else:
            assert not wanted, "a tool call that nothing was said of"
            assert not (role == before == "user")
        if role == "assistant":
            calls = message.get("tool_calls", [])
            assert calls or message["content"].strip()
            wanted = [call["id"] for call in calls]
            assert len(set(wanted)) == len(wanted) <= MAX_TOOLS_A_REPLY
            assert all(isinstance(_arguments(call), dict) for call in calls)
        before = role
    assert not wanted
    assert before != "assistant", "an endpoint would wait for its user"


def _arguments(call: dict[str, Any]) -> Any:
    return msgspec.json.decode(call["function"]["arguments"])


@settings(max_examples=60, deadline=None)
@given(st.lists(CODER, max_size=8), st.lists(JUDGE, max_size=4))
async def test_the_talk_and_the_transcript_stay_sound(coder, judge):
    bench = Bench.of([*coder, *_rest()], [*judge, *_rest()])
    result = await bench.run(max_iterations=3, max_calls_a_round=5, max_prompt_tokens=2_000)
    for request in (*bench.coder.asked, *bench.judge.asked):
        check_talk(request.messages)
    assert result_of(replay(bench.book.kept)[0]) == result
    assert result.status in ("completed", "timeout", "error")
    assert len(bench.book.of(Verdict)) == len(bench.judge.asked)
    msgspec.json.encode(bench.news)


def _rest() -> list[ChatReply]:
    return [said(f"That is all ({n}).") for n in range(99)]


async def test_a_judge_that_never_makes_sense_ends_at_the_plateau():
    bench = Bench.of(_rest(), [AnswerBroken(f"\ud800{n}") for n in range(9)])
    assert (await bench.run()).stop == "plateau"
