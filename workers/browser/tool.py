"""The browser tool of a worker: `open_browser`, called by `workers.host`. The Trio side of it.

The browsers live on an asyncio loop in a thread of their own (`workers.browser.bridge`); whole
visits cross over to it. Their way out is the gateway, which runs here. Each page has a pass of its
own, for the job's policy and proxy; with it ends what the page may reach, and what was refused to
the page is known by it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
import trio

from actors.ports import ItemContext, OpenPage, PageOptions, Refusal
from actors.ports.proxies import PoolBrief, ProxyPool
from state.model import EgressLists
from workers.browser.bridge import Bridge, open_bridge
from workers.browser.browsers import Browsers
from workers.browser.item import ContextOverThere
from workers.browser.press import Press
from workers.browser.settings import BrowserSettings, read_settings
from workers.browser.visit import Visit
from workers.chromium import context_proxy, plain_proxy
from workers.net.client import NetSettings
from workers.net.gateway.passes import Pass
from workers.net.gateway.server import Gateway, serve_gateway
from workers.net.pool import ProxyBook
from workers.protocol import ProxyNews

T = TypeVar("T")
Frames = Callable[[int, bytes], None]

# What an item says of itself until its page is open, and how often.
WAITING = "waits for a page of the browser"
_WORD_INTERVAL_S = 1.0

# Beyond the time that a driver has to end: its processes are killed, its folder removed.
_STOP_MARGIN_S = 8.0


def _print(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


@asynccontextmanager
async def open_browser(
    settings: Mapping[str, Any],
    http: Mapping[str, Any],
    *,
    report: Callable[[str], None] = _print,
) -> AsyncIterator[HostBrowser]:
    """The browsers of this worker, until the block is left; then no process of them is left.

    Starts none before there is a page to open. `settings` are a BrowserSettings, `http` the network
    rules as `open_http` takes them: raises msgspec.ValidationError, and ValueError for targets and
    domains that name nothing. `report` gets words for the worker's log.
    """
    own = read_settings(settings)
    stop_timeout_s = own.close_timeout_s + _STOP_MARGIN_S
    async with (
        open_bridge(stop_timeout_s=stop_timeout_s, report=report) as bridge,
        trio.open_nursery() as nursery,
    ):
        gateway = await nursery.start(serve_gateway, own.gateway(http))
        browsers = Browsers(own, gateway.address, report)
        nursery.start_soon(bridge.run, browsers.run)
        book = ProxyBook(msgspec.convert(http, NetSettings).proxies)
        yield HostBrowser(own, gateway, bridge, browsers, book, nursery)
        nursery.cancel_scope.cancel()


class HostBrowser:
    """Hands the browsers to jobs. See `workers.context.HostBrowser`."""

    def __init__(
        self,
        settings: BrowserSettings,
        gateway: Gateway,
        bridge: Bridge,
        browsers: Browsers,
        book: ProxyBook,
        nursery: trio.Nursery,
    ) -> None:
        """Pages that jobs keep are open in `nursery`."""
        self._settings = settings
        self._gateway = gateway
        self._bridge = bridge
        self._browsers = browsers
        self._book = book
        self._nursery = nursery

    def for_job(
        self, egress: EgressLists, frames: Frames, watched: Callable[[], bool]
    ) -> JobBrowser:
        """Raises ValueError for lists that cannot be read."""
        view = View(frames, watched, self._settings.live_interval_s)
        job = JobBrowser(
            self._gateway, self._bridge, self._browsers, view, self._book, self._nursery
        )
        job.permit(egress)
        return job

    async def tell_proxies(self, tell: Callable[[ProxyNews], None]) -> None:
        """See `workers.context.HostBrowser`."""
        await self._book.tell_news(tell)


class View:
    """Shows the page of an item while somebody looks."""

    def __init__(self, frames: Frames, watched: Callable[[], bool], interval_s: float) -> None:
        self._frames = frames
        self._watched = watched
        self._interval_s = interval_s

    async def show(self, index: int, visit: Visit[Any], bridge: Bridge) -> None:
        """For ever, every `interval_s`."""
        while True:
            await trio.sleep(self._interval_s)
            if self._watched():
                data = await bridge.run(visit.picture)
                if data is not None:
                    self._frames(index, data)


class JobBrowser:
    """See `actors.ports.BrowserTool`: the browsers for one job, by the lists of its desk."""

    def __init__(
        self,
        gateway: Gateway,
        bridge: Bridge,
        browsers: Browsers,
        view: View,
        book: ProxyBook,
        nursery: trio.Nursery,
    ) -> None:
        self._gateway = gateway
        self._bridge = bridge
        self._browsers = browsers
        self._view = view
        self._book = book
        self._press = Press(self.drive, bridge, nursery)
        # Written by `permit`.
        self._policy = gateway.policy_for(EgressLists())
        # Those of the open pages; written by `drive`.
        self._leaves: set[Pass] = set()

    def permit(self, egress: EgressLists) -> None:
        """New lists, for all pages: open connections are cut, as nobody can tell which of them the
        new lists would refuse. Raises ValueError for unreadable ones."""
        self._policy = self._gateway.policy_for(egress)
        for leave in self._leaves:
            self._gateway.change_policy(leave, self._policy)

    def proxy_pool(self, brief: PoolBrief | None, *, rotate: bool) -> ProxyPool:
        return self._book.of_job(brief, rotate=rotate)

    async def drive(
        self,
        options: PageOptions,
        work: Callable[[OpenPage], Awaitable[T]],
        context: ItemContext,
        *,
        alone: bool = False,
    ) -> T:
        if options.isolated:
            void = self._gateway.void_pass()
            return await self._drive(options, work, context, void, alone=alone)
        with self._gateway.open_pass(self._policy, upstream=options.proxy) as leave:
            self._leaves.add(leave)
            try:
                return await self._drive(options, work, context, leave, alone=alone)
            finally:
                self._leaves.discard(leave)

    async def pdf(self, html: str, context: ItemContext, *, time_s: float) -> bytes:
        return await self._press.pdf(html, context, time_s)

    async def _drive(
        self,
        options: PageOptions,
        work: Callable[[OpenPage], Awaitable[T]],
        context: ItemContext,
        leave: Pass,
        *,
        alone: bool,
    ) -> T:
        if leave.door is not None:
            proxy = plain_proxy(leave.door.address)
        else:
            proxy = context_proxy(self._gateway.address, leave.username, leave.password)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._gateway.attend, leave)
            there = ContextOverThere(context, self._bridge, nursery)
            is_open = trio.Event()

            def opened() -> None:
                # Here, so that what the work says comes after it.
                context.progress(0.0)
                is_open.set()

            visit = Visit(
                options,
                work,
                there,
                proxy,
                lambda: _refusals(leave),
                lambda: self._bridge.here(opened),
            )
            nursery.start_soon(_say_waiting, context, is_open)
            if not options.isolated:
                # One that prints is kept from item to item, and shows nothing that moves.
                nursery.start_soon(self._view.show, context.index, visit, self._bridge)
            try:
                crossing = await self._bridge.cross(
                    lambda: self._browsers.drive(visit, alone=alone)
                )
            finally:
                there.close()
            nursery.cancel_scope.cancel()
        # Out here: what the work raises is its own, and no group of a nursery's.
        return crossing.result()


async def _say_waiting(context: ItemContext, is_open: trio.Event) -> None:
    """A browser that has to be started takes seconds, in which the item must be seen to live."""
    while not is_open.is_set():
        context.waits(WAITING)
        with trio.move_on_after(_WORD_INTERVAL_S):
            await is_open.wait()


def _refusals(leave: Pass) -> Sequence[Refusal]:
    """Each once, as Chromium tries some things again. Called on the browser's loop; the copy is
    one step of the interpreter's."""
    newest_first = reversed(leave.troubles.copy())
    once = dict.fromkeys(
        Refusal(each.place, each.reason, each.status, each.by_proxy) for each in newest_first
    )
    return [*once][::-1]
