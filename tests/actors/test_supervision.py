"""Limits of supervision: how often a desk may die, and what many desks at rest cost."""

from __future__ import annotations

import pytest
import trio

from actors.errors import DeskUnavailable
from tests.support.servers import ALICE, ENDED, OK, Server, create, nap, until

DESKS = 300


class Steps(trio.abc.Instrument):
    """Counts the steps of all tasks but one."""

    def __init__(self, but):
        self._but = but
        self.count = 0

    def before_task_step(self, task):
        self.count += task is not self._but


async def test_desks_at_rest_wake_nobody_and_write_nothing(autojump_clock):
    server = Server(idle_after_s=600)
    async with server.running() as directory:
        for number in range(DESKS):
            desk = await directory.create(f"{number:064x}")
            await desk.ask(create([OK]))
            await until(desk, "job", *ENDED)
        await trio.sleep(60)
        steps, saves = Steps(trio.lowlevel.current_task()), server.store.saves
        trio.lowlevel.add_instrument(steps)
        await trio.sleep(400)
        trio.lowlevel.remove_instrument(steps)
        assert server.supervisor.stats.desks_live == DESKS
        assert (steps.count, server.store.saves) == (0, saves)


async def test_a_desk_that_dies_now_and_then_is_never_parked(autojump_clock):
    server = Server(restarts_max=5, restarts_window_s=60.0)
    async with server.running() as directory:
        await directory.create(ALICE)
        for number in range(30):
            await die(server, directory, number)
            await trio.sleep(12.1)
        assert server.supervisor.stats.restarts == 30
        assert server.supervisor.parked == {}


async def test_one_death_more_than_the_window_allows_parks_the_desk(autojump_clock):
    server = Server(restarts_max=5, restarts_window_s=60.0)
    async with server.running() as directory:
        await directory.create(ALICE)
        for number in range(5):
            await die(server, directory, number)
            await trio.sleep(10)
        assert server.supervisor.parked == {}
        await die(server, directory, 5)
        await trio.sleep(0.1)
        assert server.supervisor.stats.restarts == 5
        assert "a bug" in server.supervisor.parked[ALICE]
        [said] = server.heard.said("a desk is parked")
        assert "a bug" in said["reason"]


async def die(server, directory, number):
    """Let the desk's actor die of a bug in the midst of a command."""
    desk = await directory.find(ALICE)
    server.store.faults.fail("save", RuntimeError("a bug"))
    with pytest.raises(DeskUnavailable):
        await desk.ask(create([OK], job_id=f"job-{number}", start=False))


async def test_what_was_synced_is_saved_though_the_desk_is_cancelled(autojump_clock):
    """Its task was told to end, did not in time, and is being cancelled when it saves."""
    server = Server(stop_s=1.0, drain_s=30.0, save_every_s=5.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 3 + [nap(500)], concurrency=4))
        await trio.sleep(2.5)
        await desk.ask(create([nap(1)] * 3 + [nap(500)], concurrency=4, job_id="b", kind="other"))
        await trio.sleep(5.5)
        saves, before = server.store.saves, trio.current_time()
    assert trio.current_time() - before < 2, "a stop takes no longer than it may"
    assert server.store.saves > saves
    kept = (await server.store.load(ALICE)).state.jobs
    assert (kept["job"].counts.done, kept["b"].counts.done) == (3, 3)
