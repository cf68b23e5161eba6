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
