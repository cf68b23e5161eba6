"""The executor ports: its light half (`ExecutorSpec`, in the server) and its working half."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Raw, Struct

from actors.ports.helpers import Helpers
from actors.ports.http import HttpClient
from actors.ports.workers import LeasedItem
from state.model import TOTAL_MAX, InputItem, OutcomeStatus, Tally
from state.spending import NO_CAP, NO_SPEND, Spend, SpendCap

if TYPE_CHECKING:
    from actors.ports.browser import BrowserTool
    from actors.ports.commands import CommandTool
    from actors.ports.office import OfficeTool

T = TypeVar("T")

# The words of a tally.
TALLIED = frozenset(Tally.__struct_fields__)


class ToolUnavailable(Exception):
    """What a job needs cannot be had in this worker; the message says how to get it. Breaks the
    job."""


class PlanLimits(Struct, frozen=True, kw_only=True):
    """The server's limits that a plan must keep."""

    max_items: int
    max_url_bytes: int
    max_concurrency: int
    max_body_read_bytes: int
    max_journey_steps: int = 200
    crawl_without_robots: bool = False


class Plan(Struct, frozen=True, kw_only=True):
    """A validated job. `spec` is what is stored; `secrets` are the values it names, `assets` the
    digests of the files of its desk's library that its items share. `grows_to` is how many items
    the job may come to have as its items find more (0: it never grows); its items then have a
    `name`, by which those that are found again are known. With a `finale` the last item is leased
    when the endings of all others are on disk, with what they have made, in every run anew; where
    it fails, the job has failed. A job that grows has none. `product` names the artifact that
    the last item makes and that goes to the desk's library ("": none does); its facts are beside
    it, a JSON object of the same name but for its suffix, which is `.json`. `cap` is how much its
    items' calls may cost together."""

    items: Sequence[InputItem]
    spec: dict[str, Any]
    secrets: dict[str, str]
    concurrency: int
    retries: int
    price_tokens: int = 0
    assets: tuple[str, ...] = ()
    grows_to: int = 0
    finale: bool = False
    product: str = ""
    cap: SpendCap = NO_CAP

    def __post_init__(self) -> None:
        if self.finale and (self.grows_to or not self.items):
            raise ValueError("a job that grows, or is empty, has no last item")


class ExecutorSpec(Protocol):
    """The light half of an executor, known to the server: it never imports what does the work."""

    @property
    def kind(self) -> str: ...

    @property
    def pool(self) -> str: ...

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """The pool of a job with that stored spec: `pool`, unless its jobs differ in that."""

    @property
    def manifest(self) -> tuple[str, ...]:
        """The fields of its outcomes that an archive of what a job made lists, each as it stands
        there; `file` names an artifact. None: its archives list nothing."""

    @property
    def runner(self) -> str:
        """Where the worker finds the other half: "package.module:Class". Empty for a kind whose
        workers are no processes of ours."""

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """Validate, normalise, count and price. Pure and CPU-bound (it is run in a thread for many
        items). Raises InvalidSpec that names every bad field and item."""

    def describe(self, item: Raw) -> dict[str, Any]:
        """What an outcome of this item says where no executor ran, e.g. {"url": ...}."""

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """The spec for the worker: names replaced by the values."""


class ItemResult(Struct, frozen=True, kw_only=True):
    """What one attempt came to; the host decides from it whether to try again.

    `retry` marks an error worth retrying; `retry_after_s` is what the remote asked for; `pressure`
    says that the remote asked for a slower pace (429, 503). With `wait_s` there was no attempt: the
    item, and whatever has its key, is to come back in so many seconds; `stage` is what the job is
    at meanwhile ("waits for the WebUI"). `tally` is what the item came to besides: how many it has
    "found" (or was asked for), how many it has "made"; the job shows the sums. Raises ValueError
    for another word, or less than none. `spend` is what the item's calls have cost in all its runs.
    """

    status: OutcomeStatus
    result: dict[str, Any]
    error: str | None = None
    retry: bool = False
    retry_after_s: float | None = None
    pressure: bool = False
    wait_s: float | None = None
    stage: str = ""
    tally: Mapping[str, int] = {}
    spend: Spend = NO_SPEND

    def __post_init__(self) -> None:
        for word, count in self.tally.items():
            if word not in TALLIED or not 0 <= count <= TOTAL_MAX:
                raise ValueError(f"a tally of {word!r} that is {count} is none")


class FoundItem(Struct, frozen=True):
    """An item that another has found. `key` is what it is known by in its job (`InputItem.name`):
    one that the job has is not made again. `item` is what its executor is to be handed, `pace` its
    pace key (`InputItem.key`; for HTTP: the origin)."""

    key: str
    item: dict[str, Any]
    pace: str = ""


class ItemContext(Protocol):
    """What an item may do besides returning its result."""

    @property
    def index(self) -> int:
        """The item's place in its job."""

    def progress(self, fraction: float, stage: str = "", *, done: int = 0, total: int = 0) -> None:
        """How far the item is (0 to 1), what it does, and its steps done of all, if it has any."""

    def waits(self, stage: str) -> None:
        """The item waits for something of its worker: until its next `progress`, what ends the
        worker is not its doing, and costs it nothing."""

    def log(self, level: str, message: str) -> None: ...

    async def artifact(self, name: str, data: bytes, paid: Spend | None = None) -> None:
        """Hand over a file. It is durable before the item's outcome is. Where it is the record of
        what was paid, `paid` is what the item has spent by then, in all its runs: whatever becomes
        of the item, that is counted, and what was set aside for the call is over."""

    async def add_items(self, found: Sequence[FoundItem]) -> None:
        """Let the job have these items too, for one whose plan says how far it grows: those that it
        knows, or has no room for, are left out. They are durable before the item's outcome is, and
        may be at work before that; an item that runs again may find the same. Waits while the desk
        is behind. Raises ValueError for one that is too large, or has no key."""

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        """Set aside what a call may cost at most, before it is made; `so_far` is what the item has
        spent in all its runs. Waits where others have set aside what this needs, in turn, until
        they have settled. What was set aside before is over; so is this, when the item settles,
        or is not in its worker any more. When this returns, the files that it had handed over
        before it asked the last time are durable, too; the others are on their way. Where nothing
        can be refused it does not wait for the desk, but for what that said the last time. Raises
        SpendRefused: a cap leaves no room for it; PutOff: the job is being paused, and the item is
        to let this through; NotKept."""

    async def settle(self, so_far: Spend) -> None:
        """The call is over, and this is what the item has spent now. When this returns, the files
        that it has handed over are durable. Waits while the disk takes none. Raises NotKept."""

    async def enclosed(self) -> bytes:
        """The bytes that came with the item, where its kind has any; waits for the last of them.
        To be asked once."""


class HostTurns(Protocol):
    """When each host may be asked next, where a delay is kept between two requests."""

    def take(self, origin: str, delay_s: float, now: float) -> float:
        """0 where it is the caller's turn, which is taken by that; else the seconds until it may
        be."""

    def book(self, origin: str, delay_s: float, now: float) -> float:
        """The seconds until the next turn, which is the caller's."""


class Tools(Protocol):
    """What the host hands to `Executor.open`."""

    @property
    def http(self) -> HttpClient: ...

    @property
    def browser(self) -> BrowserTool:
        """In a worker of the pool `browser`."""

    @property
    def scratch(self) -> Path:
        """A folder for files of items: in a jailed worker its own, emptied after every item; in one
        of the pool `net` that of them all, whose items clear away what they put there."""

    @property
    def helpers(self) -> Helpers:
        """In a worker of the pools `net` and `browser`."""

    @property
    def office(self) -> OfficeTool:
        """In a worker of the pool `office`."""

    @property
    def commands(self) -> CommandTool | None:
        """In a worker of the pool `net`, where the operator allows commands."""

    @property
    def run(self) -> int:
        """Which run of the job this is: more with each time that its user starts it anew."""

    @property
    def turns(self) -> HostTurns:
        """Those of all jobs of the worker: items of a host go to one worker only."""

    async def asset(self, name: str) -> bytes:
        """The bytes that the whole job shares under that name; waits for the last of them. Raises
        LookupError where the job has none of that name."""

    async def compute(self, work: Callable[[], T]) -> T:
        """`work()`, beside the worker's loop. For a pool whose workers have one item at a time."""


class ItemRunner(Protocol):
    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult: ...


class Executor(Protocol):
    """The working half, built without arguments in a worker process."""

    def open(self, spec: dict[str, Any], tools: Tools) -> AbstractAsyncContextManager[ItemRunner]:
        """Hold what the items of one job share."""
