"""The browsers of a worker: as many as its pages need, which is one most of the time.

A page gets its seat in the order of arrival (`workers.browser.seats`). A browser that has had
enough takes no new pages and empties while the next one already serves. `Browsers.run` owns all of
them. Made by `workers.browser.tool`; all of it happens on the asyncio loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from actors.ports import BrowserUnavailable
from workers.browser.launch import Report, started
from workers.browser.running import Running
from workers.browser.seats import choose, has_future, has_room, is_spare
from workers.browser.settings import BrowserSettings
from workers.browser.visit import Visit

T = TypeVar("T")

# A machine that is short of something for a moment is no reason to break a job.
_START_ATTEMPTS = 2


class _Waiting:
    """A visit without a browser. `seated` is settled by `Browsers._seat_all` and `_refuse`."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone
        self.seated: asyncio.Future[Running] = asyncio.get_running_loop().create_future()


class Browsers:
    """See the module. `gateway` is the address of the proxy that is their way out."""

    def __init__(self, settings: BrowserSettings, gateway: str, report: Report) -> None:
        self._settings = settings
        self._gateway = gateway
        self._report = report
        # Those that are up; written by `_keep`.
        self._browsers: list[Running] = []
        # In order of arrival; written by `_seat`, `_seat_all` and `_refuse`.
        self._waiting: deque[_Waiting] = deque()
        # Set by `_seat_all` where a browser is missing; `_is_starting` is written by `run` and
        # `_keep`: one is on its way.
        self._wanted = asyncio.Event()
        self._is_starting = False

    async def run(self) -> None:
        """Start browsers as they are needed, for ever; cancelled, it ends them all."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                if not self._is_starting:
                    self._is_starting = True
                    group.create_task(self._keep())

    async def drive(self, visit: Visit[T], *, alone: bool) -> T:
        """Raises what the visit raises, BrowserGone and BrowserUnavailable."""
        async with self._seat(alone=alone) as running:
            return await visit.run(running)

    @asynccontextmanager
    async def _seat(self, *, alone: bool) -> AsyncIterator[Running]:
        waiting = _Waiting(alone=alone)
        self._waiting.append(waiting)
        self._seat_all()
        try:
            running = await waiting.seated
        except asyncio.CancelledError:
            self._give_up(waiting)
            raise
        try:
            yield running
        finally:
            running.rise()

    def _give_up(self, waiting: _Waiting) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            self._seat_all()
        elif not waiting.seated.cancelled() and waiting.seated.exception() is None:
            # It got its seat at the same moment.
            waiting.seated.result().rise()

    def _seat_all(self) -> None:
        """Give out what pages there are to those that wait."""
        while self._waiting and has_room(self._browsers, self._settings.pages):
            running = choose(self._browsers, alone=self._waiting[0].alone)
            if running is None:
                self._wanted.set()
                return
            waiting = self._waiting.popleft()
            running.sit(alone=waiting.alone)
            waiting.seated.set_result(running)
            if running.load.nearly_done and not has_future(self._browsers):
                self._wanted.set()
        if not self._waiting:
            self._retire_spare()

    def _retire_spare(self) -> None:
        """A page that wanted to be alone has left one browser more than are needed."""
        for running in self._browsers:
            if is_spare(running, self._browsers):
                running.retire("another browser is enough")
                return

    def _refuse(self, error: BrowserUnavailable) -> None:
        for waiting in self._waiting:
            waiting.seated.set_exception(error)
        self._waiting.clear()

    async def _keep(self) -> None:
        """One browser, from its start to its end."""
        for attempt in range(1, _START_ATTEMPTS + 1):
            try:
                async with started(self._settings, self._gateway, self._report) as one:
                    await self._serve(Running(one, self._settings, self._seat_all))
                    return
            except BrowserUnavailable as error:
                if attempt == _START_ATTEMPTS:
                    self._is_starting = False
                    self._refuse(error)

    async def _serve(self, running: Running) -> None:
        self._browsers.append(running)
        self._is_starting = False
        self._seat_all()
        try:
            await running.run()
        finally:
            self._browsers.remove(running)
            self._seat_all()
