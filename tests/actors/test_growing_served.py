"""Jobs that grow on real files with real workers: one is killed at work, and many items are found
quickly and in little memory."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import asynccontextmanager

import pytest
import trio

from actors.house import ActorSettings, House
from actors.supervisor import Supervisor
from state.model import Counts, JobStatus
from state.store import FileStore
from tests.support.houses import Inline, Processes
from tests.support.scripted import ScriptedSpec
from tests.support.servers import ALICE, ENDED, OK, Listener, create, until


@asynccontextmanager
async def desk_on(data, house):
    """Alice's desk on a real disk, with those workers."""
    limits = {"max_log_bytes": 65_536, "max_artifact_bytes": 4096, "ballast_bytes": 4096}
    async with FileStore.opened(data, threads=2, **limits) as store, trio.open_nursery() as outside:
        await outside.start(house.workers.run)
        supervisor = Supervisor(
            House(
                store=store,
                workers=house.workers,
                executors={"scripted": ScriptedSpec()},
                settings=ActorSettings(),
                log=Listener(),
                now=time.time,
            )
        )
        async with trio.open_nursery() as inside:
            await inside.start(supervisor.run)
            yield await supervisor.directory.create(ALICE), store
            inside.cancel_scope.cancel()
        outside.cancel_scope.cancel()


async def test_a_worker_that_is_killed_costs_nothing_that_was_found(tmp_path):
    killer = {"do": "find", "items": {"a": OK, "b": OK}, "then": "die", "until": 1}
    async with desk_on(tmp_path / "data", Processes()) as (desk, store):
        await desk.ask(create([killer, OK], grows_to=10, names=["killer", "other"], concurrency=2))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.COMPLETED
        assert view.job.counts == Counts(4, ok=4)
        items = await store.read_items(ALICE, "job", limit=10)
        assert [item.name for item in items] == ["killer", "other", "a", "b"]
        log = (await store.read_log(ALICE, "job")).lines
        assert any("items lost at work" in line.message for line in log)


def finders(count, each):
    """Every item finds the next `each` of `count * each`, and those of its neighbour again."""
    return [
        {"do": "find", "items": {f"/{number}": OK for number in range(n * each, (n + 2) * each)}}
        for n in range(count)
    ]


@pytest.mark.parametrize(("count", "each"), [(200, 50)])
async def test_many_found_items_are_there_once(tmp_path, count, each):
    names = [f"seed {n}" for n in range(count)]
    total = count + (count + 1) * each
    async with desk_on(tmp_path / "data", Inline()) as (desk, store):
        tracemalloc.start()
        await desk.ask(create(finders(count, each), grows_to=10**6, names=names, concurrency=100))
        view = await until(desk, "job", *ENDED)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert view.job.counts == Counts(total, ok=total)
        page = await store.read_outcomes(ALICE, "job", limit=1)
        assert (page.total, page.items) == (total, total)
        assert peak_bytes < 2_000 * total
