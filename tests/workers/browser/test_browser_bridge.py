"""The way between Trio and asyncio: what crosses, what is cancelled, what is left at the end."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
import trio

from workers.browser.bridge import BridgeClosed, open_bridge

PATIENCE_S = 30.0


@pytest.fixture
def said():
    return []


@pytest.fixture
async def bridge(said):
    async with open_bridge(stop_timeout_s=PATIENCE_S, report=said.append) as opened:
        yield opened


class Odd(Exception):
    """Only this test's."""


async def test_a_coroutine_runs_in_another_thread_and_its_value_comes_back(bridge):
    async def work():
        return asyncio.get_running_loop(), threading.current_thread()

    loop, thread = await bridge.run(work)
    assert loop is not None
    assert thread is not threading.current_thread()


async def test_an_exception_comes_back_as_itself(bridge):
    error = Odd("it")

    async def work():
        raise error

    with pytest.raises(Odd) as caught:
        await bridge.run(work)
    assert caught.value is error


async def test_what_is_cancelled_here_is_cancelled_there_and_waited_for(bridge):
    begun, steps = trio.Event(), []

    async def work():
        bridge.here(begun.set)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("tidied up")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(bridge.run, work)
        await begun.wait()
        nursery.cancel_scope.cancel()
    assert steps == ["tidied up"]


async def test_the_wait_for_what_was_cancelled_is_bounded(said):
    async with open_bridge(stop_timeout_s=0.05, report=said.append) as bridge:
        begun, let_go = trio.Event(), threading.Event()

        async def work():
            bridge.here(begun.set)
            let_go.wait(PATIENCE_S)  # it holds the whole loop

        async with trio.open_nursery() as nursery:
            nursery.start_soon(bridge.run, work)
            await begun.wait()
            nursery.cancel_scope.cancel()
        let_go.set()


async def test_many_cross_at_once(bridge):
    meeting = asyncio.Barrier(3)
    places = []

    async def work():
        places.append(await meeting.wait())

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(bridge.run, work)
    assert sorted(places) == [0, 1, 2]


async def test_an_async_function_of_ours_is_awaited_from_there(bridge, nursery):
    async def ours():
        await trio.lowlevel.checkpoint()
        return threading.current_thread()

    async def theirs():
        return await bridge.back(nursery, ours)

    assert await bridge.run(theirs) is threading.current_thread()


async def test_what_ours_raises_is_raised_there(bridge, nursery):
    async def ours():
        raise Odd("ours")

    async def theirs():
        with pytest.raises(Odd, match="ours"):
            await bridge.back(nursery, ours)
        return "caught"

    assert await bridge.run(theirs) == "caught"


async def test_a_nursery_that_is_left_cancels_who_waits_for_it(bridge, nursery):
    begun = trio.Event()

    async def inner(*, task_status):
        async with trio.open_nursery() as ours:
            task_status.started(ours)
            await begun.wait()
            ours.cancel_scope.cancel()

    async def never():
        begun.set()
        await trio.sleep_forever()

    ours = await nursery.start(inner)

    async def theirs():
        with pytest.raises(asyncio.CancelledError):
            await bridge.back(ours, never)
        return "told"

    assert await bridge.run(theirs) == "told"


async def test_a_nursery_that_has_been_left_takes_nothing_and_nobody_hangs(bridge):
    async with trio.open_nursery() as nursery:
        pass

    async def theirs():
        with pytest.raises(asyncio.CancelledError):
            await bridge.back(nursery, trio.sleep_forever)
        return "told"

    assert await bridge.run(theirs) == "told"


async def test_leaving_cancels_what_is_in_flight(said):
    tidied, begun = threading.Event(), trio.Event()
    async with (
        trio.open_nursery() as nursery,
        open_bridge(stop_timeout_s=PATIENCE_S, report=said.append) as bridge,
    ):

        async def work():
            bridge.here(begun.set)
            try:
                await asyncio.Event().wait()
            finally:
                tidied.set()

        async def cross():
            with pytest.raises(BridgeClosed):
                await bridge.run(work)

        nursery.start_soon(cross)
        await begun.wait()
    assert tidied.is_set()
    assert said == []


async def test_a_loop_that_dies_takes_nobody_with_it(said, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    async with open_bridge(stop_timeout_s=PATIENCE_S, report=said.append) as bridge:
        begun = trio.Event()

        async def waits():
            bridge.here(begun.set)
            await asyncio.Event().wait()

        async def cross():
            with pytest.raises(BridgeClosed):
                await bridge.run(waits)

        async def kills():
            raise SystemExit(1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(cross)
            await begun.wait()
            with pytest.raises((BridgeClosed, SystemExit)):
                await bridge.run(kills)
        with pytest.raises(BridgeClosed):
            await bridge.run(waits)


async def test_an_error_that_nobody_hears_is_told_without_its_words(bridge, said):
    async def work():
        async def fails():
            raise Odd("http://user:secret@host/")

        task = asyncio.ensure_future(fails())
        await asyncio.wait({task})

    await bridge.run(work)
    gc.collect()
    assert said == ["asyncio: Task exception was never retrieved (Odd)\n"]
