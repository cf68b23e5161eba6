"""The working half of the visit executor: one item is one journey on a fresh page, in a worker.

Here is decided whether the journey is driven at all; `executors.visit.journey` drives it, on the
browser's own loop. Retries, concurrency and the loss of a browser are the host's.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from playwright.async_api import Error, StorageState

from actors.ports import (
    BrowserTool,
    EgressRefused,
    ItemContext,
    ItemResult,
    LeasedItem,
    OpenPage,
    Tools,
)
from executors.visit.generate import generate
from executors.visit.journey import Journey, Route, walk
from executors.visit.race import TooLong, race
from executors.visit.ways import Driven, ways_of
from executors.visit.work import Item, VisitOptions, read_item
from state.model import OutcomeStatus

STORAGE_S = 5.0

Storage = StorageState | None

NO_PATH = "the journey has no path: give it one, or let one be generated (auto_generate)"


class VisitExecutor:
    """See Executor."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[VisitRunner]:
        yield VisitRunner(msgspec.convert(spec, VisitOptions), tools.browser)


class VisitRunner:
    """Drives the journeys of one job."""

    def __init__(self, options: VisitOptions, browser: BrowserTool) -> None:
        self._options = options
        self._browser = browser
        self._ways = ways_of(options, browser)
        # With `keep_session`: what the journey before has left. Written at the end of each, and
        # there is one at a time.
        self._storage: Storage = None

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner."""
        options = self._options
        journey = read_item(item.payload, options.item_secrets)
        if (reason := self._why_not(journey, time.time())) is not None:
            return ItemResult(status=OutcomeStatus.SKIPPED, result=journey.facts, error=reason)
        if journey.path is None and options.without_path == "fail":
            return ItemResult(status=OutcomeStatus.FAILED, result=journey.facts, error=NO_PATH)

        async def drive(proxy: str | None) -> Driven:
            return await self._drive(journey, item, context, proxy)

        try:
            driven = await self._ways.lead(drive, journey.facts, context)
        except EgressRefused as error:
            return ItemResult(
                status=OutcomeStatus.FAILED, result=journey.facts, error=f"the proxy: {error}"
            )
        if driven.result.wait_s is None:
            self._storage = driven.storage
        return driven.result

    async def _drive(
        self, journey: Item, item: LeasedItem, context: ItemContext, proxy: str | None
    ) -> Driven:
        """Once, through that proxy, whose password is then one of the journey's secrets."""
        options = msgspec.structs.replace(self._options, proxy=proxy)
        generates = journey.path is None and options.without_path == "generate"
        route: Route = generate if generates else walk

        async def work(opened: OpenPage) -> Driven:
            driving = Journey(opened, journey, options, item.index)
            result = await driving.drive(route)
            return Driven(
                result=result,
                answered=driving.report.answered,
                fault=driving.report.unanswered(),
                storage=await self._kept(opened),
            )

        page = options.page(journey.steps()[0]["url"], self._storage)
        return await self._browser.drive(page, work, context, alone=item.strikes > 0)

    def _why_not(self, journey: Item, now: float) -> str | None:
        """Why it is passed over, at this time."""
        if journey.completed and self._options.skip_completed:
            return "it is completed already"
        if journey.not_before is not None and now < journey.not_before:
            return f"it does not open before {_written(journey.not_before)}"
        if journey.expires_at is not None and now >= journey.expires_at:
            return f"it has expired at {_written(journey.expires_at)}"
        return None

    async def _kept(self, opened: OpenPage) -> Storage:
        """The cookies and storage for the next journey, where the job keeps its session."""
        if not self._options.keep_session:
            return None
        try:
            return await race(
                opened.page.context.storage_state(),
                timeout_s=STORAGE_S,
                fatal=None,
                tick=lambda: None,
            )
        except (Error, TooLong):
            opened.context.log("warning", "the session of this journey could not be kept")
            return self._storage


def _written(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
