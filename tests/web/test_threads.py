"""Work beside the loop: one client network has one thread, and others have theirs."""

from __future__ import annotations

import threading
from functools import partial

import pytest
import trio

from web.threads import Threads

SOON_S = 60.0


async def started(nursery, threads, work, whose):
    """A task for it that has its thread, and the scope to leave it by."""
    begun, scope = threading.Event(), trio.CancelScope()

    def known():
        begun.set()
        work()

    async def run():
        with scope:
            await threads.run(known, large=True, whose=whose)

    nursery.start_soon(run)
    assert await trio.to_thread.run_sync(begun.wait, SOON_S)
    return scope


@pytest.mark.parametrize("leaves", [False, True])
async def test_who_fills_the_threads_keeps_nobody_waiting_but_itself(leaves):
    """Leaving does not help: the work goes on, and the turn with it."""
    threads, gate = Threads(2), threading.Event()
    try:
        async with trio.open_nursery() as nursery:
            scope = await started(nursery, threads, gate.wait, "a")
            if leaves:
                scope.cancel()
            done = []
            for number in range(3):
                nursery.start_soon(run, threads, partial(done.append, number), "a")
            with trio.fail_after(SOON_S):
                assert await threads.run(lambda: "other", large=True, whose="b") == "other"
                assert await threads.step(lambda: "step") == "step"
            assert done == []
            gate.set()
        assert sorted(done) == [0, 1, 2]
    finally:
        gate.set()


async def run(threads, work, whose):
    await threads.run(work, large=True, whose=whose)


async def test_who_leaves_while_waiting_takes_no_turn_along():
    threads, gate = Threads(1), threading.Event()
    try:
        async with trio.open_nursery() as nursery:
            await started(nursery, threads, gate.wait, "a")
            for whose in ("a", "b"):
                with trio.move_on_after(0.01) as left:
                    await threads.run(lambda: None, large=True, whose=whose)
                assert left.cancelled_caught
            gate.set()
        with trio.fail_after(SOON_S):
            for whose in ("a", "b"):
                assert await threads.run(lambda: 1, large=True, whose=whose) == 1
    finally:
        gate.set()


async def test_nothing_is_kept_of_those_who_are_served():
    threads = Threads(2)
    for number in range(100):
        await threads.run(lambda: None, large=True, whose=str(number))
    assert len(threads._turns) <= 1
