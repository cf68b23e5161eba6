"""Rounds: who is asked what, in which order, and what is kept of it."""

from __future__ import annotations

import json

import pytest
import trio

from executors.agent.engine import prompts
from executors.agent.engine.news import CallEnded, Judged, RoundBegan, Stopped, TextHeard, ToolUsed
from executors.agent.engine.records import Begin, Call, End, Tool, Verdict, read_pieces
from executors.agent.engine.state import MAX_TOOLS_A_REPLY
from executors.agent.engine.working import MAX_OUTPUT_CHARS, WATCHED_MS, Work
from executors.agent.ports import AnswerBroken, EndpointAway, RequestRefused, ToolCall
from state.spending import Spend
from tests.support.engine import DONE, PICO_A_TOKEN, Bench, read, said, verdict, write
from tests.support.garbage import none_left


async def test_a_task_that_is_done_in_its_first_round():
    bench = Bench.of([said("", write("game.py", "print(1)")), said("Made game.py.")])
    result = await bench.run()
    assert (result.status, result.stop) == ("completed", "done")
    assert (result.iterations, result.best_round, result.score) == (1, 1, 100)
    assert result.last_response == "Made game.py."
    assert result.spend == Spend(3, 300, 30, 330 * PICO_A_TOKEN)
    assert (result.spends["coder-1"].calls, result.spends["judge-1"].calls) == (2, 1)
    assert (result.roles["coder"].calls, result.roles["judge"].calls) == (2, 1)
    assert bench.folder.files == {"game.py": "print(1)"}


@pytest.mark.parametrize(
    ("duration_ms", "tools"),
    [(WATCHED_MS, [[Tool], [Call]]), (WATCHED_MS - 1, [[Tool, Call]])],
)
async def test_each_call_is_kept_before_what_it_asks_for_is_done(duration_ms, tools):
    """What a tool has done is kept with the next call, unless calls take long."""
    bench = Bench.of([said("", write("game.py", "1"), duration_ms=duration_ms), said()])
    await bench.run()
    kinds = [[type(each) for each in read_pieces([piece])] for piece in bench.book.kept]
    assert kinds == [[Begin, Call], *tools, [Call, Verdict, End]]


@pytest.mark.parametrize(
    ("duration_ms", "waiting"), [(WATCHED_MS, [0, 0, 0, 0]), (WATCHED_MS - 1, [0, 1, 1, 1])]
)
async def test_a_slow_call_is_on_disk_before_the_next_is_made(duration_ms, waiting):
    """A quick one is on its way then, and the one before it is there."""
    answers = {
        True: iter([said("One.", duration_ms=duration_ms), said("Two.", duration_ms=duration_ms)]),
        False: iter([said(verdict(False).text, duration_ms=duration_ms), DONE]),
    }
    seen = []

    def answer(request):
        seen.append(len(bench.book.unkept))
        return next(answers[request.stream])

    bench = Bench.of(answer, answer)
    result = await bench.run()
    assert (result.status, result.iterations) == ("completed", 2)
    assert seen == waiting


async def test_nothing_of_a_task_is_left_to_the_collector():
    with none_left(Work):
        await Bench.of([said("", write("a", "1")), said()]).run()


async def test_what_tools_have_done_is_kept_where_no_call_follows():
    bench = Bench.of([said("", write("a", "1")), EndpointAway("gone")])
    with pytest.raises(EndpointAway):
        await bench.run()
    assert len(bench.book.of(Tool)) == 1


async def test_between_two_tools_others_have_their_turns(nursery):
    """A quick tool waits for nothing by itself. Before the first there was a call, which has."""
    turns = []

    async def other():
        while True:
            await trio.lowlevel.checkpoint()
            turns.append(1)

    nursery.start_soon(other)
    while not turns:
        await trio.lowlevel.checkpoint()
    taken = []
    for count in (*[0, 1] * 20, MAX_TOOLS_A_REPLY):
        calls = [write(f"{number}", "x", f"{number}") for number in range(count)]
        replies = [said("", *calls), said()] if calls else [said()]
        before = len(turns)
        await Bench.of(replies).run()
        taken.append(len(turns) - before)
    # Which of two begins is a matter of chance each time.
    assert abs(taken.pop() - (MAX_TOOLS_A_REPLY - 1)) <= 1
    assert {*taken} == {0}
    nursery.cancel_scope.cancel()


async def test_a_call_is_handed_over_before_its_tools_are_used():
    bench = Bench.of([said("", write("a", "1"), write("b", "2", "x")), said()])
    kept_before: list[int] = []
    use = bench.folder.use

    async def used(call):
        kept_before.append(len(bench.book.kept) + len(bench.book.unkept))
        return await use(call)

    bench.folder.use = used
    await bench.run()
    assert kept_before == [1, 1]


async def test_what_a_call_may_cost_is_reserved_before_it_and_settled_by_its_piece():
    bench = Bench.of([said("", write("a", "1")), said()])
    await bench.run()
    # That nothing is called unreserved, the scripted model sees to.
    assert [so_far.calls for _, so_far in bench.book.reservations] == [0, 1, 2]
    most, _ = bench.book.reservations[0]
    assert most.completion_tokens == 8192
    assert bench.book.so_far.calls == 3


async def test_the_coder_sees_its_folder_its_task_and_then_the_evaluation():
    bench = Bench.of(
        [said("", write("a", "1")), said("One."), said("Two.")],
        [verdict(False, 40, ["a title"]), DONE],
    )
    await bench.run()
    first, second, third = bench.coder.asked
    assert [each["role"] for each in first.messages] == ["system", "user"]
    assert "'game'" in first.messages[0]["content"]
    assert first.messages[1]["content"] == "Write a game."
    assert first.stream
    assert first.tools == bench.folder.tools
    assert [each["role"] for each in second.messages[2:]] == ["assistant", "tool"]
    assert second.messages[2]["tool_calls"][0]["function"]["name"] == "write_file"
    assert second.messages[3] == {"role": "tool", "tool_call_id": "w", "content": "written"}
    last = third.messages[-1]
    assert last["role"] == "user"
    assert "40 of 100" in last["content"]
    assert "- a title\nGo on." in last["content"]
    # What was sent before is the same object: nothing is held twice.
    assert all(one is two for one, two in zip(first.messages, third.messages, strict=False))


async def test_the_judge_sees_the_task_the_files_and_what_was_done():
    bench = Bench.of([said("", write("a.txt", "alpha"), read("b", "r1")), said("Look at a.txt.")])
    await bench.run()
    (asked,) = bench.judge.asked
    assert not asked.stream
    assert asked.tools == ()
    assert asked.answer_schema["name"] == "verdict"
    told = asked.messages[1]["content"]
    for part in ("Write a game.", "- a.txt (5 bytes)", "a.txt is new", "alpha", "Look at a.txt."):
        assert part in told
    assert "- write_file a.txt: ok: written" in told
    assert "- read_file b: failed: there is no read_file b" in told


async def test_the_judge_is_shown_diffs_of_files_that_it_knew_and_of_this_round_only():
    bench = Bench.of(
        [said("", write("a", "1")), said(), said("", write("a", "2")), said()],
        [verdict(False, 40), DONE],
    )
    await bench.run()
    told = bench.judge.asked[1].messages[1]["content"]
    assert "## Changed in this round\n\n+2\n\n" in told
    assert told.count("write_file a: ok") == 1


async def test_news_are_told_in_order():
    bench = Bench.of([said("", write("game.py", "1")), said("Made.")])
    await bench.run()
    assert bench.told(RoundBegan) == [RoundBegan(1)]
    assert bench.told(ToolUsed) == [ToolUsed(1, "write_file", True, "game.py")]
    assert bench.told(TextHeard)[-1] == TextHeard("coder", 5)
    assert [(each.role, each.so_far.calls) for each in bench.told(CallEnded)] == [
        ("coder", 1),
        ("coder", 2),
        ("judge", 3),
    ]
    assert bench.news[-2:] == [Judged(1, True, 100, True), Stopped("done", 1, 1)]


@pytest.mark.parametrize("text", ["", "  \n"])
async def test_an_empty_answer_is_nudged_once_and_then_the_round_ends(text):
    bench = Bench.of([said(text), said("")], [DONE])
    await bench.run()
    nudged = bench.coder.asked[1].messages
    # Two texts of a user are one message, and there is none of an assistant who said nothing.
    assert [each["role"] for each in nudged] == ["system", "user"]
    assert nudged[1]["content"] == f"Write a game.\n\n{prompts.NUDGE_EMPTY}"
    assert len(bench.judge.asked) == 1


async def test_an_answer_that_was_cut_is_told_to_go_on_once():
    bench = Bench.of([said("I beg", finish="length"), said("in", finish="length")])
    result = await bench.run()
    assert bench.coder.asked[1].messages[-1]["content"] == prompts.NUDGE_CUT
    assert (len(bench.coder.asked), result.last_response) == (2, "in")


async def test_after_so_many_calls_the_judge_is_asked():
    bench = Bench.of((said("", write("a", str(n))) for n in range(9)), [DONE])
    await bench.run(max_calls_a_round=3)
    assert len(bench.coder.asked) == 3
    assert bench.folder.files == {"a": "2"}
    assert len(bench.book.of(Tool)) == 3


async def test_a_thousand_tool_calls_in_one_reply():
    calls = [write(f"f{n}", "x", f"id{n}") for n in range(1000)]
    bench = Bench.of([said("", *calls), said()])
    await bench.run()
    assert len(bench.folder.files) == MAX_TOOLS_A_REPLY
    assert bench.book.of(Call)[0].left_out == 1000 - MAX_TOOLS_A_REPLY
    told = bench.coder.asked[1].messages
    assert "936 more tool calls of that answer were not done" in told[-1]["content"]
    assert len(told[2]["tool_calls"]) == MAX_TOOLS_A_REPLY


async def test_what_many_tools_have_written_is_kept_in_parts():
    calls = [write(f"f{n}", "x" * 1024 * 1024, f"id{n}") for n in range(6)]
    bench = Bench.of([said("", *calls), said()])
    await bench.run()
    tools = [
        sum(isinstance(each, Tool) for each in read_pieces([piece])) for piece in bench.book.kept
    ]
    assert tools == [0, 5, 1, 0]


async def test_what_a_tool_has_said_is_limited():
    bench = Bench.of([said("", read("long")), said()])
    bench.folder.files["long"] = "x" * (MAX_OUTPUT_CHARS + 1)
    await bench.run()
    assert len(bench.book.of(Tool)[0].output) == MAX_OUTPUT_CHARS
    assert len(bench.coder.asked[1].messages[-1]["content"]) == MAX_OUTPUT_CHARS


async def test_tool_calls_of_the_same_id_are_told_apart():
    calls = [write(f"f{n}", "x", id) for n, id in enumerate(["a", "a", "", "", "a-2"])]
    bench = Bench.of([said("", *calls), said()])
    await bench.run()
    told = bench.coder.asked[1].messages
    ids = [each["id"] for each in told[2]["tool_calls"]]
    assert len(set(ids)) == 5
    assert [each["tool_call_id"] for each in told[3:]] == ids
    assert len(bench.folder.files) == 5


@pytest.mark.parametrize("arguments", ["{", "[]", '"x"', "", '{"path": "\\ud800"}', "[" * 5000])
async def test_arguments_that_are_no_object_are_not_sent_again(arguments):
    bench = Bench.of([said("", ToolCall("1", "read_file", arguments)), said()])
    await bench.run()
    told = bench.coder.asked[1].messages
    assert told[2]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert "no " in told[3]["content"]
    assert not bench.book.of(Tool)[0].ok
    # What was really said is on record.
    assert bench.book.of(Call)[0].tool_calls[0].arguments == arguments


async def test_an_unknown_tool_is_told_so():
    bench = Bench.of([said("", ToolCall("1", "launch" * 100, "{}")), said()])
    await bench.run()
    assert not bench.book.of(Tool)[0].ok
    assert len(bench.told(ToolUsed)[0].name) == 100


@pytest.mark.parametrize("error", [AnswerBroken("gibberish"), RequestRefused("no such schema")])
async def test_a_judge_that_fails_counts_as_a_round(error):
    bench = Bench.of([said("", write("a", "1")), said(), said("More.")], [error, DONE])
    result = await bench.run()
    assert (result.status, result.iterations) == ("completed", 2)
    first = bench.book.of(Verdict)[0]
    assert (first.judged, first.done, first.score) == (False, False, None)
    assert "任务评估出错" in first.text
    assert str(error) in bench.coder.asked[2].messages[-1]["content"]


@pytest.mark.parametrize("error", [AnswerBroken("gibberish"), RequestRefused("not allowed")])
async def test_a_coder_that_fails_ends_the_task_with_an_error(error):
    error.spend = Spend(1, 70, 7, 77)
    bench = Bench.of([said("", write("a", "1")), error])
    result = await bench.run()
    assert (result.status, result.stop, result.error) == ("error", "error", str(error))
    # What the failed tries have cost is on record.
    assert result.spend == Spend(2, 170, 17, 110 * PICO_A_TOKEN + 77)
    assert bench.book.of(Call)[-1].error == str(error)
    assert isinstance(bench.book.records[-1], End)


async def test_an_error_in_the_first_call_has_begun_no_answer_and_one_round():
    bench = Bench.of([RequestRefused("no")])
    result = await bench.run()
    assert (result.status, result.iterations, result.spend.calls) == ("error", 1, 0)


async def test_costs_are_exact_and_unknown_ones_are_null():
    cheap = Spend(1, 3, 0, 1)
    unknown = Spend(1, 5, 5, 0, 1, 1)
    bench = Bench.of(
        [said("", read("a"), spend=cheap), said(spend=unknown, usage_from="counted")], [DONE]
    )
    result = await bench.run()
    lines = [json.loads(line) for piece in bench.book.kept for line in piece.splitlines()]
    calls = [line for line in lines if line["type"] == "call"]
    assert calls[0]["cost_usd"] == "0.000000000001"
    assert calls[1]["cost_usd"] is None
    assert calls[1]["usage_from"] == "counted"
    assert result.spend == Spend(3, 108, 15, 1 + 110 * PICO_A_TOKEN, 1, 1)
    assert [each.spend for each in bench.book.of(Call)][:2] == [cheap, unknown]
