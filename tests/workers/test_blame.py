"""A worker that does its items one after the other dies: only the one it was at is to blame.

With tasks for workers, on the virtual clock; `tests/workers/test_jail_blame.py` has real ones.
"""

from __future__ import annotations

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.ports import ItemsLost
from tests.support.houses import EXECUTORS
from tests.support.leasing import Hand, brief, leased
from workers.inline import InlineWorkers

SLOTS = 40


def run(main, *args):
    """Under Hypothesis every example has a loop of its own."""
    return trio.run(main, *args, clock=trio.testing.MockClock(autojump_threshold=0))


async def work(items, *, seats=1, spec=None, concurrency=SLOTS):
    pool = InlineWorkers(EXECUTORS, slots=SLOTS, seats=seats, one_each=True)
    async with trio.open_nursery() as nursery:
        await nursery.start(pool.run)
        async with pool.attach(brief(spec=spec or {})) as attachment:
            hand = await Hand(attachment, concurrency=concurrency).work(items)
        nursery.cancel_scope.cancel()
    return hand


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_exactly_the_items_that_kill_their_worker_have_a_strike(data):
    count = data.draw(st.integers(1, 30), "items")
    deadly = data.draw(st.sets(st.integers(0, count - 1)), "deadly")
    seats = data.draw(st.integers(1, 3), "seats")
    keyed = data.draw(st.sets(st.integers(0, count - 1)), "keyed")
    items = [
        leased(
            index,
            {"do": "die" if index in deadly else "ok"},
            key="one after the other" if index in keyed else "",
        )
        for index in range(count)
    ]
    hand = run(lambda: work(items, seats=seats))
    assert sorted(index for lost in hand.lost for index in lost.indexes) == sorted(deadly)
    assert set(hand.ended) == set(range(count))
    for index, ended in hand.ended.items():
        assert ended.attempts == (2 if index in deadly else 1)


def test_the_others_come_back_as_they_went_without_a_word():
    hand = run(
        lambda: work([leased(0, {"do": "die"}), leased(1, {"do": "ok"}), leased(2, {"do": "ok"})])
    )
    assert hand.lost == [ItemsLost((0,), "killed by signal 9")]
    back = [event for events in hand.deferred.values() for event in events]
    assert [(event.index, event.attempts, event.delay_s, event.error) for event in back] == [
        (1, 0, 0.0, None),
        (2, 0, 0.0, None),
    ]


def test_one_item_at_a_time_in_the_order_in_which_they_were_leased():
    items = [leased(index, {"do": "sleep", "s": 1.0}) for index in range(5)]

    async def timed():
        began = trio.current_time()
        hand = await work(items)
        return list(hand.ended), trio.current_time() - began

    order, took_s = run(timed)
    assert order == list(range(5))
    assert took_s >= 5.0


def test_items_of_a_key_stay_at_one_worker_in_order():
    async def both():
        pool = InlineWorkers(EXECUTORS, slots=SLOTS, seats=3, one_each=True)
        async with trio.open_nursery() as nursery:
            await nursery.start(pool.run)
            async with pool.attach(brief()) as attachment:
                items = [leased(index, {"do": "sleep", "s": 1.0}, key="k") for index in range(9)]
                hand = await Hand(attachment, concurrency=4).work(items)
            nursery.cancel_scope.cancel()
        return list(hand.ended)

    assert run(both) == list(range(9))


def test_jobs_take_turns_in_a_worker():
    """Whoever comes second waits for an item before it opens and one after, not for all of them."""

    async def second():
        pool = InlineWorkers(EXECUTORS, slots=SLOTS, seats=1, one_each=True)
        async with trio.open_nursery() as nursery:
            await nursery.start(pool.run)
            async with (
                pool.attach(brief("a", "a")) as first,
                pool.attach(brief("b", "b")) as other,
            ):
                slow = [leased(index, {"do": "sleep", "s": 1.0}) for index in range(30)]
                nursery.start_soon(Hand(first, concurrency=30).work, slow)
                await trio.sleep(0.5)
                began = trio.current_time()
                await Hand(other).work([leased(0, {"do": "ok"})])
                waited_s = trio.current_time() - began
                nursery.cancel_scope.cancel()
        return waited_s

    assert run(second) <= 2.0


def test_a_job_that_kills_whoever_opens_it_is_broken_the_second_time():
    hand = run(
        lambda: work([leased(0, {"do": "ok"}), leased(1, {"do": "ok"})], spec={"open_dies": True})
    )
    assert hand.lost == [ItemsLost((0, 1), "killed by signal 9")]
    (broken,) = hand.others
    assert broken.error == ("a worker died twice as it opened the job (killed by signal 9)")
