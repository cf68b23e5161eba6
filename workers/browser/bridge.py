"""An asyncio loop in a thread beside the worker's Trio loop, and the way across, both ways.

Playwright's API is asyncio's. `open_bridge` starts the thread and ends it; `Bridge.cross` runs a
whole coroutine over there, `Bridge.back` runs an async function over here for it. Whoever waits can
be cancelled: that cancels what it waits for, and waits until it has ended, for a bounded time.
Used by `workers.browser.tool` and `workers.browser.item`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

import trio

T = TypeVar("T")


class BridgeClosed(Exception):
    """The asyncio loop has ended, and with it what ran there."""


class Crossing(Generic[T]):
    """One coroutine on its way. `task` is written and used in the asyncio thread until `over` is
    set in Trio's, and may be read there from then on."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self.over = trio.Event()
        self._task: asyncio.Task[T] | None = None

    def begin(self, when_over: Callable[[asyncio.Task[T]], None]) -> None:
        self._task = asyncio.get_running_loop().create_task(self._work())
        self._task.add_done_callback(when_over)

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def result(self) -> T:
        """What came of it; raises what it raised. Raises BridgeClosed where it was cut off."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            raise BridgeClosed("the browser's loop has ended")
        return self._task.result()


class Bridge:
    """See `open_bridge`. `cancel_timeout_s` bounds the wait for what was cancelled."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cancel_timeout_s: float) -> None:
        self._loop = loop
        self._token = trio.lowlevel.current_trio_token()
        self._cancel_timeout_s = cancel_timeout_s
        # Those not over; written in Trio's thread, by `cross`.
        self._crossings: set[Crossing[Any]] = set()
        # Set when the loop has ended.
        self.ended = trio.Event()

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """`cross`, and its result."""
        return (await self.cross(work)).result()

    async def cross(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Crossing[T]:
        """Run `work()` on the asyncio loop, to its end, whatever that is."""
        crossing = Crossing(work)
        if self.ended.is_set():
            return crossing
        self._crossings.add(crossing)
        self._there(crossing.begin, lambda _: self.here(crossing.over.set))
        try:
            await crossing.over.wait()
        except trio.Cancelled:
            self._there(crossing.cancel)
            with trio.move_on_after(self._cancel_timeout_s, shield=True):
                await crossing.over.wait()
            raise
        finally:
            self._crossings.discard(crossing)
        return crossing

    async def back(self, nursery: trio.Nursery, work: Callable[[], Awaitable[T]]) -> T:
        """For coroutines over there: `await work()` here, in a task of `nursery`. Where that is
        left before it has ended, the coroutine is cancelled."""
        future: asyncio.Future[T] = self._loop.create_future()

        async def carry() -> None:
            try:
                value = await work()
            except trio.Cancelled:
                self._there(future.cancel)
                raise
            except Exception as error:  # noqa: BLE001  whoever waits over there gets it as it is
                self._there(_settle, future, future.set_exception, error)
            else:
                self._there(_settle, future, future.set_result, value)

        def begin() -> None:
            try:
                nursery.start_soon(carry)
            except RuntimeError:  # it has been left
                self._there(future.cancel)

        self.here(begin)
        return await future

    def here(self, act: Callable[..., Any], *args: Any) -> None:
        """For the asyncio thread: `act(*args)` in Trio's, soon; in order. It must not raise."""
        # Where Trio has ended there is nobody to be told.
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(act, *args)

    def end(self) -> None:
        """The loop has ended, and so has all that ran there and has not said so."""
        self.ended.set()
        for crossing in self._crossings:
            crossing.over.set()

    def _there(self, act: Callable[..., Any], *args: Any) -> None:
        # A closed loop runs nothing; `end` tells whoever waits.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, *args)


def _settle(future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    if not future.done():
        settle(value)


@asynccontextmanager
async def open_bridge(
    *, stop_timeout_s: float, report: Callable[[str], None]
) -> AsyncIterator[Bridge]:
    """An asyncio loop in a thread of its own. Leaving cancels what still runs there, and waits up
    to `stop_timeout_s` for it. `report` gets words about what nobody else was told.
    """
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _, context: report(_unheard(context)))
    stop = asyncio.Event()
    bridge = Bridge(loop, stop_timeout_s)

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(_wait(stop))
        finally:
            bridge.here(bridge.end)

    # A daemon: a loop that is stuck must not keep its worker from ending.
    threading.Thread(target=run, name="asyncio", daemon=True).start()
    try:
        yield bridge
    finally:
        with suppress(RuntimeError):  # it has ended already
            loop.call_soon_threadsafe(stop.set)
        with trio.move_on_after(stop_timeout_s, shield=True):
            await bridge.ended.wait()
        bridge.end()


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


def _unheard(context: dict[str, Any]) -> str:
    """Errors of Playwright's name addresses, which may hold secrets: only their type is told."""
    error = context.get("exception")
    kind = type(error).__name__ if error is not None else "no exception"
    return f"asyncio: {context.get('message', 'something happened')} ({kind})\n"
