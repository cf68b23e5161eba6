"""Everything the front end is given, in one value: built by `nightdesk.serve`, read by `web`.

The desks are named by protocols, so that this layer knows what it asks of them and no more.
`actors.directory.Directory` and `actors.handle.DeskHandle` satisfy them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import trio
from msgspec import Struct

from actors.caller import SYSTEM, Caller
from actors.messages import Command, Published, Reply
from actors.ports import (
    DeskKey,
    ExecutorSpec,
    Link,
    LiveView,
    NoTabs,
    NothingLive,
    StoreReads,
    Tabs,
)
from actors.ports.calendar import Calendar, NoCalendar
from actors.ports.errands import Errands, NoErrands
from actors.ports.proxies import NoProxies, ProxyView
from actors.ports.webui import NoWebUI, WebUIs
from actors.rules.change import PlanTier
from actors.shared import SharedDesk
from executors.crawl.sources.cookies import SourceCookies
from executors.documents.port import Documents, NoDocuments
from executors.folders import Folders
from executors.tables.port import NoReader, TableReader
from web.dialects.documents.estimates import Estimates, UsualEstimates
from web.house_view import HouseView, NoHouse
from web.issuer import Issuer
from web.keyring import Keyring
from web.kinds_api import Lack
from web.prices import Prices


class Desk(Protocol):
    """A live desk, as seen from outside. Its methods raise `actors.errors`."""

    @property
    def key(self) -> DeskKey: ...

    @property
    def published(self) -> Published: ...

    @property
    def subscribers(self) -> int: ...

    async def ask(self, command: Command, by: Caller = SYSTEM) -> Reply:
        """Returns when the command's effect is on disk. `by` is who asks, for the audit log."""

    def note(self, what: str, by: Caller, job_id: str | None = None, outcome: str = "ok") -> None:
        """Have the audit log say, in a moment, what somebody read, or was refused before the desk
        was asked: then `outcome` is the code."""

    async def wait_newer(self, revision: int) -> Published:
        """Returns at once where the revision differs."""

    def subscribe(self) -> AbstractContextManager[Any]:
        """Keep the desk awake, and be counted, while somebody watches."""


class Desks(Protocol):
    """Finds desks by key."""

    async def find(self, key: DeskKey) -> Desk:
        """Raises NotFound or DeskUnavailable; creates nothing."""

    async def find_linked(self, link: Link) -> Desk:
        """The same of a guest's desk, by the link that opens it now. Every use of what is returned
        raises NotFound once the desk has another."""

    async def find_shared(self, link: Link) -> SharedDesk:
        """What a share link shows of a desk, whatever its time. Every use of what is returned
        raises NotFound once the link is ended. Raises NotFound or DeskUnavailable."""

    async def create(self, key: DeskKey, *, guest: bool = True) -> Desk:
        """Durable when it returns; an existing desk is returned as it is. Only a guest's has an
        address."""


class WebSettings(Struct, frozen=True, kw_only=True):
    """The fields of `Config` that the front end needs, under the same names.

    `own_hosts` are the names this server answers to besides the addresses it listens on, each
    `host` (any port) or `host:port`; `local_desk` is decided (no "auto").
    """

    own_hosts: frozenset[str] = frozenset()
    allow_origin: frozenset[str] = frozenset()
    local_desk: bool = False
    max_body_bytes: int = 16 * 1024 * 1024
    max_json_depth: int = 64
    max_json_members: int = 500_000
    max_url_bytes: int = 8 * 1024
    max_items: int = 100_000
    max_journeys: int = 1_000
    max_journey_steps: int = 200
    crawl_without_robots: bool = False
    background_retention_h: float = 24.0
    max_name_chars: int = 200
    prices: Prices = Prices()
    plans: Mapping[str, PlanTier] = {}
    timezone: str = "UTC"
    max_spec_bytes: int = 32 * 1024
    max_concurrency: int = 1_000
    max_page_size: int = 1_000
    max_egress_names: int = 1_000
    max_proxies: int = 1_000
    max_template_bytes: int = 10 * 1024 * 1024
    max_response_bytes: int = 10 * 1024 * 1024
    request_timeout_s: float = 60.0
    long_poll_max_s: float = 60.0
    max_sockets_per_desk: int = 64
    max_sockets: int = 8_192
    max_socket_message_bytes: int = 64 * 1024
    socket_ping_s: float = 20.0
    publish_interval_s: float = 0.1
    trusted_proxy: tuple[str, ...] = ()
    desk_rate_per_s: float = 500.0
    desk_burst: int = 5_000
    new_desk_rate_per_s: float = 5.0
    new_desk_burst: int = 1_000
    miss_rate_per_s: float = 10.0
    miss_burst: int = 100


class Readiness(Struct, frozen=True, kw_only=True):
    """What `/readyz` says. `reasons` are for the operator: no desk is named but by hash prefix."""

    ready: bool = True
    desks_parked: int = 0
    storage: str = "ok"
    reasons: Sequence[str] = ()

    @property
    def degraded(self) -> bool:
        """It serves, but not everybody or not everything."""
        return self.desks_parked > 0 or self.storage != "ok"


NO_FOLDERS = Folders({})
NO_COOKIES = SourceCookies({})


class WebDeps(Struct, frozen=True, kw_only=True):
    """What `web.app.build_app` is built from. Owned by the caller, used as it is.

    `sample_items` are URLs of the built-in sample site and `sample_journeys` what a browser may do
    there (empty: there is none). `gauges` is read at each scrape of `/metrics`: metric name
    (without prefix) -> value; names that end in `_total` are counters. `stopping` is set when the
    server begins to stop. `scratch` is for temporary files. `now` is the wall clock, `clock` is
    what rates are measured by. `packages` are those that bring kinds of jobs, by kind; `lacks` is
    asked what keeps jobs of a kind from being done. `house` is what the operator sees of all desks
    and workers; `slowed` are the hosts that have complained: (pace key, seconds between requests,
    seconds from now to the next).
    """

    desks: Desks
    store: StoreReads
    executors: Mapping[str, ExecutorSpec]
    keyring: Keyring
    settings: WebSettings
    stopping: trio.Event
    page: Path
    scratch: Path
    version: str
    log: Any
    now: Callable[[], float]
    clock: Callable[[], float] = time.monotonic
    sample_items: Sequence[str] = ()
    sample_journeys: Sequence[dict[str, Any]] = ()
    tables: TableReader = NoReader()
    documents: Documents = NoDocuments()
    folders: Folders = NO_FOLDERS
    source_cookies: SourceCookies = NO_COOKIES
    live: LiveView = NothingLive()
    proxies: ProxyView = NoProxies()
    errands: Errands = NoErrands()
    webui: WebUIs = NoWebUI()
    calendar: Calendar = NoCalendar()
    tabs: Tabs = NoTabs()
    estimates: Estimates = UsualEstimates()
    issuer: Issuer | None = None
    packages: Mapping[str, str] = {}
    lacks: Callable[[], Mapping[str, Lack]] = dict
    readiness: Callable[[], Readiness] = Readiness
    gauges: Callable[[], Mapping[str, float]] = dict
    house: HouseView = NoHouse()
    slowed: Callable[[], Sequence[tuple[str, float, float]]] = tuple
