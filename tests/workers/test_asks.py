"""What items ask of money, on the worker's side: one thing at a time, and no answer for another."""

from __future__ import annotations

import pytest
import trio

from actors.ports import ItemAnswer, NotKept, PutOff, SpendRefused
from state.spending import NO_SPEND, Spend
from workers.asks import Asks
from workers.outgoing import Outgoing
from workers.protocol import Ask


@pytest.fixture
def sent():
    return []


@pytest.fixture
def asks(sent):
    return Asks(1, Outgoing(sent.append))


async def test_an_ask_goes_at_once_and_ends_with_its_answer(asks, sent, nursery, autojump_clock):
    done = trio.Event()

    async def settle():
        await asks.settle(5, Spend(1))
        done.set()

    nursery.start_soon(settle)
    await trio.testing.wait_all_tasks_blocked()
    (ask,) = sent
    assert isinstance(ask, Ask)
    assert (ask.job, ask.asks.index, ask.asks.so_far, ask.asks.most) == (1, 5, Spend(1), None)
    asks.answer([ItemAnswer(index=6, number=ask.asks.number)])
    asks.answer([ItemAnswer(index=5, number=ask.asks.number + 1)])
    await trio.testing.wait_all_tasks_blocked()
    assert not done.is_set()
    asks.answer([ItemAnswer(index=5, number=ask.asks.number)])
    await done.wait()


async def test_who_asked_and_went_is_not_answered_next_time(asks, sent, nursery, autojump_clock):
    with trio.move_on_after(1):
        await asks.reserve(5, Spend(1), NO_SPEND)
    first = sent[0].asks.number
    with trio.move_on_after(1):
        nursery.start_soon(late, asks, first)
        await asks.reserve(5, Spend(1), NO_SPEND)
        raise AssertionError("answered with what another ask was told")


async def late(asks, number):
    asks.answer([ItemAnswer(index=5, number=number, refused="too late")])


async def test_an_item_asks_one_thing_at_a_time(asks, nursery, autojump_clock):
    nursery.start_soon(asks.settle, 5, NO_SPEND)
    await trio.testing.wait_all_tasks_blocked()
    with pytest.raises(trio.BusyResourceError, match="item 5 asks one thing at a time"):
        await asks.reserve(5, Spend(1), NO_SPEND)
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("asked", "answer", "error", "words"),
    [
        ("reserve", {"refused": "no room"}, SpendRefused, "no room"),
        ("reserve", {"put_off": True}, PutOff, "is being paused"),
        ("reserve", {"unkept": "full"}, NotKept, "full"),
        ("settle", {"unkept": "full"}, NotKept, "full"),
    ],
)
async def test_reasons_are_raised(asked, answer, error, words, asks, sent, nursery, autojump_clock):
    async def answered():
        await trio.testing.wait_all_tasks_blocked()
        asks.answer([ItemAnswer(index=0, number=sent[0].asks.number, **answer)])

    nursery.start_soon(answered)
    ask = asks.settle(0, NO_SPEND) if asked == "settle" else asks.reserve(0, NO_SPEND, NO_SPEND)
    with pytest.raises(error, match=words):
        await ask


async def freed(asks, sent, nursery):
    """The number of an answer that lets item 5 ask ahead."""
    nursery.start_soon(asks.reserve, 5, Spend(1), NO_SPEND)
    await trio.testing.wait_all_tasks_blocked()
    number = sent[-1].asks.number
    assert not sent[-1].asks.ahead
    asks.answer([ItemAnswer(index=5, number=number, ahead=True)])
    await trio.testing.wait_all_tasks_blocked()
    return number


@pytest.fixture
def ahead(asks, sent):
    """Reserves a call of item 5, and does not wait: what was asked."""

    async def reserve():
        with trio.fail_after(1):
            await asks.reserve(5, Spend(1), NO_SPEND)
        return sent[-1].asks

    return reserve


async def test_who_may_asks_ahead_and_waits_for_that_answer_before_the_next(
    asks, ahead, sent, nursery, autojump_clock
):
    await freed(asks, sent, nursery)
    first = await ahead()
    assert first.ahead
    with pytest.raises(trio.TooSlowError):
        await ahead()
    assert sent[-1].asks == first
    asks.answer([ItemAnswer(index=5, number=first.number, ahead=True)])
    assert (await ahead()).ahead


@pytest.mark.parametrize("first", ["asked", "answered"])
async def test_what_was_allowed_can_be_taken_back(
    first, asks, ahead, sent, nursery, autojump_clock
):
    number = await freed(asks, sent, nursery)
    if first == "asked":
        # It comes too late for this call, and is not taken for its answer.
        number = (await ahead()).number - 1
    asks.answer([ItemAnswer(index=5, number=number)])
    with pytest.raises(trio.TooSlowError):
        await ahead()
    assert sent[-1].asks.ahead == (first == "asked")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, None),
        ({"refused": "no room"}, SpendRefused),
        ({"put_off": True}, PutOff),
        ({"unkept": "full"}, NotKept),
    ],
)
async def test_who_is_not_told_so_again_asks_and_waits(
    answer, error, asks, ahead, sent, nursery, autojump_clock
):
    await freed(asks, sent, nursery)
    before = await ahead()
    asks.answer([ItemAnswer(index=5, number=before.number, **answer)])

    async def answered():
        await trio.testing.wait_all_tasks_blocked()
        assert not sent[-1].asks.ahead
        asks.answer([ItemAnswer(index=5, number=sent[-1].asks.number, **answer)])

    nursery.start_soon(answered)
    if error is None:
        await ahead()
    else:
        with pytest.raises(error):
            await ahead()


async def test_who_settles_hears_that_and_not_the_answer_before(
    asks, ahead, sent, nursery, autojump_clock
):
    await freed(asks, sent, nursery)
    before = await ahead()

    async def answered():
        await trio.testing.wait_all_tasks_blocked()
        asks.answer([ItemAnswer(index=5, number=before.number, unkept="late", ahead=True)])
        assert sent[-1].asks.most is None
        asks.answer([ItemAnswer(index=5, number=sent[-1].asks.number)])

    nursery.start_soon(answered)
    await asks.settle(5, NO_SPEND)
    with pytest.raises(trio.TooSlowError):
        await ahead()
    assert not sent[-1].asks.ahead


@pytest.mark.parametrize("asked", [True, False])
async def test_an_item_that_comes_again_is_not_free(
    asked, asks, ahead, sent, nursery, autojump_clock
):
    number = await freed(asks, sent, nursery)
    if asked:
        number = (await ahead()).number
    asks.over(5)
    asks.answer([ItemAnswer(index=5, number=number, ahead=True)])
    with pytest.raises(trio.TooSlowError):
        await ahead()
    assert not sent[-1].asks.ahead


async def test_who_is_bound_waits_once(asks, ahead, sent, nursery, autojump_clock):
    await freed(asks, sent, nursery)
    asks.bind(5)
    # This sees to it that it is no question ahead.
    await freed(asks, sent, nursery)
    assert (await ahead()).ahead
