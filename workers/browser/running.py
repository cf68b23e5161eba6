"""One browser from its start to its end: the pages in it, its health, and when it is replaced.

`Running.run` is its task, owned by `workers.browser.browsers`. It ends when the browser has died,
or hangs, or has had enough and its last page is gone; the processes are ended by whoever started
them. All of it happens on the asyncio loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from actors.ports import BrowserGone
from workers.browser.health import Health
from workers.browser.launch import Started
from workers.browser.seats import Load
from workers.browser.settings import BrowserSettings

T = TypeVar("T")

# How long pages may stay in a browser that is replaced because something is wrong with it.
_DRAIN_S = 300.0


class Running:
    """A browser, and who is in it."""

    def __init__(
        self, started: Started, settings: BrowserSettings, changed: Callable[[], None]
    ) -> None:
        self.started = started
        self._settings = settings
        self._changed = changed
        self.health = Health(self, settings)
        # Written by `sit` and `rise`.
        self._open = 0
        self._served = 0
        self._is_taken_alone = False
        # Written by `leave` and `_close_contexts`.
        self._closing = 0
        self._to_close: asyncio.Queue[asyncio.Future[BrowserContext]] = asyncio.Queue()
        # Written by `retire` and `end`: why it takes no new pages, and why it is over at once.
        self._retired_for: str | None = None
        self.ended_for: str | None = None
        self._condemned = asyncio.Event()
        # Set by `end`; by `_settle` too, when it is retired and empty; by `sit` and `rise`.
        self._ended = asyncio.Event()
        self._over = asyncio.Event()
        self.occupied = asyncio.Event()

    @property
    def load(self) -> Load:
        takes = self._retired_for is None and self.ended_for is None and not self._is_taken_alone
        left = self._settings.recycle_pages - self._served
        return Load(
            self._open,
            self._closing,
            takes=takes and left > 0,
            nearly_done=left < self._settings.lead_pages,
        )

    def sit(self, *, alone: bool) -> None:
        """One more page. To be ended by `rise`."""
        self._open += 1
        self._served += 1
        self._is_taken_alone = alone
        self.occupied.set()

    def rise(self) -> None:
        self._open -= 1
        self._is_taken_alone = False
        if self._served >= self._settings.recycle_pages:
            self.retire(f"it has had {self._served} pages")
        self._settle()

    def leave(self, context: asyncio.Future[BrowserContext]) -> None:
        """Have a context closed, once it is there."""
        self._closing += 1
        context.add_done_callback(_look)
        self._to_close.put_nowait(context)

    def retire(self, reason: str) -> None:
        """No new pages; it is over when the last one is gone."""
        if self._retired_for is None:
            self._retired_for = reason
        self._settle()

    def condemn(self, reason: str) -> None:
        """As `retire`, and the pages that are open do not have for ever."""
        self.retire(reason)
        self._condemned.set()

    def end(self, reason: str) -> None:
        """It is over now, and so is what is open in it."""
        if self.ended_for is None:
            self.ended_for = reason
        self._ended.set()
        self._over.set()

    def _settle(self) -> None:
        if not self._open:
            self.occupied.clear()
            if self._retired_for is not None and not self._closing:
                self._over.set()
        self._changed()

    async def run(self) -> None:
        """Until it is over."""
        loop = asyncio.get_running_loop()
        for pidfd in self.started.pidfds:
            loop.add_reader(pidfd, self.end, "the browser has died")
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(each) for each in self._chores()]
                await self._over.wait()
                for task in tasks:
                    task.cancel()
        finally:
            for pidfd in self.started.pidfds:
                loop.remove_reader(pidfd)
            # Whoever has not heard of it yet.
            self.end("the browser was closed")

    def _chores(self) -> list[Coroutine[Any, Any, None]]:
        closers = [self._close_contexts() for _ in range(self._settings.pages)]
        return [
            self.health.run_pulse(),
            self.health.run_memory(),
            self._limit_drain(),
            *closers,
        ]

    async def _limit_drain(self) -> None:
        await self._condemned.wait()
        await asyncio.sleep(_DRAIN_S)
        self.end(f"its pages did not end within {_DRAIN_S:g} s: {self._retired_for}")

    async def open(self, opening: Awaitable[T]) -> T:
        """A context or a page, or the browser hangs. Raises BrowserGone."""
        return await self.race(opening, self._settings.hung_s)

    async def race(self, work: Awaitable[T], within_s: float | None = None) -> T:
        """`work`, unless the browser ends first, or is ended because it took longer than
        `within_s`. Raises BrowserGone."""
        task = asyncio.ensure_future(work)
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({task, ended}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self.end(f"the browser gave no page within {self._settings.hung_s:g} s")
            elif task.cancelled() or task.exception() is not None:
                # It may be what the work saw of the browser's death.
                await self.make_sure()
            if self.ended_for is not None:
                raise BrowserGone(self.ended_for)
            return task.result()
        finally:
            ended.cancel()
            await self._cancelled(task)

    async def make_sure(self) -> None:
        """Raises BrowserGone unless the browser answers. By its driver's word, too: that sees the
        browser's end of the line closed before the kernel says that its last thread is gone, and
        whatever failed on a page has it from there."""
        if self.ended_for is None and not await self._answers():
            self.end("the browser has died")
        if self.ended_for is not None:
            raise BrowserGone(self.ended_for)

    async def _answers(self) -> bool:
        if self.started.has_ended():
            return False
        answer = asyncio.ensure_future(self.started.cdp.send("Browser.getVersion"))
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({answer, ended}, return_when=asyncio.FIRST_COMPLETED)
            return answer.done() and answer.exception() is None
        finally:
            ended.cancel()
            await self._cancelled(answer)

    async def _cancelled(self, task: asyncio.Future[Any]) -> None:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=self._settings.close_timeout_s)
        if task.done():
            _look(task)

    async def _close_contexts(self) -> None:
        while True:
            opening = await self._to_close.get()
            try:
                async with asyncio.timeout(self._settings.close_timeout_s):
                    await (await opening).close()
            except TimeoutError:
                self.condemn("a page could not be closed")
            except PlaywrightError:
                # There is no such context: it never came about, or died with its browser.
                self._changed()
            finally:
                self._closing -= 1
            self._settle()


def _look(future: asyncio.Future[Any]) -> None:
    """At an error that nobody needs any more; asyncio reports those that nobody looked at."""
    if not future.cancelled():
        future.exception()
