"""What an item may do while it is at work: the `ItemContext` and `Tools` of `actors.ports`.

Made by `workers.hosted` for each item (contexts) and by `workers.host` (tools).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Protocol, Self, TypeVar

import trio

from actors.ports import (
    ArtifactChunk,
    BrowserTool,
    FoundItem,
    Helpers,
    HttpClient,
    ItemProgress,
    WorkerLog,
)
from actors.ports.commands import CommandTool
from actors.ports.executors import HostTurns
from actors.ports.office import OfficeTool
from executors.crawl.turns import Turns
from state.model import EgressLists
from state.spending import Spend
from workers.allowance import Allowance
from workers.asks import Asks
from workers.attempt import clean_text
from workers.compute import Computing
from workers.found import batches_of
from workers.inputs import Assets, Inputs
from workers.outgoing import Outgoing
from workers.protocol import (
    ARTIFACT_CHUNK_BYTES,
    ARTIFACT_CREDIT_BYTES,
    ArtifactPart,
    ProxyNews,
)
from workers.screen import Screen

T = TypeVar("T")

MAX_LOG_CHARS = 2_000
MAX_STAGE_CHARS = 100
LEVELS = frozenset({"info", "warning", "error"})


class JobHttp(HttpClient, Protocol):
    """A view of the worker's HTTP client that keeps to the lists of one job's desk."""

    def permit(self, egress: EgressLists) -> None:
        """New lists, from the next request on. Raises ValueError for unreadable ones."""


class HostHttp(Protocol):
    """The HTTP client of a worker: `workers.net.client`."""

    def for_job(self, egress: EgressLists) -> JobHttp:
        """Raises ValueError for lists that cannot be read."""

    async def tell_proxies(self, tell: Callable[[ProxyNews], None]) -> None:
        """Say how proxies fare, once a second where there is something new, for ever."""


class JobBrowser(BrowserTool, Protocol):
    """A view of the worker's browser that keeps to the lists of one job's desk."""

    def permit(self, egress: EgressLists) -> None:
        """New lists, from the next connection on. Raises ValueError for unreadable ones."""


class HostBrowser(Protocol):
    """The browser of a worker: `workers.browser`."""

    def for_job(
        self,
        egress: EgressLists,
        frames: Callable[[int, bytes], None],
        watched: Callable[[], bool],
    ) -> JobBrowser:
        """`frames` takes the newest picture of an item's page, while `watched` says that somebody
        looks (`workers.screen`). Raises ValueError for lists that cannot be read."""

    async def tell_proxies(self, tell: Callable[[ProxyNews], None]) -> None:
        """As `HostHttp` does."""


class HostHelpers(Protocol):
    """The helper processes of a worker: `workers.helpers`."""

    def for_job(self) -> Helpers: ...


class HostTools:
    """The tools that this worker was given; `for_job` hands them to one job."""

    def __init__(
        self,
        http: HostHttp | None = None,
        scratch: Path | None = None,
        browser: HostBrowser | None = None,
        helpers: HostHelpers | None = None,
        office: OfficeTool | None = None,
        commands: CommandTool | None = None,
    ) -> None:
        self._host_http = http
        self._host_browser = browser
        self._host_helpers = helpers
        self._office = office
        self._scratch = scratch
        self._commands = commands
        # Written by `for_job`, in the tools that it makes.
        self._http: JobHttp | None = None
        self._browser: JobBrowser | None = None
        self._helpers: Helpers | None = None
        self._assets = Assets(())
        self._computing = Computing()
        self._turns = Turns()
        self._run = 0

    @property
    def turns(self) -> HostTurns:
        return self._turns

    @property
    def run(self) -> int:
        return self._run

    @property
    def commands(self) -> CommandTool | None:
        return self._commands

    @property
    def http(self) -> HttpClient:
        if self._http is None:
            raise LookupError("this worker was given no HTTP client")
        return self._http

    @property
    def browser(self) -> BrowserTool:
        if self._browser is None:
            raise LookupError("this worker was given no browser")
        return self._browser

    @property
    def helpers(self) -> Helpers:
        if self._helpers is None:
            raise LookupError("this worker was given no helpers")
        return self._helpers

    @property
    def office(self) -> OfficeTool:
        if self._office is None:
            raise LookupError("this worker was given no LibreOffice")
        return self._office

    @property
    def scratch(self) -> Path:
        if self._scratch is None:
            raise LookupError("this worker has no folder of its own")
        return self._scratch

    async def asset(self, name: str) -> bytes:
        return await self._assets.take(name)

    async def compute(self, work: Callable[[], T]) -> T:
        return await self._computing.run(work)

    def for_job(self, egress: EgressLists, screen: Screen, assets: Assets, run: int = 0) -> Self:
        """These tools for one run of a job, whose requests keep to its desk's lists, whose pages
        may be shown on its screen and whose items share its `assets`. Raises ValueError."""
        tools = copy(self)
        tools._run = run
        tools._assets = assets
        tools._computing = Computing()
        if self._host_http is not None:
            tools._http = self._host_http.for_job(egress)
        if self._host_browser is not None:
            tools._browser = self._host_browser.for_job(egress, screen.show, screen.watched)
        if self._host_helpers is not None:
            tools._helpers = self._host_helpers.for_job()
        return tools

    async def tell_proxies(self, tell: Callable[[ProxyNews], None]) -> None:
        """Say how the proxies of pools fare, for ever, where there is a tool that uses them."""
        tool = self._host_browser if self._host_http is None else self._host_http
        if tool is not None:
            await tool.tell_proxies(tell)

    def permit(self, egress: EgressLists) -> None:
        """The desk of this job has new lists. Raises ValueError for unreadable ones."""
        for tool in (self._http, self._browser):
            if tool is not None:
                tool.permit(egress)


class ArtifactCredit:
    """How many bytes of a job's artifacts and found items may be sent before the desk has taken
    some."""

    def __init__(self) -> None:
        # Down in `spend` (items), up in `add` (messages from the parent).
        self._left_bytes = ARTIFACT_CREDIT_BYTES
        self._waiting = trio.lowlevel.ParkingLot()

    def add(self, size_bytes: int) -> None:
        self._left_bytes += size_bytes
        self._waiting.unpark_all()

    async def spend(self, size_bytes: int) -> None:
        """Wait until that much may be sent. At most the whole credit at once."""
        while self._left_bytes < size_bytes:
            await self._waiting.park()
        self._left_bytes -= size_bytes


class HostContext:
    """See `actors.ports.ItemContext`."""

    __slots__ = ("_allowance", "_asks", "_credit", "_index", "_inputs", "_job", "_outgoing")

    def __init__(
        self,
        job: int,
        index: int,
        outgoing: Outgoing,
        credit: ArtifactCredit,
        inputs: Inputs,
        asks: Asks,
    ) -> None:
        self._job = job
        self._index = index
        self._outgoing = outgoing
        self._credit = credit
        self._inputs = inputs
        self._asks = asks
        self._allowance = Allowance(trio.current_time())

    @property
    def index(self) -> int:
        return self._index

    def progress(self, fraction: float, stage: str = "", *, done: int = 0, total: int = 0) -> None:
        share = min(1.0, max(0.0, fraction))
        text = clean_text(stage, MAX_STAGE_CHARS)
        told = ItemProgress(self._index, share, text, done, total)
        self._outgoing.progress(self._job, told)

    def waits(self, stage: str) -> None:
        text = clean_text(stage, MAX_STAGE_CHARS)
        self._outgoing.progress(self._job, ItemProgress(self._index, 0.0, text, waits=True))

    def log(self, level: str, message: str) -> None:
        if level not in LEVELS:
            raise ValueError(f"a log level is one of {sorted(LEVELS)}, not {level!r}")
        told = self._allowance.take(trio.current_time())
        if told.notice:
            self._outgoing.tell(self._job, WorkerLog("warning", told.notice, self._index))
        if told.said:
            text = clean_text(message, MAX_LOG_CHARS)
            self._outgoing.tell(self._job, WorkerLog(level, text, self._index))

    async def artifact(self, name: str, data: bytes, paid: Spend | None = None) -> None:
        if len(data) > ARTIFACT_CHUNK_BYTES:
            # A file of its own, which may find no room: what has become of it is to be known.
            self._asks.bind(self._index)
        for start in range(0, max(1, len(data)), ARTIFACT_CHUNK_BYTES):
            piece = data[start : start + ARTIFACT_CHUNK_BYTES]
            await self._credit.spend(len(piece))
            last = start + ARTIFACT_CHUNK_BYTES >= len(data)
            chunk = ArtifactChunk(
                index=self._index, name=name, data=piece, last=last, paid=paid if last else None
            )
            self._outgoing.part(ArtifactPart(self._job, chunk))

    async def add_items(self, found: Sequence[FoundItem]) -> None:
        for batch in batches_of(self._index, found):
            await self._credit.spend(batch.size_bytes)
            self._outgoing.tell(self._job, batch)

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        await self._asks.reserve(self._index, most, so_far)

    async def settle(self, so_far: Spend) -> None:
        await self._asks.settle(self._index, so_far)

    async def enclosed(self) -> bytes:
        return await self._inputs.take(self._index)
