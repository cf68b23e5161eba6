"""The house as its operator sees it, for the client: what is told of it, and the requests, which
both clients share. See `web.operator_schemas` for the fields.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from nightdesk.client.calls import Call
from nightdesk.client.charts import ChartsAddress


class HouseProcess(Struct, frozen=True, kw_only=True):
    """The desk process. `cpu_percent` is of one core; lags are those of its loop."""

    version: str
    pid: int
    python: str
    started_at: datetime
    uptime_s: float
    cpu_percent: float | None = None
    cores: int
    load_1m: float
    memory_bytes: int
    descriptors: int
    descriptors_limit: int
    lag_ms_p50: float | None = None
    lag_ms_p99: float | None = None
    lag_ms_max: float | None = None


class HouseDesks(Struct, frozen=True, kw_only=True):
    """How many desks there are, and what they are at; None where the folder cannot be read."""

    on_disk: int | None = None
    awake: int
    opening: int
    parked: int
    asleep: int | None = None
    watchers: int


class HouseWork(Struct, frozen=True):
    """What the jobs of desks in memory are at, and counts since the start."""

    in_flight: int
    waiting: int
    rate_per_s: float
    outcomes: int
    commands: int
    refusals: int
    restarts: int


class HouseLane(Struct, frozen=True):
    """A lane, over the desks that use it."""

    name: str
    width: int
    running: int
    queued: int
    desks: int


class HouseWorker(Struct, frozen=True):
    """A worker: `items` is what it holds, by kind of job."""

    pid: int | None
    state: str
    items: dict[str, int]
    done: int
    memory_bytes: int
    up_s: float
    leaving: str


class HousePool(Struct, frozen=True):
    """A pool of workers and its slots."""

    name: str
    seats: int
    in_use: int
    free: int
    wanted: int
    retired: int
    died: int
    lack: str
    workers: tuple[HouseWorker, ...]


class SlowedHost(Struct, frozen=True):
    """A host that is asked slowly, and why: `busy` or `retry_after`."""

    host: str
    why: str
    interval_s: float
    wait_s: float
    asked_s: float


class HouseEndpoint(Struct, frozen=True):
    """A server that the operator has named; `waiting` jobs wait for it to answer again."""

    name: str
    kind: str
    url: str
    own_key: bool
    jobs: int
    waiting: int


class HouseStorage(Struct, frozen=True, kw_only=True):
    """The data folder and its file system; None where it does not answer."""

    folder: str
    free_bytes: int | None = None
    total_bytes: int | None = None
    failing: bool
    saves: int
    save_failures: int
    save_ms_p50: float | None = None
    save_ms_p99: float | None = None


class ParkedDesk(Struct, frozen=True):
    """A desk that answers 503 until the server is started anew."""

    key: str
    reason: str
    since: datetime


class HouseLogLine(Struct, frozen=True):
    """A warning or an error of the server's log."""

    at: datetime
    level: str
    event: str
    fields: dict[str, str]


class House(Struct, frozen=True):
    """All of the house at one moment."""

    revision: int
    at: datetime
    process: HouseProcess
    desks: HouseDesks
    jobs: dict[str, int]
    work: HouseWork
    lanes: tuple[HouseLane, ...]
    pools: tuple[HousePool, ...]
    hosts: tuple[SlowedHost, ...]
    hosts_total: int
    endpoints: tuple[HouseEndpoint, ...]
    storage: HouseStorage
    parked: tuple[ParkedDesk, ...]
    lacks: tuple[str, ...]
    log: tuple[HouseLogLine, ...]


class HouseDesk(Struct, frozen=True, kw_only=True):
    """A desk by its key; of one that sleeps only what its file tells from outside."""

    key: str
    state: str
    reason: str
    jobs: dict[str, int]
    in_flight: int
    rate_per_s: float
    disk_bytes: int | None = None
    disk_limit_bytes: int | None = None
    disk_full: bool
    tokens: int | None = None
    plan: str
    watchers: int
    save_failing: bool
    saved_at: datetime | None = None
    file_bytes: int | None = None


class HouseDesksPage(Struct, frozen=True):
    desks: tuple[HouseDesk, ...]
    total: int
    offset: int
    limit: int


class OperatorAddress(ChartsAddress):
    """The requests that only the bearer of an operator's token may make."""

    def house(self) -> Call[House]:
        return Call(method="GET", path="/api/operator/overview", answer=House, again=True)

    def house_desks(self, order: str, limit: int) -> Call[HouseDesksPage]:
        asked: dict[str, str | int] = {"order": order, "limit": limit}
        path = "/api/operator/desks"
        return Call(method="GET", path=path, answer=HouseDesksPage, params=asked, again=True)
