"""What the operator is shown of the house: looked at when somebody asks, and then once a second.

Built by `nightdesk.serve`, which runs `HouseWatch.run`; asked by `web.operator_view`. It reads what
this process knows anyway: no desk is opened for it, no worker is asked, and no job's items counted.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import trio
from msgspec import Struct

from actors.directory import Entry
from actors.house import House
from actors.ports import DeskKey
from actors.supervisor import Supervisor
from nightdesk.overview.desks import DeskRows, page_of
from nightdesk.overview.lines import RecentLines
from nightdesk.overview.process import ProcessGauge
from nightdesk.overview.summary import WEBUI, Summaries, Summary
from nightdesk.overview.workers import host_seen, pool_seen
from state.errors import StorageError
from state.store import FileStore
from state.views import DeskListed
from web import operator_schemas as schemas
from web.house_view import DesksAsked
from web.views import wire_time
from workers.pool import Pools

LOOK_EVERY_S = 1.0
# How often the folder of desks is listed, and how long its file system may take to tell its room.
LIST_EVERY_S = 30.0
ROOM_PATIENCE_S = 1.0
SHOWN = 100
_MS = 1_000.0


class NamedEndpoint(Struct, frozen=True):
    """An endpoint of the operator's, without its key."""

    name: str
    kind: str
    url: str
    own_key: bool


class Watched(Struct, frozen=True, kw_only=True):
    """What is looked at. `folder` is the data folder, `endpoints` are those of the settings."""

    house: House
    store: FileStore
    supervisor: Supervisor
    pools: Pools
    process: ProcessGauge
    lines: RecentLines
    folder: Path
    settings: Sequence[schemas.Setting]
    endpoints: Sequence[NamedEndpoint]


class HouseWatch:
    """See `web.house_view.HouseView`. Those who ask at once share one look."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._looking = trio.Lock()
        # All of these are written under the lock, by `_look` and what it calls.
        self._summaries = Summaries()
        self._seen: schemas.Overview | None = None
        self._seen_at = -math.inf
        self._listed: dict[DeskKey, DeskListed] | None = None
        self._listed_at = -math.inf
        self._revision = 0

    async def run(self) -> None:
        """For ever: measures the loop while somebody looks."""
        await self._watched.process.lag.run()

    async def overview(self) -> schemas.Overview:
        async with self._looking:
            if self._seen is None or trio.current_time() - self._seen_at >= LOOK_EVERY_S:
                self._seen = await self._look()
                self._seen_at = trio.current_time()
            return self._seen

    async def desks(self, asked: DesksAsked) -> schemas.DesksPage:
        await self.overview()
        entries = {entry.key: entry for entry in self._watched.supervisor.directory.entries()}
        parked = self._watched.supervisor.parked
        rows = DeskRows(entries, parked, self._listed or {}, self._summaries)
        return page_of(rows, asked)

    def settings(self) -> Sequence[schemas.Setting]:
        return self._watched.settings

    async def _look(self) -> schemas.Overview:
        watched, self._revision = self._watched, self._revision + 1
        entries = watched.supervisor.directory.entries()
        await self._summaries.look(entries)
        await self._list()
        room = await _room(watched.folder)
        sums = [self._summaries.of(entry.key) for entry in entries]
        hosts = watched.pools.slowed_hosts()
        return schemas.Overview(
            revision=self._revision,
            at=wire_time(watched.house.now()),
            process=watched.process.look(),
            desks=self._desk_totals(entries),
            jobs=_jobs(sums),
            work=_work(watched.house, sums),
            lanes=_lanes(watched.house, sums),
            pools=[
                pool_seen(pool, watched.pools.lack_of(pool.name)) for pool in watched.pools.seen()
            ],
            hosts=[host_seen(host) for host in hosts[:SHOWN]],
            hosts_total=len(hosts),
            endpoints=_endpoints(watched.endpoints, sums),
            storage=_storage(watched, room),
            parked=_parked(watched.supervisor),
            lacks=list(watched.pools.lacks()),
            log=watched.lines.newest(),
        )

    async def _list(self) -> None:
        """A folder that cannot be read is not known: what else there is to see is shown."""
        if trio.current_time() - self._listed_at < LIST_EVERY_S:
            return
        self._listed_at = trio.current_time()
        try:
            self._listed = {desk.key: desk for desk in await self._watched.store.listed()}
        except StorageError as error:
            self._listed = None
            self._watched.house.log.warning("the desks could not be listed", error=str(error))

    def _desk_totals(self, entries: Sequence[Entry]) -> schemas.DeskTotals:
        parked = self._watched.supervisor.parked
        opening = sum(not entry.opened.is_set() for entry in entries)
        awake = sum(entry.opened.is_set() and entry.key not in parked for entry in entries)
        here = {entry.key for entry in entries}
        asleep = None if self._listed is None else len(self._listed.keys() - here)
        return schemas.DeskTotals(
            on_disk=None if self._listed is None else len(self._listed),
            awake=awake,
            opening=opening,
            parked=len(parked),
            asleep=asleep,
            watchers=sum(entry.feed.subscribers for entry in entries),
        )


def _jobs(sums: Sequence[Summary]) -> dict[str, int]:
    """How many there are by status. There may be ten thousand desks, each second."""
    total: dict[str, int] = {}
    for each in sums:
        for status, count in each.jobs.items():
            total[status] = total.get(status, 0) + count
    return total


async def _room(folder: Path) -> os.statvfs_result | None:
    """None where the file system does not tell in time: one that hangs is left to its thread."""
    with trio.move_on_after(ROOM_PATIENCE_S):
        try:
            return await trio.to_thread.run_sync(os.statvfs, folder, abandon_on_cancel=True)
        except OSError:
            return None
    return None


def _work(house: House, sums: Sequence[Summary]) -> schemas.WorkTotals:
    stats = house.stats
    return schemas.WorkTotals(
        in_flight=sum(each.in_flight for each in sums),
        waiting=sum(each.waiting for each in sums),
        rate_per_s=round(sum(each.rate_per_s for each in sums), 2),
        outcomes=stats.outcomes,
        commands=stats.commands,
        refusals=stats.refusals,
        restarts=stats.restarts,
    )


def _lanes(house: House, sums: Sequence[Summary]) -> list[schemas.LaneSeen]:
    running, queued, desks = Counter[str](), Counter[str](), Counter[str]()
    for each in sums:
        for name, (runs, waits) in each.lanes.items():
            running[name] += runs
            queued[name] += waits
            desks[name] += 1
    widths = house.settings.lane_widths
    every = house.settings.lane_width
    return [
        schemas.LaneSeen(name, widths.get(name, every), running[name], queued[name], desks[name])
        for name in sorted({*desks, *widths})
    ][:SHOWN]


def _endpoints(
    named: Sequence[NamedEndpoint], sums: Sequence[Summary]
) -> list[schemas.EndpointSeen]:
    jobs, waiting = Counter[str](), Counter[str]()
    for each in sums:
        for name, (uses, waits) in each.endpoints.items():
            jobs[name] += uses
            waiting[name] += waits
    return [
        schemas.EndpointSeen(
            one.name,
            "webui" if one.kind == WEBUI else "agent",
            one.url,
            one.own_key,
            jobs[one.name],
            waiting[one.name],
        )
        for one in named
    ]


def _storage(watched: Watched, room: os.statvfs_result | None) -> schemas.StorageSeen:
    stats = watched.house.stats
    p50, p99 = (
        None if took is None else round(took * _MS, 2)
        for took in watched.house.save_times.quantiles(0.5, 0.99)
    )
    return schemas.StorageSeen(
        folder=str(watched.folder),
        free_bytes=None if room is None else room.f_bavail * room.f_frsize,
        total_bytes=None if room is None else room.f_blocks * room.f_frsize,
        failing=stats.save_failing,
        saves=stats.saves,
        save_failures=stats.save_failures,
        save_ms_p50=p50,
        save_ms_p99=p99,
    )


def _parked(supervisor: Supervisor) -> list[schemas.ParkedDesk]:
    return [
        schemas.ParkedDesk(key, reason, wire_time(supervisor.parked_at[key]))
        for key, reason in list(supervisor.parked.items())[:SHOWN]
    ]
