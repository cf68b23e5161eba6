"""Which way a journey goes: as its job says, or through its desk's pool of proxies (`executors.
ways`). Used by `executors.visit.run`.

A journey through a pool has one proxy from its beginning to its end. Where nothing was heard of the
site yet and the proxy may be at fault, it begins anew on a fresh page, through another one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from msgspec import Struct

from actors.ports import BrowserTool, HttpError, ItemContext, ItemResult
from executors.visit.work import VisitOptions
from executors.ways import NoProxy, PooledWays, ProxyAwaited, Trip
from state.model import OutcomeStatus


class Driven(Struct, frozen=True, kw_only=True):
    """What came of one drive. `fault` is why nothing was heard of the site, where another proxy may
    do better; `storage` is for the next journey (Playwright's storage state)."""

    result: ItemResult
    answered: bool = True
    fault: HttpError | None = None
    storage: Any = None


# One drive through that proxy; None where the job has none.
Drive = Callable[[str | None], Awaitable[Driven]]


class Ways(Protocol):
    """What the journeys of one job share of the ways to their sites."""

    async def lead(self, drive: Drive, facts: dict[str, Any], context: ItemContext) -> Driven:
        """Drive once, or again where a proxy is at fault. `facts` say which journey it is."""


class OwnWay:
    """Directly, or through the one proxy that the job's spec names."""

    def __init__(self, proxy: str | None) -> None:
        self._proxy = proxy

    async def lead(self, drive: Drive, _facts: dict[str, Any], _context: ItemContext) -> Driven:
        """See Ways."""
        return await drive(self._proxy)


class PoolWay:
    """Through the proxies of the desk and of the server."""

    def __init__(self, ways: PooledWays) -> None:
        self._ways = ways

    async def lead(self, drive: Drive, facts: dict[str, Any], context: ItemContext) -> Driven:
        """See Ways."""
        drives: list[Driven] = []

        async def go(trip: Trip) -> None:
            driven = await drive(trip.proxy)
            drives.append(driven)
            trip.answered = driven.answered
            if driven.fault is not None:
                raise driven.fault

        try:
            # Opening a page asks for it, which may be done twice.
            await self._ways.lead(go, context, repeatable=True)
        except ProxyAwaited as awaited:
            return Driven(result=_none(facts, wait_s=awaited.wait_s))
        except NoProxy as error:
            return Driven(result=_none(facts, error=str(error), retry=True))
        except HttpError as error:
            # Which of them it comes to, where two opinions are of two minds.
            for driven in drives:
                if driven.fault is error:
                    return driven
            raise
        return drives[-1]


def ways_of(options: VisitOptions, browser: BrowserTool) -> Ways:
    if not options.proxy_pool:
        return OwnWay(options.proxy)
    pool = browser.proxy_pool(options.pool, rotate=options.proxy_rotation)
    return PoolWay(PooledWays(pool, options.timeout_s))


def _none(facts: dict[str, Any], **more: Any) -> ItemResult:
    """The result of a journey that was not driven."""
    return ItemResult(status=OutcomeStatus.FAILED, result=facts, **more)
