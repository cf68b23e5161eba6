"""The pools of worker processes: the `Workers` port of `actors.ports`, as it is served.

Built by `nightdesk.serve`, which runs `Pools.run` in the root nursery outside the desks: they stop
first, the workers after them.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import trio
from msgspec import Struct
from msgspec.structs import replace

from actors.ports import Attachment, DeskKey, ExecutorSpec, JobBrief, LiveFrame
from actors.ports.proxies import ProxyUse
from executors.documents.port import Documents, NoDocuments
from executors.tables.limits import TableLimits
from executors.tables.port import NoReader, TableReader
from workers.attachment import BrokenAttachment
from workers.browsing import BrowsingSettings, browser_crew
from workers.cpu import CpuSettings, cpu_crew, silence_s
from workers.crew import Crew
from workers.errands import NetErrands
from workers.line import LineLimits
from workers.live import LiveFrames
from workers.logs import EventLog
from workers.office_pool import OfficePoolSettings, office_crew
from workers.oneoff import OneOffs
from workers.papers import JailedDocuments
from workers.process import ProcessSettings, WorkerProcess
from workers.proxied import ProxyBoard
from workers.reader import JailedReader
from workers.seen import HostSeen, PoolSeen, hosts_seen, pool_seen

MAX_NET_WORKERS_BY_DEFAULT = 2


class PoolSettings(Struct, frozen=True, kw_only=True):
    """The limits of `nightdesk.config.Config` that concern workers, under the same names.

    `tool_settings` is handed to each worker process in its first message, never on its command
    line; `tool_settings["http"]` is what `workers.net.client.open_http` takes; jailed
    workers get none of it. `python_path` is added to the module path of the workers. Without `cpu`,
    `office` or `browser` there is no such pool.
    """

    net_workers: int = 0
    max_outgoing_sockets: int = 2_000
    worker_idle_s: float = 300.0
    worker_max_age_s: float = 21_600.0
    worker_max_items: int = 200_000
    worker_max_memory_bytes: int = 1024 * 1024 * 1024
    worker_start_timeout_s: float = 20.0
    worker_silence_s: float = 30.0
    host_backoff_max_s: float = 300.0
    cpu: CpuSettings | None = None
    office: OfficePoolSettings | None = None
    browser: BrowsingSettings | None = None
    tool_settings: dict[str, Any] = {}
    python_path: tuple[str, ...] = ()
    now: Callable[[], float] = time.time


class Pools:
    """Every pool by its name. `run` owns all worker processes."""

    def __init__(
        self, settings: PoolSettings, executors: Mapping[str, ExecutorSpec], log: EventLog
    ) -> None:
        self._executors = executors
        http = settings.tool_settings.get("http", {})
        self._proxies = ProxyBoard(len(http.get("proxies", ())), settings.now)
        self._crews = {"net": _net_crew(settings, log, self._proxies)}
        if settings.cpu is not None:
            self._crews["cpu"] = _cpu_crew(settings, settings.cpu, log)
        self._office = settings.office
        if settings.office is not None:
            self._crews["office"] = _office_crew(settings, settings.office, log)
        if settings.browser is not None:
            self._crews["browser"] = _browser_crew(settings, settings.browser, log, self._proxies)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve attachments, for ever. Cancelled, it kills every worker and waits for its end."""
        async with trio.open_nursery() as nursery:
            for crew in self._crews.values():
                nursery.start_soon(crew.run)
            task_status.started()

    @asynccontextmanager
    async def attach(self, brief: JobBrief) -> AsyncIterator[Attachment]:
        """See `actors.ports.Workers`. A job that no pool can do gets a JobBroken, no exception."""
        spec = self._executors.get(brief.kind)
        crew = self._crews.get(brief.pool)
        if spec is None or crew is None:
            missing = f"kind {brief.kind!r}" if spec is None else f"pool {brief.pool!r}"
            yield BrokenAttachment(f"this server has no {missing}")
            return
        if (lack := self._lack(brief.pool)) is not None:
            yield BrokenAttachment(lack)
            return
        async with crew.attach(brief, spec.runner) as attachment:
            yield attachment

    def lacks(self) -> tuple[str, ...]:
        """What is not installed on this machine, with the way to get it."""
        lacks = (self._lack(pool) for pool in self._crews)
        return tuple(lack for lack in lacks if lack is not None)

    def lack_of(self, pool: str) -> str:
        """The same of one pool; "" where nothing is missing."""
        return self._lack(pool) or ""

    def _lack(self, pool: str) -> str | None:
        """Asked anew each time: it can be installed while the server runs."""
        return self._office.lack() if pool == "office" and self._office is not None else None

    def errands(self) -> NetErrands:
        """Who does small requests for the front end: the pool for the network."""
        return NetErrands(self._crews["net"].attach)

    def table_reader(self, limits: TableLimits) -> TableReader:
        """Who reads uploaded tables: the cpu pool, where there is one."""
        oneoffs = self._oneoffs()
        return JailedReader(oneoffs, limits) if oneoffs.has("cpu") else NoReader()

    def documents(self) -> Documents:
        """Who looks into templates and makes previews: the cpu pool, where there is one."""
        oneoffs = self._oneoffs()
        return JailedDocuments(oneoffs) if oneoffs.has("cpu") else NoDocuments()

    def _oneoffs(self) -> OneOffs:
        attach = {name: crew.attach for name, crew in self._crews.items()}
        return OneOffs(attach, self._lack)

    def frame(self, desk: DeskKey, job_id: str, index: int | None = None) -> LiveFrame | None:
        """See `actors.ports.LiveView`."""
        crew = self._crews.get("browser")
        return None if crew is None else crew.look(desk, job_id, index)

    def proxies_of(self, scope: str) -> Mapping[str, ProxyUse]:
        """See `actors.ports.proxies.ProxyView`."""
        return self._proxies.proxies_of(scope)

    @property
    def server_proxies(self) -> int:
        return self._proxies.server_proxies

    def worker_pids(self) -> list[int]:
        """The processes that are up now."""
        return [
            worker.pid
            for crew in self._crews.values()
            for line in crew.lines
            if isinstance(worker := line.worker, WorkerProcess) and worker.pid is not None
        ]

    def seen(self) -> list[PoolSeen]:
        """The pools with their workers, for the operator."""
        return [pool_seen(name, crew) for name, crew in self._crews.items()]

    def slowed_hosts(self) -> list[HostSeen]:
        """The hosts that have complained, and whose pace is kept to, the slowest first."""
        return hosts_seen(self._crews)

    def free_slots(self) -> dict[str, int]:
        """By pool: slots that nobody holds and no item uses."""
        return {name: crew.free_slots for name, crew in self._crews.items()}


def _process_settings(settings: PoolSettings) -> ProcessSettings:
    return ProcessSettings(
        start_timeout_s=settings.worker_start_timeout_s,
        idle_s=settings.worker_idle_s,
        max_age_s=settings.worker_max_age_s,
        silence_s=settings.worker_silence_s,
        host_backoff_max_s=settings.host_backoff_max_s,
        tools=settings.tool_settings,
        python_path=settings.python_path,
    )


def _cpu_crew(settings: PoolSettings, cpu: CpuSettings, log: EventLog) -> Crew:
    process = replace(
        _process_settings(settings),
        tools={},
        silence_s=silence_s(cpu.cpu_item_s, settings.worker_silence_s),
        item_timeout_s=cpu.cpu_item_s,
    )
    limits = LineLimits(
        settings.worker_max_items, settings.worker_max_memory_bytes, kill_to_stop=True
    )
    return cpu_crew(cpu, process, limits, log)


def _office_crew(settings: PoolSettings, office: OfficePoolSettings, log: EventLog) -> Crew:
    process = replace(
        _process_settings(settings),
        silence_s=silence_s(office.cpu_item_s, settings.worker_silence_s),
        item_timeout_s=office.cpu_item_s,
    )
    return office_crew(office, process, settings.worker_max_memory_bytes, log)


def _browser_crew(
    settings: PoolSettings, browsing: BrowsingSettings, log: EventLog, proxies: ProxyBoard
) -> Crew:
    process = _process_settings(settings)
    tools = {**process.tools, "browser": browsing.of_tool()}
    if (helpers := tools.get("helpers")) is not None:
        tools["helpers"] = {**helpers, **browsing.of_helpers()}
    process = replace(process, tools=tools)
    limits = LineLimits(settings.worker_max_items, settings.worker_max_memory_bytes)
    return browser_crew(browsing, process, limits, log, LiveFrames(), proxies)


def _net_crew(settings: PoolSettings, log: EventLog, proxies: ProxyBoard) -> Crew:
    process = _process_settings(settings)
    return Crew(
        lambda: WorkerProcess(process, log),
        seats=settings.net_workers or net_workers_by_default(),
        slots=settings.max_outgoing_sockets,
        limits=LineLimits(settings.worker_max_items, settings.worker_max_memory_bytes),
        log=log,
        proxies=proxies,
    )


def net_workers_by_default() -> int:
    """Two where the cores allow: more would not help while one desk process records for them."""
    return min(MAX_NET_WORKERS_BY_DEFAULT, len(os.sched_getaffinity(0)))
