"""Short computations run on a worker's loop, once enough have been short; others beside it."""

from __future__ import annotations

import threading

import pytest
import trio

from workers.compute import SHORT_S, TRUSTED_AFTER, Computing


class Clock:
    """Every computation takes as long as the test says."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def run(clock):
    """`await run(took_s)`: whether a computation that takes so long was on the loop."""
    computing = Computing(clock)

    async def one(took_s):
        def work():
            clock.now += took_s
            return threading.current_thread() is threading.main_thread()

        return await computing.run(work)

    return one


async def test_short_ones_come_to_the_loop_and_a_long_one_sends_them_back(run):
    beside = [await run(SHORT_S / 2) for _ in range(TRUSTED_AFTER)]
    assert beside == [False] * TRUSTED_AFTER
    assert await run(SHORT_S / 2)
    assert await run(SHORT_S * 2)
    assert not await run(SHORT_S / 2)


async def test_long_ones_stay_beside_it(run):
    assert not any([await run(SHORT_S * 2) for _ in range(3 * TRUSTED_AFTER)])


async def test_a_long_one_among_short_ones_begins_the_count_anew(run):
    took = [SHORT_S / 2] * (TRUSTED_AFTER - 1) + [SHORT_S * 2]
    assert not any([await run(took_s) for took_s in took * 4])


async def test_what_is_raised_counts_by_its_time(clock):
    computing = Computing(clock)

    def fail():
        raise ValueError(threading.current_thread() is threading.main_thread())

    for on_loop in [False] * TRUSTED_AFTER + [True]:
        with pytest.raises(ValueError, match=str(on_loop)):
            await computing.run(fail)


async def test_an_error_of_memory_holds_nothing_of_what_was_built(clock):
    computing = Computing(clock)

    def hoard():
        held = [object()]
        raise MemoryError(held)

    for _ in range(TRUSTED_AFTER + 1):
        with pytest.raises(MemoryError) as caught:
            await computing.run(hoard)
        assert caught.value.args == ()
        assert caught.value.__context__ is None


async def test_what_is_told_to_stop_is_waited_for_and_dropped(clock):
    """It would go on beside the next item."""
    computing, ended = Computing(clock), []
    begun, go_on = trio.Event(), threading.Event()

    def work():
        trio.from_thread.run_sync(begun.set)
        go_on.wait(60)
        ended.append(True)

    async def stop():
        await begun.wait()
        scope.cancel()
        go_on.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop)
        with trio.CancelScope() as scope:
            await computing.run(work)
    assert (ended, scope.cancelled_caught) == ([True], True)
