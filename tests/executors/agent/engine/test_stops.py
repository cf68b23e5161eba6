"""Why a task stops, at the edge of each limit, and which files it is left with."""

from __future__ import annotations

import pytest

from executors.agent.engine.records import End, Restored, Verdict
from executors.agent.ports import AnswerBroken, EndpointAway, KeyRefused, ModelUnknown
from state.spending import Spend, SpendCap
from tests.support.engine import (
    DONE,
    PICO_A_TOKEN,
    Bench,
    ScriptedModel,
    delete,
    rounds,
    said,
    scores,
    verdict,
    write,
)


async def test_it_stops_after_so_many_rounds():
    bench = Bench.of(rounds("1", "2", "3", "4"), scores(10, 20, 30, 40))
    result = await bench.run(max_iterations=3)
    assert (result.status, result.stop, result.iterations) == ("timeout", "rounds", 3)
    assert (result.best_round, result.score, result.error) == (3, 30, "")
    assert bench.folder.files == {"a": "3"}
    assert bench.book.of(End)[0].round == 3


async def test_done_in_the_last_round_is_done():
    bench = Bench.of(rounds("1", "2"), [*scores(10), DONE])
    result = await bench.run(max_iterations=2)
    assert (result.status, result.stop) == ("completed", "done")


async def test_a_plateau_is_two_rounds_without_change_and_without_a_better_score():
    bench = Bench.of(rounds("1", None, None, "4"), scores(50, 50, 50, 50))
    result = await bench.run()
    assert (result.status, result.stop, result.iterations) == ("timeout", "plateau", 3)


@pytest.mark.parametrize(("given", "ends"), [(1, 2), (2, 3), (3, 4)])
async def test_how_many_rounds_a_plateau_has(given, ends):
    bench = Bench.of(rounds("1", *[None] * 9), scores(*[50] * 10))
    result = await bench.run(plateau_rounds=given)
    assert (result.stop, result.iterations) == ("plateau", ends)


@pytest.mark.parametrize(
    ("written", "scored"),
    [
        (["1", None, "3", None, None], [50, 50, 50, 50, 50]),  # a change between
        (["1", None, None, None, None], [50, 50, 51, 51, 51]),  # a better score between
        ([None, None, None, None, None], [50, 40, 51, 51, 0]),  # worse ones do not count as better
    ],
)
async def test_a_gain_begins_the_count_anew(written, scored):
    bench = Bench.of(rounds(*written), scores(*scored))
    result = await bench.run()
    assert (result.stop, result.iterations) == ("plateau", 5)


async def test_writing_what_is_there_is_no_change():
    bench = Bench.of(rounds("1", "1", "1", "4"), scores(*[50] * 4))
    assert (await bench.run()).iterations == 3


async def test_there_and_back_within_a_round_is_no_change():
    there_and_back = [said("", write("a", "2"), write("a", "1", "x")), said("Nothing.")]
    bench = Bench.of([*rounds("1"), *there_and_back * 2], scores(*[50] * 3))
    assert (await bench.run()).stop == "plateau"


async def test_made_and_removed_within_a_round_is_no_change_but_a_removal_is():
    made_and_gone = [said("", write("t", "2"), delete("t")), said("Tried.")]
    gone = [said("", delete("a")), said("Removed.")]
    bench = Bench.of([*rounds("1"), *made_and_gone, *gone, *made_and_gone * 2], scores(*[50] * 5))
    result = await bench.run()
    assert (result.stop, result.iterations) == ("plateau", 5)


async def test_rounds_that_cannot_be_judged_and_change_nothing_are_a_plateau():
    bench = Bench.of(rounds(None, None, None), [AnswerBroken("x")] * 3)
    result = await bench.run()
    assert (result.stop, result.iterations, result.best_round, result.score) == (
        "plateau",
        2,
        0,
        None,
    )


# ------------------------------------------------------------------------------- the best round


async def test_the_files_of_the_best_round_are_kept():
    bench = Bench.of(rounds("1", "2", "3"), scores(10, 90, 20))
    result = await bench.run(max_iterations=3)
    assert (result.best_round, result.score, result.iterations) == (2, 90, 3)
    assert bench.folder.files == {"a": "2"}
    (restored,) = bench.book.of(Restored)
    assert (restored.round, [change.text for change in restored.changes]) == (2, ["2"])
    assert [each.best for each in bench.book.of(Verdict)] == [True, True, False]


async def test_files_that_came_after_the_best_round_are_gone_and_removed_ones_back():
    later = [said("", write("b", "x"), delete("a")), said("Worse.")]
    bench = Bench.of([*rounds("1"), *later], scores(90, 20))
    await bench.run(max_iterations=2)
    assert bench.folder.files == {"a": "1"}


async def test_of_equal_scores_the_later_wins_if_its_files_are_others():
    bench = Bench.of(rounds("1", "2", None), scores(50, 50, 50))
    result = await bench.run(max_iterations=3)
    assert result.best_round == 2
    assert bench.folder.files == {"a": "2"}


async def test_the_done_round_is_the_best_whatever_its_score():
    bench = Bench.of(rounds("1", "2"), [*scores(90), verdict(True, 60)])
    result = await bench.run()
    assert (result.best_round, result.score) == (2, 60)
    assert bench.folder.files == {"a": "2"}


async def test_without_any_score_the_last_files_stay():
    bench = Bench.of(rounds("1", "2"), [said("Hm."), said("Well.")])
    result = await bench.run(max_iterations=2)
    assert (result.best_round, result.last_evaluation) == (0, "Well.")
    assert bench.folder.files == {"a": "2"}


async def test_what_was_not_judged_any_more_is_put_back():
    bench = Bench.of(rounds("1", "2"), scores(50))
    bench.book.tokens = 9_000
    result = await bench.run()
    assert (result.stop, result.best_round) == ("budget", 1)
    assert bench.folder.files == {"a": "1"}


# -------------------------------------------------------------------------------------- budgets


async def test_a_cap_of_the_book_stops_it_with_its_words():
    bench = Bench.of(rounds("1", "2"), scores(50, 60))
    bench.book.tokens = 8_700
    result = await bench.run()
    assert (result.status, result.stop) == ("timeout", "budget")
    assert result.error == "the job's cap of 8700 tokens is reached"
    assert bench.book.reserved is None


async def test_a_cap_without_room_for_the_first_call_is_an_error():
    bench = Bench.of([])
    bench.book.tokens = 100
    result = await bench.run()
    assert (result.status, result.stop, result.iterations) == ("error", "budget", 0)
    assert bench.coder.asked == []


@pytest.mark.parametrize("less", [0, 1])
@pytest.mark.parametrize("of", ["tokens", "picousd"])
async def test_the_tasks_own_cap_has_room_up_to_its_last_token(of, less):
    bench = Bench.of([said()], [DONE])
    model = ScriptedModel("", [])
    await bench.run()
    room = 110 + model.most(bench.judge.asked[0]).tokens
    cap = {"tokens": room, "picousd": room * PICO_A_TOKEN}[of] - less
    again = Bench.of([said()], [DONE])
    result = await again.run(cap=SpendCap(**{of: cap}))
    assert result.stop == ("budget" if less else "done")
    if less:
        assert "the task's cap of" in result.error
        assert len(again.judge.asked) == 0


async def test_a_cap_in_money_wants_a_price():
    bench = Bench.of([said()])
    bench.coder.priced = False
    result = await bench.run(cap=SpendCap(picousd=10**12))
    assert (result.status, result.stop) == ("error", "error")
    assert "nobody knows the price" in result.error
    assert bench.coder.asked == []
    assert bench.book.reservations == []


# -------------------------------------------------------------------------- what is raised


@pytest.mark.parametrize("error", [KeyRefused("no"), ModelUnknown("no"), EndpointAway("off", 7)])
@pytest.mark.parametrize("of", ["coder", "judge"])
async def test_what_no_task_can_help_is_raised_and_leaves_what_was_kept(error, of):
    bench = Bench.of([said(), said()], [DONE]) if of == "coder" else Bench.of([said()], [error])
    if of == "coder":
        bench = Bench.of([said("", write("a", "1")), error])
    with pytest.raises(type(error)) as raised:
        await bench.run()
    assert raised.value is error
    assert bench.book.of(End) == []
    assert bench.book.so_far.calls == 1


async def test_what_the_tries_of_an_endpoint_that_went_away_have_cost_is_kept():
    error = EndpointAway("off")
    error.spend = Spend(2, 20, 2, 22)
    bench = Bench.of([error])
    with pytest.raises(EndpointAway):
        await bench.run()
    assert bench.book.so_far == error.spend
    bench.coder = ScriptedModel("coder-1", [said()])
    result = await bench.run()
    assert result.spend == Spend(4, 220, 22, 22 + 220 * PICO_A_TOKEN)


@pytest.mark.parametrize(("taken_by", "calls"), [("hand_over", 1), ("reserve", 0), ("keep", 2)])
async def test_a_disk_that_fails_is_raised(taken_by, calls):
    bench = Bench.of([said()])

    async def full(piece, so_far):
        raise OSError(28, "No space left on device")

    setattr(bench.book, taken_by, full)
    with pytest.raises(OSError, match="No space"):
        await bench.run()
    assert len(bench.coder.asked) + len(bench.judge.asked) == calls
