"""Runs of one task: which of them begins, goes on, or is told anew."""

from __future__ import annotations

import pytest

from executors.agent.engine.news import Resumed
from executors.agent.engine.records import Begin, End, Restored
from executors.agent.engine.settings import Task
from executors.agent.ports import Change, EndpointAway, RequestRefused
from tests.support.engine import DONE, Bench, ScriptedModel, said, verdict, write

WRITES = [said("", write("a", "1")), said("One.")]


def task_of(run: int | None) -> Task:
    return Task("game", "Write a game.", run)


def begun(bench: Bench) -> list[int]:
    return [each.run for each in bench.book.of(Begin)]


def again(bench: Bench, run: int | None, coder=(), judge=()) -> Bench:
    """The same task, taken up in a folder that is empty."""
    new = Bench.of(coder, judge, book=bench.book, task=task_of(run))
    new.book.reserved = None
    return new


async def test_a_run_is_recorded_by_the_number_that_it_was_asked_for():
    bench = Bench.of(WRITES, [verdict()], task=task_of(3))
    await bench.run(max_iterations=1)
    assert begun(bench) == [3]


@pytest.mark.parametrize("run", [1, 2, 3])
async def test_a_run_that_has_ended_is_told_anew_and_not_made_again(run):
    bench = Bench.of(WRITES, [verdict()], task=task_of(3))
    result = await bench.run(max_iterations=1)
    kept = list(bench.book.kept)
    new = again(bench, run)
    assert await new.run(max_iterations=1) == result
    assert new.book.kept == kept
    assert new.folder.files == {"a": "1"}
    assert new.told(Resumed) == []


@pytest.mark.parametrize(("run", "recorded"), [(4, 4), (9, 9), (None, 4)])
async def test_a_later_run_goes_on_with_a_fresh_allowance(run, recorded):
    bench = Bench.of(WRITES, [verdict(), verdict()], task=task_of(3))
    await bench.run(max_iterations=1)
    more = [said("Two."), said("Three."), said("Four.")]
    new = again(bench, run, more, [verdict(False, 60), verdict(False, 70)])
    result = await new.run(max_iterations=2)
    assert (result.iterations, result.stop, begun(new)) == (3, "rounds", [3, recorded])
    assert new.told(Resumed) == [Resumed(2, 3, first=2)]
    assert "50 of 100" in new.coder.asked[0].messages[-1]["content"]


@pytest.mark.parametrize("run", [2, None])
async def test_what_is_done_is_done_in_every_run(run):
    bench = Bench.of(WRITES, [DONE], task=task_of(1))
    result = await bench.run()
    new = again(bench, run)
    assert await new.run() == result
    assert new.coder.asked == []


@pytest.mark.parametrize(("run", "recorded"), [(1, [1]), (None, [1]), (3, [1, 3])])
async def test_a_run_that_was_broken_off_goes_on(run, recorded):
    """A later one has an allowance of its own, and is not begun again once it has ended."""
    bench = Bench.of([*WRITES, EndpointAway("off")], [verdict()], task=task_of(1))
    with pytest.raises(EndpointAway):
        await bench.run(max_iterations=2)
    more = [said("Two."), said("Three.")]
    new = again(bench, run, more, [verdict(False, 60), verdict(False, 70)])
    result = await new.run(max_iterations=2)
    assert begun(new) == recorded
    assert result.iterations == (3 if run == 3 else 2)
    assert new.told(Resumed) == [Resumed(2, 3, first=2 if run == 3 else 1)]
    assert await again(bench, 3 if run == 3 else 1).run() == result


async def test_a_task_that_failed_goes_on_where_it_stood():
    bench = Bench.of([WRITES[0], RequestRefused("not today")], task=task_of(1))
    assert (await bench.run()).status == "error"
    new = again(bench, 2, [said("Made.")], [DONE])
    result = await new.run()
    assert (result.status, result.iterations, result.error) == ("completed", 1, "")
    assert [each["role"] for each in new.coder.asked[0].messages][2:] == ["assistant", "tool"]
    assert new.folder.files == {"a": "1"}


async def test_a_run_goes_on_with_the_last_files_and_ends_with_the_best():
    worse = [said("", write("a", "2"), write("b", "x", "y")), said("Worse.")]
    bench = Bench.of([*WRITES, *worse], [verdict(False, 90), verdict(False, 10)], task=task_of(1))
    await bench.run(max_iterations=2)
    assert bench.folder.files == {"a": "1"}

    better = Bench.of([said("As it is.")], [verdict(False, 95)], book=bench.book, task=task_of(2))
    result = await better.run(max_iterations=1)
    assert (result.best_round, better.folder.files) == (3, {"a": "2", "b": "x"})
    # So it is told anew, too: what the first run had put back holds no more.
    told = again(bench, 2)
    await told.run(max_iterations=1)
    assert told.folder.files == {"a": "2", "b": "x"}

    bench.book.kept = bench.book.kept[: len(bench.book.kept) - 2]
    worst = Bench.of([said("As it is.")], [verdict(False, 5)], book=bench.book, task=task_of(2))
    result = await worst.run(max_iterations=1)
    assert (result.best_round, worst.folder.files) == (1, {"a": "1"})
    assert len(bench.book.of(Restored)) == 2


async def test_a_transcript_of_something_else_is_an_error_of_the_task():
    bench = Bench.of([])
    bench.book.kept = [b'{"type":"end"}\n']
    result = await bench.run()
    assert (result.status, result.stop) == ("error", "error")
    assert "piece 1, line 1" in result.error
    assert bench.book.kept == [b'{"type":"end"}\n']


async def test_changes_that_no_folder_has_made_are_an_error_of_the_task():
    bench = Bench.of([*WRITES, EndpointAway("off")], [verdict()])
    with pytest.raises(EndpointAway):
        await bench.run()
    new = again(bench, None)

    async def refuses(changes: list[Change]) -> None:
        raise ValueError("a change of '../a': leaves the folder")

    new.folder.apply = refuses
    result = await new.run()
    assert (result.status, "../a" in result.error) == ("error", True)
    assert new.book.of(End) == []


async def test_the_models_of_a_run_are_on_record():
    bench = Bench.of(WRITES, [DONE])
    bench.coder = ScriptedModel("other", WRITES)
    await bench.run()
    (begin,) = bench.book.of(Begin)
    assert (begin.model, begin.judge_model, begin.max_iterations) == ("other", "judge-1", 10)
