"""An executor that opens a page and stays on it, and as a program a server that a test kills: it
prints the pids of all processes below it once a page is open."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from actors.ports import (
    Attachment,
    ItemContext,
    ItemProgress,
    ItemResult,
    ItemRunner,
    LeasedItem,
    OpenPage,
    PageOptions,
    Tools,
    WorkerLog,
)
from tests.support.doomed import PATIENCE_S
from tests.support.houses import Heard
from tests.support.leasing import brief, lease_all, leased
from workers.browsing import BrowsingSettings
from workers.keeper import descendants
from workers.pool import Pools, PoolSettings

KIND = "driving"
OPEN = "the page is open"


class DrivingSpec:
    """The server's half: only what pools look at."""

    kind = KIND
    pool = "browser"
    runner = "tests.support.driving:Driving"


class Driving:
    """The worker's half."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield DrivingRunner(tools)


class DrivingRunner:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        return await self._tools.browser.drive(PageOptions(), _stay, context)


async def _stay(opened: OpenPage) -> ItemResult:
    await opened.page.set_content("<h1>here</h1>")
    await opened.page.evaluate("void setTimeout(() => { for (;;) {} })")
    opened.context.log("info", OPEN)
    await asyncio.sleep(3600)
    raise AssertionError("the item is ended by its worker's end")


def driving_pools(folder: Path, **changes: Any) -> Pools:
    """Pools with two pages, under a folder like that of a server."""
    browsing = BrowsingSettings(scratch=folder, browser_pages=2, **changes)
    settings = PoolSettings(browser=browsing, tool_settings={"http": {}})
    return Pools(settings, {KIND: DrivingSpec()}, Heard())


def driving_brief() -> Any:
    return brief(kind=KIND, pool="browser")


async def stay_on_pages(attachment: Attachment) -> None:
    """Return once two items are on their pages, which are busy for good."""
    await lease_all(attachment, [leased(0, {}), leased(1, {})])
    opened = 0
    with trio.fail_after(PATIENCE_S):
        while opened < 2:
            for event in await attachment.wait_events():
                # Before a page is open it is told what the item waits for.
                assert isinstance(event, WorkerLog | ItemProgress), event
                opened += isinstance(event, WorkerLog) and event.message == OPEN


async def main(folder: Path) -> None:
    pools = driving_pools(folder)
    async with trio.open_nursery() as nursery:
        await nursery.start(pools.run)
        async with pools.attach(driving_brief()) as attachment:
            await stay_on_pages(attachment)
            sys.stdout.write(" ".join(map(str, descendants(os.getpid()))) + "\n")
            sys.stdout.flush()
            await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
