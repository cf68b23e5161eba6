"""Many bombs at once: how many responses may keep a large window, of one job and of all."""

import pytest
import trio
import trio.testing

from state.model import NO_LISTS
from tests.support.codings import MIB, bomb
from tests.support.target import page
from workers.net.client import open_http
from workers.net.windows import IN_ALL, OF_A_JOB, SMALL_BYTES


@pytest.fixture
async def http():
    async with open_http({"allow_target": ["127.0.0.1"]}) as client:
        yield client


class Reader:
    """Reads responses at the same time, and holds on to each when it has `size` of it."""

    def __init__(self, target, size):
        self.held = 0
        self.let_go = trio.Event()
        self._url = target.url("/bomb")
        self._size = size

    async def read(self, client):
        times = {"connect_timeout_s": 60.0, "read_timeout_s": 60.0}
        async with client.slot() as slot, slot.request("GET", self._url, **times) as reply:
            size = 0
            async for piece in reply.iter_bytes():
                size += len(piece)
                if size >= self._size:
                    break
            self.held += 1
            await self.let_go.wait()

    async def settle(self, wanted):
        """Until so many hold, and no more come."""
        with trio.fail_after(60):
            while self.held < wanted:
                await trio.testing.wait_all_tasks_blocked(0.001)
        for _ in range(20):
            await trio.testing.wait_all_tasks_blocked(0.005)
        assert self.held == wanted


@pytest.mark.parametrize("coding", ["br", "zstd"])
async def test_a_job_keeps_so_many_large_windows_and_no_more(target, http, nursery, coding):
    target.handlers["/bomb"] = page(bomb(coding, 16), content_encoding=coding)
    reader, job = Reader(target, SMALL_BYTES * 2), http.for_job(NO_LISTS)
    for _ in range(OF_A_JOB + 4):
        nursery.start_soon(reader.read, job)
    await reader.settle(OF_A_JOB)
    reader.let_go.set()
    await reader.settle(OF_A_JOB + 4)


async def test_all_jobs_together_keep_so_many(target, http, nursery):
    target.handlers["/bomb"] = page(bomb("zstd", 16), content_encoding="zstd")
    reader = Reader(target, SMALL_BYTES * 2)
    for _ in range(IN_ALL // OF_A_JOB + 1):
        job = http.for_job(NO_LISTS)
        for _ in range(OF_A_JOB):
            nursery.start_soon(reader.read, job)
    await reader.settle(IN_ALL)
    reader.let_go.set()
    await reader.settle(IN_ALL + OF_A_JOB)


async def test_what_is_small_or_keeps_none_needs_no_room(target, http, nursery):
    """Whatever others keep: pages of the usual size, and gzip of any."""
    target.handlers["/bomb"] = page(bomb("gzip", 16), content_encoding="gzip")
    reader, job = Reader(target, MIB), http.for_job(NO_LISTS)
    for _ in range(OF_A_JOB * 2):
        nursery.start_soon(reader.read, job)
    await reader.settle(OF_A_JOB * 2)
    target.handlers["/bomb"] = page(bomb("zstd", 16), content_encoding="zstd")
    small = Reader(target, SMALL_BYTES)
    for _ in range(OF_A_JOB * 2):
        nursery.start_soon(small.read, job)
    await small.settle(OF_A_JOB * 2)
    reader.let_go.set()
    small.let_go.set()


async def test_who_gives_up_waiting_leaves_no_trace(target, http, nursery):
    target.handlers["/bomb"] = page(bomb("zstd", 16), content_encoding="zstd")
    reader, job = Reader(target, SMALL_BYTES * 2), http.for_job(NO_LISTS)
    for _ in range(OF_A_JOB):
        nursery.start_soon(reader.read, job)
    await reader.settle(OF_A_JOB)
    with trio.move_on_after(0.05) as scope:
        await reader.read(job)
    assert scope.cancelled_caught
    reader.let_go.set()
    await reader.settle(OF_A_JOB)
    for _ in range(OF_A_JOB):
        nursery.start_soon(reader.read, job)
    await reader.settle(OF_A_JOB * 2)
