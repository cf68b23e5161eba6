"""The browser tool that a worker's host hands to executors, and what it raises.

Implemented by `workers.browser`. The browser is driven by Playwright, whose API is asyncio's: the
tool has an asyncio loop of its own, and the work on a page runs there as one coroutine, so whole
journeys cross over and not clicks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from actors.ports.executors import ItemContext, ToolUnavailable
from actors.ports.proxies import PoolBrief, ProxyPool

T = TypeVar("T")


class BrowserUnavailable(ToolUnavailable):
    """No browser can be started here; the message says how to get one."""


class ItemLost(Exception):
    """The item was lost with something of its worker's, as if the worker had died: it is tried
    once more, and poisoned the second time. Raised from `run_item`."""


class BrowserGone(ItemLost):
    """The browser died or hung while the page was open."""


class PrintFailed(Exception):
    """A page could not be made into a PDF: it took too long, or its process died. The message is
    fit for the user."""


class PageOptions(Struct, frozen=True, kw_only=True):
    """How a fresh context is made. `user_agent` replaces the whole of it; None is Chromium's own
    with our name behind. `basic_auth` is a user name and password for the site at `origin`
    (`scheme://host:port`) and told to no other; without `origin`, to none. `storage` is what an
    earlier context kept (Playwright's storage state: cookies and local storage). `proxy` is the
    user's own, with its user name and password. An `isolated` page reaches nothing, whatever the
    lists and the proxy, and no script runs in it."""

    width: int = 1280
    height: int = 720
    user_agent: str | None = None
    locale: str | None = None
    timezone: str | None = None
    headers: Mapping[str, str] = {}
    basic_auth: tuple[str, str] | None = None
    origin: str | None = None
    storage: Mapping[str, Any] | None = None
    proxy: str | None = None
    isolated: bool = False


class Refusal(Struct, frozen=True):
    """A connection that the page wanted and did not get: `host:port`, and why. `status` is what the
    gateway answered: 403 where it may not be had, 502 or 504 where it could not be. `by_proxy`
    where the proxy of the page is at fault: another may do better."""

    place: str
    reason: str
    status: int = 403
    by_proxy: bool = False


class OpenPage(Protocol):
    """A page in a context of its own, for one coroutine on the browser's loop."""

    @property
    def page(self) -> Any:
        """A `playwright.async_api.Page`; its `context` is the item's alone."""

    @property
    def context(self) -> ItemContext:
        """The item's context, for use on the browser's loop: its methods do there what they do in
        the worker's."""

    def refusals(self) -> Sequence[Refusal]:
        """What the egress refused it so far, and what could not be reached; the newest last."""

    def crash_reason(self) -> str | None:
        """Why a process of the page was ended by us (its memory); None where it was not."""

    async def make_sure(self) -> None:
        """For work that has failed on the page and would return that: raises BrowserGone where it
        was the browser's end that it saw. A round trip to the browser, so not for what went well.
        """


class BrowserTool(Protocol):
    """A house-wide browser, for one job."""

    def proxy_pool(self, brief: PoolBrief | None, *, rotate: bool) -> ProxyPool:
        """The proxies that a job draws on: its desk's, and the server's."""

    async def drive(
        self,
        options: PageOptions,
        work: Callable[[OpenPage], Awaitable[T]],
        context: ItemContext,
        *,
        alone: bool = False,
    ) -> T:
        """`work` on a fresh page, on the browser's loop. When it returns, the page has no network
        any more and is being closed.

        With `alone` no other page is in that browser: for an item that a browser was lost with.
        Cancelled, it cancels the work and closes the page. Raises what the work raises, and
        BrowserGone, BrowserUnavailable; EgressRefused for a proxy that is none.
        """

    async def pdf(self, html: str, context: ItemContext, *, time_s: float) -> bytes:
        """A page of that text as a PDF, A4 where it does not say otherwise, with its backgrounds.
        It is isolated: what it needs must be in the text. Another text of the job may be printed on
        the same page. Raises PrintFailed, also after `time_s`, and what `drive` raises."""
