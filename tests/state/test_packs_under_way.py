"""Packs while the disk is at work for them: who comes meanwhile, and who is cancelled."""

from __future__ import annotations

import threading

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from tests.support.states import ALICE, items
from tests.support.watched_files import WatchedFiles

JOB = (ALICE, "job-1")


class SlowFiles(WatchedFiles):
    """The first sync of the kind that is held, in a thread of the store, waits until it is let
    go."""

    def __init__(self):
        super().__init__()
        self.held = None
        self.came = threading.Event()
        self.go = threading.Event()

    def hold(self, method):
        self.held = method

    def fdatasync(self, handle):
        self._wait("fdatasync")
        return self.__getattr__("fdatasync")(handle)

    def fsync_dir(self, folder):
        self._wait("fsync_dir")
        return self.__getattr__("fsync_dir")(folder)

    def _wait(self, method):
        if self.held == method:
            self.held = None
            self.came.set()
            assert self.go.wait(30)

    async def wait_held(self):
        await trio.to_thread.run_sync(self.came.wait)


@pytest.fixture
def disk():
    files = SlowFiles()
    yield files
    files.go.set()


@pytest.fixture
async def pack(store):
    await store.write_inputs(*JOB, items(3))
    pack = await store.open_artifacts(*JOB)
    yield pack
    await pack.aclose()


async def shown(store):
    return [made.name for made in await store.list_artifacts(*JOB)]


async def test_a_sync_behind_another_covers_what_came_after_that_began(store, pack, disk):
    over = []

    async def syncs(name):
        await pack.sync()
        over.append((name, await shown(store)))

    disk.hold("fdatasync")
    pack.add("a", b"1")
    async with trio.open_nursery() as both:
        both.start_soon(syncs, "first")
        await disk.wait_held()
        pack.add("b", b"2")
        both.start_soon(syncs, "second")
        await wait_all_tasks_blocked()
        assert over == []
        assert not pack.clean
        assert pack.buffered_bytes == 2
        disk.go.set()
    assert dict(over)["second"] == ["a", "b"], "it is durable when its own sync returns"
    assert pack.clean
    assert pack.buffered_bytes == 0


@pytest.mark.parametrize("first", ["prepare", "sync"])
async def test_preparing_and_syncing_make_one_pack(first, store, pack, disk):
    """A call may end while the files of its record are still being made."""
    second = "sync" if first == "prepare" else "prepare"
    over = []

    async def does(name):
        await getattr(pack, name)()
        over.append(name)

    disk.hold("fsync_dir")
    pack.add("a", b"1")
    async with trio.open_nursery() as both:
        both.start_soon(does, first)
        await disk.wait_held()
        both.start_soon(does, second)
        await wait_all_tasks_blocked()
        assert over == []
        disk.go.set()
    assert disk.called("create").count("artifacts-1.pack") == 1
    assert "artifacts-2.pack" not in disk.called("create")
    assert await shown(store) == ["a"]


async def test_who_is_cancelled_while_files_are_made_leaves_nothing_open(store, disk, nursery):
    await store.write_inputs(*JOB, items(3))
    pack = await store.open_artifacts(*JOB)
    disk.hold("fsync_dir")
    with trio.CancelScope() as scope:

        async def cancels():
            await disk.wait_held()
            scope.cancel()
            await wait_all_tasks_blocked()
            disk.go.set()

        nursery.start_soon(cancels)
        try:
            await pack.prepare()
        finally:
            # As the runner does when its tasks are over.
            await pack.aclose()
    made = {name for name in disk.called("create") if name.startswith("artifacts")}
    assert made == {"artifacts-1.pack", "artifacts.jsonl"}
    assert made <= set(disk.called("close"))
    again = await store.open_artifacts(*JOB)
    again.add("a", b"1")
    await again.sync()
    await again.aclose()
    assert await shown(store) == ["a"]


async def test_a_sync_that_is_cancelled_before_it_begins_loses_nothing(store, pack, disk):
    pack.add("a", b"1")
    with trio.CancelScope() as scope:
        scope.cancel()
        await pack.sync()
    assert scope.cancelled_caught
    assert (pack.clean, pack.buffered_bytes) == (False, 1)
    pack.add("b", b"2")
    with trio.fail_after(30):
        await pack.sync()
    assert await shown(store) == ["a", "b"]


async def test_a_sync_that_is_cancelled_behind_another_loses_nothing(store, pack, disk, nursery):
    waiting = trio.CancelScope()

    async def waits():
        with waiting:
            await pack.sync()

    disk.hold("fdatasync")
    pack.add("a", b"1")
    nursery.start_soon(pack.sync)
    await disk.wait_held()
    pack.add("b", b"2")
    nursery.start_soon(waits)
    await wait_all_tasks_blocked()
    waiting.cancel()
    await wait_all_tasks_blocked()
    disk.go.set()
    with trio.fail_after(30):
        await pack.sync()
    assert await shown(store) == ["a", "b"]
