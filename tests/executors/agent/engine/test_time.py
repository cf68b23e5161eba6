"""The time that a task may be worked on: it ends in the middle of a call, or between two tools."""

from __future__ import annotations

import pytest
import trio

from executors.agent.engine.records import Call, End
from executors.agent.engine.settings import Task
from executors.agent.ports import EndpointAway
from tests.support.engine import DONE, Bench, ScriptedModel, rounds, said, scores, write

ANSWER_S = 10


class Slow(ScriptedModel):
    """Takes its time for each answer, and says a word at once."""

    async def call(self, request, heard=lambda text: None):
        if request.stream:
            heard("word")
        await trio.sleep(ANSWER_S)
        return await super().call(request)


def slow(coder, judge=(DONE,), run=1, **given):
    task = Task("game", "Write a game.", run)
    return Bench(Slow("coder-1", coder), Slow("judge-1", judge), task=task, **given)


@pytest.mark.parametrize(("limit_s", "stop"), [(30.001, "done"), (29.999, "time"), (None, "done")])
async def test_the_time_of_a_task_is_limited(autojump_clock, limit_s, stop):
    bench = slow(rounds("1"))
    result = await bench.run(time_limit_s=limit_s)
    assert (result.stop, result.iterations) == (stop, 1)


async def test_a_call_that_the_time_cuts_is_charged_by_our_own_count(autojump_clock):
    bench = slow(rounds("1", "2"), scores(50))
    result = await bench.run(time_limit_s=35)
    assert (result.status, result.stop, result.iterations) == ("timeout", "time", 2)
    cut = bench.book.of(Call)[-1]
    # Of the answer, four characters had come.
    assert (cut.finish, cut.usage_from, cut.completion_tokens) == ("cut", "counted", 4)
    assert cut.prompt_tokens == bench.book.reservations[-1][0].prompt_tokens
    assert result.spend.counted == 1
    assert bench.book.so_far == result.spend
    assert trio.current_time() == pytest.approx(35)


async def test_a_call_that_waits_for_its_money_when_the_time_is_over_is_not_charged(autojump_clock):
    bench = slow(rounds("1"))

    async def waits(most, so_far):
        await trio.sleep_forever()

    bench.book.reserve = waits
    result = await bench.run(time_limit_s=30)
    assert (result.stop, result.spend.calls, bench.book.of(Call)) == ("time", 0, [])


async def test_no_tool_is_used_when_the_time_is_over(autojump_clock):
    bench = slow([said("", write("a", "1"), write("b", "2", "x")), said()])
    use = bench.folder.use

    async def slowly(call):
        await trio.sleep(60)
        return await use(call)

    bench.folder.use = slowly
    result = await bench.run(time_limit_s=60)
    assert (result.stop, bench.folder.files) == ("time", {"a": "1"})
    assert len(bench.coder.asked) == 1


@pytest.mark.parametrize(("limit_s", "stop"), [(40.001, "done"), (39.9, "time")])
async def test_it_counts_while_the_task_is_worked_on_and_not_between(autojump_clock, limit_s, stop):
    first = slow([said("", write("a", "1")), EndpointAway("off")])
    with pytest.raises(EndpointAway):
        await first.run(time_limit_s=limit_s)
    await trio.sleep(1000)
    # Ten seconds are on record; what the call took that brought nothing is not.
    again = slow([said("", write("a", "2")), said()], book=first.book)
    result = await again.run(time_limit_s=limit_s)
    assert result.stop == stop
    assert again.book.of(End)[0].elapsed_s == pytest.approx(min(40, limit_s))


async def test_a_new_run_has_its_time_anew(autojump_clock):
    first = slow(rounds("1"))
    assert (await first.run(time_limit_s=25)).stop == "time"
    # The judge was broken off, and is asked again.
    again = slow([], [DONE], run=2, book=first.book)
    result = await again.run(time_limit_s=25)
    assert (result.status, len(again.judge.asked)) == ("completed", 1)
