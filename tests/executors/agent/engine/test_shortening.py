"""Messages that are too long for the model are shortened, the same way whenever it is done."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.agent.engine.dialog import Dialog
from executors.agent.engine.news import Shortened
from executors.agent.engine.records import Call
from executors.agent.ports import PromptTooLong, ToolCall
from tests.support.engine import DONE, Bench, read, said, verdict, write

LONG = "x" * 5_000


def talk(*outputs: str) -> Dialog:
    dialog = Dialog("system")
    dialog.say("Do it. " + LONG)
    for place, output in enumerate(outputs):
        dialog.answer(f"I read. {LONG}", [read(f"{place}", f"r{place}")])
        dialog.tell(read(f"{place}", f"r{place}"), output)
    return dialog


def lengths(dialog: Dialog) -> list[int]:
    return [len(each["content"]) for each in dialog.messages if each["role"] == "tool"]


def test_the_oldest_go_first_and_none_twice():
    dialog = talk(*[LONG] * 10)
    found = []
    while dialog.shorten():
        found.append(lengths(dialog))
    assert found == [
        [400] * 4 + [5000] * 6,
        [400] * 8 + [5000] * 2,
        [400] * 8 + [2000] * 2,
        [200] * 10,
    ]


def test_what_people_and_the_coder_have_said_stays_whole():
    dialog = talk(LONG)
    while dialog.shorten():
        pass
    assert dialog.messages[1]["content"] == "Do it. " + LONG
    assert dialog.messages[2]["content"] == f"I read. {LONG}"


def test_a_cut_says_so_and_what_was_sent_before_is_not_changed():
    dialog = talk(*[LONG] * 10)
    sent = list(dialog.messages)
    dialog.shorten()
    assert sent[3]["content"] == LONG
    assert dialog.messages[3]["content"].endswith(" … (5,000 characters, cut here to save room)")
    # Nothing is copied that is not cut.
    assert sum(one is not two for one, two in zip(sent, dialog.messages, strict=True)) == 4


def test_arguments_stay_json():
    dialog = Dialog("system")
    given_arguments = {"path": "a", "content": LONG, "n": 10**30, "list": [LONG]}
    call = ToolCall("w", "write_file", json.dumps(given_arguments))
    dialog.answer("", [call, read("b")])
    while dialog.shorten():
        pass
    cut, whole = dialog.messages[1]["tool_calls"]
    sent = json.loads(cut["function"]["arguments"])
    assert (sent["path"], sent["n"], sent["list"]) == ("a", 10**30, [LONG])
    assert len(sent["content"]) == 200
    assert whole["function"]["arguments"] == read("b").arguments


@given(st.dictionaries(st.text(), st.text(max_size=9) | st.floats() | st.just(LONG)))
def test_any_arguments_can_be_shortened(arguments):
    dialog = Dialog("system")
    dialog.answer("", [ToolCall("w", "t", json.dumps(arguments))])
    while dialog.shorten():
        pass
    msgspec.json.decode(dialog.messages[1]["tool_calls"][0]["function"]["arguments"])


async def test_a_prompt_that_the_model_finds_too_long_is_sent_shorter():
    bench = Bench.of(
        [said("", write("a", LONG)), said("", read("a")), PromptTooLong("too long"), said()], [DONE]
    )
    result = await bench.run()
    assert (result.status, len(bench.coder.asked)) == ("completed", 4)
    assert [each.shortened for each in bench.book.of(Call)] == [0, 0, 0, 1, 1]
    assert LONG in bench.coder.asked[2].messages[-1]["content"]
    assert LONG not in json.dumps(bench.coder.asked[3].messages)


async def test_a_prompt_that_stays_too_long_is_an_error():
    bench = Bench.of([said("", write("a", LONG)), *[PromptTooLong("too long")] * 9], [DONE])
    result = await bench.run()
    assert (result.status, result.error) == ("error", "too long")
    # The third time, nothing was left to be cut.
    assert len(bench.coder.asked) == 4


async def test_a_judge_for_whom_it_is_too_long_has_not_judged():
    bench = Bench.of([said()], [PromptTooLong("too long")])
    result = await bench.run(max_iterations=1)
    assert (result.status, result.stop) == ("timeout", "rounds")
    assert "too long" in result.last_evaluation


@pytest.mark.parametrize(("less", "shortened"), [(0, 0), (1, 1)])
async def test_a_prompt_above_the_limit_is_shortened_before_it_is_sent(less, shortened):
    script = [said("", write("a", LONG)), said()]
    bench = Bench.of(script, [DONE])
    await bench.run()
    limit = bench.coder.most(bench.coder.asked[1]).prompt_tokens - less
    again = Bench.of(script, [DONE])
    result = await again.run(max_prompt_tokens=limit)
    assert result.status == "completed"
    assert len(again.told(Shortened)) == shortened
    assert (LONG in json.dumps(again.coder.asked[1].messages)) == (shortened == 0)


async def test_a_prompt_that_cannot_be_shortened_enough_is_sent_as_it_is():
    bench = Bench.of([said(), said()], [verdict(), DONE])
    result = await bench.run(max_prompt_tokens=1)
    assert result.status == "completed"
