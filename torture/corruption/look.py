"""Opens a data folder as a server does, lets its desks work to the end, and notes what users see.

Real store, real desks, workers as tasks, on the virtual clock; all in one thread, so that whatever
waits for a FIFO is found by the alarm of `experiment`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio
from msgspec import Struct
from trio.testing import MockClock

from actors.directory import Directory
from actors.errors import ActorError
from actors.handle import DeskHandle
from actors.house import ActorSettings, House
from actors.messages import JobView, Published
from actors.supervisor import Supervisor
from state.errors import StateError
from state.journeys import decode_journeys
from state.library import Entry, files_of
from state.model import unfinished
from state.store import FileStore
from state.views import DeskKey
from torture.corruption.scenes import INNOCENT, VICTIM, now, opened
from torture.corruption.work import KIND, EchoSpec
from web.outcomes import outcome_row
from web.views import missing_from, wire_job
from workers.inline import InlineWorkers

LONG_S = 3_600.0
PAGE = 5_000
# What the log says only of a bug, whatever was damaged.
BUGS = ("a desk died", "a desk could not be opened", "a job's runner crashed")


class JobSight(Struct, frozen=True):
    """A job in the end. `told` is every word of damage that its user gets."""

    facts: Any
    told: tuple[str, ...]


class DeskSight(Struct, frozen=True):
    """A desk in the end; `refused` says why it cannot be used."""

    refused: str | None = None
    told: tuple[str, ...] = ()
    facts: Any = None
    jobs: dict[str, JobSight] = {}


class Sight(Struct, frozen=True):
    """What is seen of the victim and of the innocent; `bugs` are of the server's log."""

    victim: DeskSight
    innocent: DeskSight
    bugs: tuple[str, ...] = ()


class Heard:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []  # written by whoever logs

    def info(self, event: str, **fields: Any) -> None:
        shown = {name: value for name, value in fields.items() if name != "desk"}
        self.lines.append(f"{event} {shown}")

    warning = error = exception = info


def look(root: Path) -> Sight:
    """Serve from that folder until all work is done. Raises whatever would end the server."""
    return trio.run(_look, root, clock=MockClock(autojump_threshold=0))


async def _look(root: Path) -> Sight:
    heard = Heard()
    executors = {KIND: EchoSpec()}
    async with opened(root) as store, trio.open_nursery() as outside:
        workers = InlineWorkers(executors, slots=100)
        await outside.start(workers.run)
        house = House(
            store=store,
            workers=workers,
            executors=executors,
            settings=ActorSettings(),
            log=heard,
            now=now,
        )
        supervisor = Supervisor(house)
        async with trio.open_nursery() as inside:
            await inside.start(supervisor.run)
            victim = await _desk(VICTIM, supervisor.directory, store)
            innocent = await _desk(INNOCENT, supervisor.directory, store)
            inside.cancel_scope.cancel()
        outside.cancel_scope.cancel()
    bugs = tuple(line for line in heard.lines if line.startswith(BUGS))
    return Sight(victim, innocent, bugs)


async def _desk(key: DeskKey, directory: Directory, store: FileStore) -> DeskSight:
    try:
        desk = await directory.find(key)
        await _until_done(desk)
        shown = desk.published
    except ActorError as error:
        return DeskSight(refused=str(error))
    restored = shown.flags["restored"]
    told = [] if restored is None else [f"restored: {restored}"]
    kept = [await _journeys(key, shown, store, told), await _library(key, shown, store, told)]
    return DeskSight(
        told=tuple(told),
        facts=(shown.created_at, shown.ledger, list(shown.jobs), kept),
        jobs={view.job.id: await _job(key, view, store) for view in shown.jobs.values()},
    )


async def _journeys(key: DeskKey, shown: Published, store: FileStore, told: list[str]) -> Any:
    if shown.journeys is None:
        return None
    try:
        return decode_journeys(await store.read_journeys(key, shown.journeys.digest))
    except StateError as error:
        told.append(f"journeys: {error}")
        return "told"


async def _library(key: DeskKey, shown: Published, store: FileStore, told: list[str]) -> Any:
    found: list[Any] = []
    entries: list[Entry] = [*shown.templates.values(), *shown.pictures.values()]
    for entry in entries:
        for digest in files_of(entry):
            try:
                found.append(await store.read_library(key, digest))
            except StateError as error:
                told.append(f"library: {error}")
                found.append("told")
    return found


async def _until_done(desk: DeskHandle) -> None:
    """All that goes on by itself has ended. What waits for the disk for an hour is told as such."""
    with trio.move_on_after(LONG_S):
        while any(unfinished(view.job) for view in desk.published.jobs.values()):
            await desk.wait_newer(desk.published.revision)


async def _job(key: DeskKey, view: JobView, store: FileStore) -> JobSight:
    job = view.job
    told = [f"job.{name}: {value}" for name, value in (("error", job.error),) if value]
    told += [f"job.damage: {job.damage}"] if job.damage is not None else []
    told += [f"it waits: {job.reason}"] if unfinished(job) else []
    seen: dict[str, Any] = {"shown": _shown(view)}
    readings: dict[str, Callable[[], Awaitable[Any]]] = {
        "items": partial(_items, key, view, store, told),
        "pending": partial(store.read_pending, key, job.id, limit=PAGE),
        "artifacts": partial(_artifacts, key, job.id, store),
        "secrets": partial(store.load_secrets, key, job.id),
        "log": partial(store.read_log, key, job.id),
    }
    for name, reading in readings.items():
        try:
            seen[name] = await reading()
        except StateError as error:
            told.append(f"{name}: {type(error).__name__}: {error}")
            seen[name] = "told"
    seen["log"] = seen["log"] == "told"  # its lines are to be watched, not relied on
    return JobSight(seen, tuple(told))


def _shown(view: JobView) -> Any:
    """What the wire says, without what differs from run to run."""
    wire = msgspec.to_builtins(wire_job(view))
    return {name: wire[name] for name in wire if name not in ("revision", "ended_at", "progress")}


async def _items(key: DeskKey, view: JobView, store: FileStore, told: list[str]) -> list[Any]:
    page = await store.read_outcomes(key, view.job.id, limit=PAGE)
    missing = missing_from(view, page)
    if missing is not None:
        told.append(f"items.damage: {missing}")
    rows = [outcome_row(record, item, EchoSpec()) for record, item in page.records]
    return [{name: row[name] for name in row if name not in ("at", "duration_ms")} for row in rows]


async def _artifacts(key: DeskKey, job_id: str, store: FileStore) -> list[Any]:
    found = await store.list_artifacts(key, job_id)
    return [
        (made.name, [piece async for piece in store.open_artifact(key, job_id, made.name)])
        for made in found
    ]
