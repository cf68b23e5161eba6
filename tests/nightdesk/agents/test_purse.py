"""One budget for all tasks of a batch: set aside before each call, waited for, and refused."""

from __future__ import annotations

import pytest
import trio

from executors.agent.ports import SpendRefused
from nightdesk.agents.purse import Purse
from state.spending import NO_SPEND, Spend, SpendCap


def tokens(count):
    return Spend(calls=1, prompt_tokens=count)


async def test_without_a_cap_all_is_allowed():
    purse = Purse()
    for index in range(100):
        await purse.reserve(index, tokens(10**9), NO_SPEND)


async def test_what_is_spent_and_what_is_set_aside_keep_to_the_cap():
    purse = Purse(SpendCap(tokens=100))
    await purse.reserve(0, tokens(60), NO_SPEND)
    purse.settle(0, tokens(60))
    await purse.reserve(1, tokens(40), NO_SPEND)
    purse.settle(1, tokens(39))
    with pytest.raises(SpendRefused, match=r"100 tokens leaves 1, and the next call may take 2"):
        await purse.reserve(0, tokens(2), tokens(60))
    await purse.reserve(0, tokens(1), tokens(60))


async def test_money_is_counted_exactly():
    purse = Purse(SpendCap(picousd=10))
    with pytest.raises(SpendRefused, match=r"budget of \$0\.00000000001 leaves"):
        await purse.reserve(0, Spend(calls=1, picousd=11), NO_SPEND)
    await purse.reserve(0, Spend(calls=1, picousd=10), NO_SPEND)


async def test_who_finds_no_room_only_because_of_others_calls_waits_for_them(autojump_clock):
    purse = Purse(SpendCap(tokens=100))
    begun = []

    async def one(index):
        await purse.reserve(index, tokens(80), NO_SPEND)
        begun.append((index, trio.current_time()))
        await trio.sleep(1)
        purse.settle(index, tokens(10))

    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        for index in range(3):
            nursery.start_soon(one, index)
    # One after the other, and none refused: 10 + 10 + 80 fit.
    assert sorted(round(at - start) for _, at in begun) == [0, 1, 2]


async def test_who_waits_is_refused_once_there_can_be_no_room(autojump_clock):
    purse = Purse(SpendCap(tokens=100))
    await purse.reserve(0, tokens(90), NO_SPEND)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def second():
            with pytest.raises(SpendRefused, match="leaves 10, and"):
                await purse.reserve(1, tokens(20), NO_SPEND)

        await trio.testing.wait_all_tasks_blocked()
        purse.settle(0, tokens(90))


async def test_a_task_that_ends_gives_back_what_it_had_set_aside():
    purse = Purse(SpendCap(tokens=100))
    await purse.reserve(0, tokens(90), tokens(5))
    purse.drop(0)
    await purse.reserve(1, tokens(95), NO_SPEND)
    with pytest.raises(SpendRefused):
        await purse.reserve(2, tokens(96), NO_SPEND)
