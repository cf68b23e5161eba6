"""Helpers of a net worker, as real processes: what they may cost, and that the others go on."""

from __future__ import annotations

import os

import pytest
import trio
import trio.testing

from actors.ports import HelperStopped
from tests.support.helping import OTHER, ROOT, WORK
from workers.helpers.pool import open_helpers

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 120.0


def settings(tmp_path, **changes):
    return {
        "scratch": str(tmp_path / "helpers"),
        "time_s": PATIENCE_S,
        "memory_bytes": 512 * 1024 * 1024,
        "python_path": [ROOT],
        "readable": [ROOT],
        **changes,
    }


@pytest.fixture
async def pool(tmp_path):
    async with open_helpers(settings(tmp_path)) as opened:
        yield opened


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_work_is_done_by_a_process_that_is_kept_and_ends_with_the_pool(tmp_path):
    async with open_helpers(settings(tmp_path)) as pool:
        helpers = pool.for_job()
        pid = int(await helpers.run(WORK, b"pid"))
        assert pid != os.getpid()
        assert int(await helpers.run(WORK, b"pid")) == pid
        large = bytes(range(256)) * 4_000
        assert await helpers.run(WORK, b"echo " + large[:1_000_000]) == large[:1_000_000]
        assert helpers.max_bytes == pool.settings.max_bytes
    assert is_gone(pid)
    assert list((tmp_path / "helpers").iterdir()) == []


async def test_one_that_takes_too_long_is_killed_and_the_next_piece_has_another(tmp_path):
    async with open_helpers(settings(tmp_path, time_s=0.3)) as pool:
        helpers = pool.for_job()
        first = int(await helpers.run(WORK, b"pid"))
        for wish in (b"spin", b"sleep"):
            with pytest.raises(HelperStopped, match=r"took longer than 0\.3 s"):
                await helpers.run(WORK, wish)
        assert is_gone(first)
        assert await helpers.run(WORK, b"echo on") == b"on"


async def test_a_job_that_only_waits_keeps_no_other_job_waiting(pool):
    """Two processes: however many items of one job spin, one is left for the others."""
    hostile, other = pool.for_job(), pool.for_job()
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(hostile.run, WORK, b"spin")
        await trio.testing.wait_all_tasks_blocked(0.01)
        with trio.fail_after(PATIENCE_S):
            for _ in range(5):
                assert await other.run(WORK, b"echo on") == b"on"
        nursery.cancel_scope.cancel()
    assert len(pool.idle_pids) == 1


async def test_whoever_is_cancelled_leaves_no_process_behind(pool, tmp_path):
    helpers = pool.for_job()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(helpers.run, WORK, b"spin")
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
    assert pool.idle_pids == []
    assert list((tmp_path / "helpers").iterdir()) == []
    assert await helpers.run(WORK, b"echo on") == b"on"


async def test_the_limit_of_memory_is_told_and_costs_no_process(pool):
    helpers = pool.for_job()
    pid = await helpers.run(WORK, b"pid")
    with pytest.raises(HelperStopped, match="over the limit of memory"):
        await helpers.run(WORK, b"fill")
    assert await helpers.run(WORK, b"pid") == pid


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (b"crash", "killed by signal 11"),
        (b"raise", "exited with code 1"),
        (b"flood 2000000", "answers with"),
        (b"lie", "not a Answer"),
    ],
)
async def test_a_process_that_dies_or_lies_is_an_answer(pool, wish, said):
    helpers = pool.for_job()
    pid = int(await helpers.run(WORK, b"pid"))
    with pytest.raises(HelperStopped, match=said):
        await helpers.run(WORK, wish)
    assert is_gone(pid)
    assert await helpers.run(WORK, b"echo on") == b"on"


async def test_helpers_have_no_network_no_files_and_no_children(pool):
    helpers = pool.for_job()
    for wish in (b"connect", b"write", b"fork"):
        assert await helpers.run(WORK, wish) in (b"PermissionError", b"OSError"), wish


async def test_other_work_has_other_processes_within_the_same_number(pool):
    first, second = pool.for_job(), pool.for_job()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(first.run, WORK, b"pid")
        nursery.start_soon(second.run, WORK, b"pid")
    assert len(pool.idle_pids) <= 2
    assert await first.run(OTHER, b"x") == b"other x"
    assert await first.run(WORK, b"echo on") == b"on"
    assert len(pool.idle_pids) <= 2


async def test_work_that_cannot_be_found_is_told(pool, capfd):
    with pytest.raises(HelperStopped, match="did not start"):
        await pool.for_job().run("tests.support.helping:nothing", b"")
    assert "AttributeError" in capfd.readouterr().err


async def test_a_jail_that_cannot_be_made_as_it_must_be_does_nothing(tmp_path):
    """Its own folder lies in one that it may read, with those of its equals."""
    open_to_all = settings(tmp_path, jail="strict", readable=[ROOT, str(tmp_path)])
    async with open_helpers(open_to_all) as pool:
        with pytest.raises(HelperStopped, match="jail cannot be made as --jail strict"):
            await pool.for_job().run(WORK, b"echo on")
        assert pool.idle_pids == []


async def test_no_folder_for_them_is_told(tmp_path):
    (tmp_path / "helpers").write_text("in the way")
    async with open_helpers(settings(tmp_path)) as pool:
        with pytest.raises(HelperStopped, match="no process could be started"):
            await pool.for_job().run(WORK, b"echo on")
