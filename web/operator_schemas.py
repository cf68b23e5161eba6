"""The wire's types of what the operator sees of the whole house; see `web.schemas`.

Nobody is named: a desk is its key, the hash that its file is called by.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from web.schemas import Count, Time

_Seconds = Annotated[float, Meta(ge=0)]
DeskState = Literal["awake", "opening", "parked", "asleep"]
WorkerState = Literal["starting", "working", "idle", "leaving"]


class ProcessSeen(Struct, frozen=True):
    """The desk process. `cpu_percent` is of one core, since the look before; `lag_ms` are how much
    too late its loop came back in the last minute (null: not looked at for long enough)."""

    version: str
    python: str
    pid: Count
    started_at: Time
    uptime_s: _Seconds
    cpu_percent: float | None
    cores: Count
    load_1m: float
    memory_bytes: Count
    descriptors: Count
    descriptors_limit: Count
    lag_ms_p50: float | None
    lag_ms_p99: float | None
    lag_ms_max: float | None


class DeskTotals(Struct, frozen=True):
    """Desks by what they are at; `on_disk` are all that there are, null where the folder cannot be
    read. `watchers` are the sockets that follow one."""

    on_disk: Count | None
    awake: Count
    opening: Count
    parked: Count
    asleep: Count | None
    watchers: Count


class WorkTotals(Struct, frozen=True):
    """What the jobs of all desks in memory are at, and what was counted since the start."""

    in_flight: Count
    waiting: Count
    rate_per_s: float
    outcomes: Count
    commands: Count
    refusals: Count
    restarts: Count


class LaneSeen(Struct, frozen=True):
    """A lane, over the `desks` that use it now: each desk runs `width` jobs of it at once."""

    name: str
    width: Count
    running: Count
    queued: Count
    desks: Count


class WorkerSeen(Struct, frozen=True):
    """A worker. `items` is what it holds, by kind; `memory_bytes` is 0 until it has told it;
    `leaving` is why nothing more is given to it."""

    pid: int | None
    state: WorkerState
    items: dict[str, int]
    done: Count
    memory_bytes: Count
    up_s: _Seconds
    leaving: str


class PoolSeen(Struct, frozen=True):
    """A pool of workers. `in_use` are the slots under items, `free` those that nobody holds,
    `wanted` how many more its jobs could use. `lack` says what its machine has not."""

    name: str
    seats: Count
    in_use: Count
    free: Count
    wanted: Count
    retired: Count
    died: Count
    lack: str
    workers: list[WorkerSeen]


class HostSeen(Struct, frozen=True):
    """A host that is asked slowly: it has answered 429 or 503 (`busy`) or told how long to wait
    (`retry_after`: `asked_s`). Nothing goes there for `wait_s`, then one request each
    `interval_s`."""

    host: str
    why: Literal["busy", "retry_after"]
    interval_s: _Seconds
    wait_s: _Seconds
    asked_s: _Seconds


class EndpointSeen(Struct, frozen=True):
    """A server that the operator has named: of models for agents, or the WebUI. `jobs` of desks in
    memory use it, `waiting` of them wait for it to answer again."""

    name: str
    kind: Literal["agent", "webui"]
    url: str
    own_key: bool
    jobs: Count
    waiting: Count


class StorageSeen(Struct, frozen=True):
    """The data folder and its file system; null where it does not answer. Save times are of the
    newest saves, null before the first one."""

    folder: str
    free_bytes: Count | None
    total_bytes: Count | None
    failing: bool
    saves: Count
    save_failures: Count
    save_ms_p50: float | None
    save_ms_p99: float | None


class ParkedDesk(Struct, frozen=True):
    """A desk that answers 503 until the server is started anew."""

    key: str
    reason: str
    since: Time


class LogSeen(Struct, frozen=True):
    """A warning or an error of the server's log, as it was written there."""

    at: Time
    level: str
    event: str
    fields: dict[str, str]


class Overview(Struct, frozen=True):
    """All of the house at one moment. Of hosts, parked desks and lines of the log the first
    hundred; `hosts_total` says how many hosts there are."""

    revision: Count
    at: Time
    process: ProcessSeen
    desks: DeskTotals
    jobs: dict[str, int]
    work: WorkTotals
    lanes: list[LaneSeen]
    pools: list[PoolSeen]
    hosts: list[HostSeen]
    hosts_total: Count
    endpoints: list[EndpointSeen]
    storage: StorageSeen
    parked: list[ParkedDesk]
    lacks: list[str]
    log: list[LogSeen]


class DeskSeen(Struct, frozen=True):
    """A desk. Of one that is not in memory no more is known than its file tells from outside:
    `saved_at` and `file_bytes`."""

    key: str
    state: DeskState
    reason: str
    jobs: dict[str, int]
    in_flight: Count
    rate_per_s: float
    disk_bytes: Count | None
    disk_limit_bytes: Count | None
    disk_full: bool
    tokens: int | None
    plan: str
    watchers: Count
    save_failing: bool
    saved_at: Time | None
    file_bytes: Count | None


class DesksPage(Struct, frozen=True):
    """`total` of the desks fit what was asked; these are of them from `offset` on."""

    desks: list[DeskSeen]
    total: Count
    offset: Count
    limit: Count


class Setting(Struct, frozen=True):
    """A setting in effect, and where it came from. Of what holds a secret, `value` is no more than
    how often it is set, "" where it is not."""

    name: str
    flag: str
    variable: str
    value: str
    default: str
    origin: Literal["default", "env", "flag"]
    secret: bool


class SettingsAnswer(Struct, frozen=True):
    settings: list[Setting]
