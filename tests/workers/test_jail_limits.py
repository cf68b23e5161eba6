"""A limit costs the item that broke it, by name; the next item finds a worker. Real processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trio

from state.model import OutcomeStatus
from tests.support.jails import PATIENCE_S, Prison
from tests.support.leasing import Hand, brief, lease_all, leased
from workers.cpu import CpuSettings

MIB = 1024 * 1024


@pytest.fixture
def build(tmp_path, nursery):
    async def start(**changes):
        prison = Prison(tmp_path / "data", **changes)
        await nursery.start(prison.run)
        return prison

    return start


LIMITS = [
    (
        "memory",
        {"do": "allocate", "size": 1024 * MIB, "limit": True},
        {"cpu_max_memory_bytes": 512 * MIB},
        "over the limit of memory (536870912 bytes)",
    ),
    (
        "memory, all of it in small pieces",
        {"do": "hoard", "beside": True},
        {"cpu_max_memory_bytes": 256 * MIB, "cpu_item_cpu_s": 60},
        "over the limit of memory (268435456 bytes)",
    ),
    (
        "a file's size",
        {"do": "write", "path": "big", "size": 2 * MIB, "limit": True},
        {"cpu_max_file_bytes": MIB},
        "over the limit of a file's size (1048576 bytes)",
    ),
    (
        "open files",
        {"do": "files", "limit": True},
        {},
        "over the limit of open files (256)",
    ),
    (
        "processor time, the loop still turning",
        {"do": "spin", "beside": True},
        {"cpu_item_cpu_s": 1},
        "over the limit of processor time (1 s)",
    ),
]


@pytest.mark.parametrize(
    ("wish", "limits", "error"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS]
)
async def test_a_broken_limit_is_the_outcome_of_its_item_alone(build, wish, limits, error):
    prison = await build(**limits)
    hand = await prison.work(wish, {"do": "pid"})
    assert (hand.ended[0].status, hand.ended[0].error) == (OutcomeStatus.FAILED, error)
    assert hand.ended[0].attempts == 1
    assert hand.ended[1].status is OutcomeStatus.OK
    assert hand.lost == []


# Long enough for one that does nothing to be done within, on a machine that is busy.
TIME_S = 4.0
OVERDUE = {
    "doing nothing beside the loop": {"do": "sleep", "beside": True},
    "saying nothing": {"do": "sleep"},
    "its children doing the work": {"do": "spin_in_children", "count": 3},
}


async def test_an_item_has_so_much_time_whatever_it_does(build):
    prison = await build(cpu_workers=len(OVERDUE), cpu_item_s=TIME_S, programs=True)
    hand = await prison.work(*OVERDUE.values(), {"do": "pid"}, concurrency=len(OVERDUE))
    told = {what: hand.ended[at].error for at, what in enumerate(OVERDUE)}
    assert told == dict.fromkeys(OVERDUE, f"over the limit of time ({TIME_S:g} s)")
    assert [ended.attempts for ended in hand.ended.values()] == [1] * 4
    assert hand.ended[3].status is OutcomeStatus.OK
    assert hand.lost == []


async def test_memory_within_the_limit_is_there(build):
    prison = await build(cpu_max_memory_bytes=512 * MIB)
    assert await prison.outcome(do="allocate", size=200 * MIB) == {"ok": 200 * MIB}


async def test_processor_time_is_counted_for_each_item(build):
    """Items that together use more than one of them may."""
    prison = await build(cpu_item_cpu_s=1)
    hand = await prison.work(*[{"do": "burn", "s": 0.6}] * 3)
    assert [ended.status for ended in hand.ended.values()] == [OutcomeStatus.OK] * 3
    assert len(prison.heard.said("worker_started")) == 1


async def test_a_crash_of_native_code_is_lost_and_tried_again(build):
    prison = await build()
    hand = await prison.work({"do": "abort", "until": 1})
    assert [event.reason for event in hand.lost] == ["killed by signal 6"]
    assert hand.ended[0].status is OutcomeStatus.OK


async def test_grandchildren_die_with_their_worker_and_cannot_leave_its_group(build):
    prison = await build(programs=True, cpu_item_s=TIME_S)
    hand = await prison.work({"do": "orphan"}, {"do": "pid"})
    grandchild = os.pidfd_open(hand.results()[0]["ok"])
    assert hand.results()[1]["ok"] == os.getpgid(hand.results()[0]["ok"])
    await prison.work({"do": "sleep"})
    with trio.fail_after(PATIENCE_S):
        await trio.lowlevel.wait_readable(grandchild)
    trio.lowlevel.notify_closing(grandchild)
    os.close(grandchild)


@pytest.mark.parametrize("beside", [False, True], ids=["on the loop", "beside it"])
async def test_leaving_a_job_stops_what_computes_for_it(build, beside):
    prison = await build(cpu_item_cpu_s=600, cpu_item_s=600.0)
    async with prison.pools.attach(brief(kind="inmate", pool="cpu")) as attachment:
        await Hand(attachment).work([leased(0, {"do": "pid"})])
        (pid,) = prison.pools.worker_pids()
        spinning = os.pidfd_open(pid)
        await lease_all(attachment, [leased(1, {"do": "say_and_spin", "beside": beside})])
        await prison.heard.wait_said("worker_output")
    with trio.fail_after(PATIENCE_S):
        await trio.lowlevel.wait_readable(spinning)
    trio.lowlevel.notify_closing(spinning)
    os.close(spinning)
    assert (await prison.outcome(do="pid"))["ok"] != pid


async def test_leaving_a_job_whose_items_wait_costs_those_of_others_nothing(build):
    prison = await build(cpu_item_cpu_s=600, cpu_item_s=600.0)
    async with prison.pools.attach(brief("b", "b", kind="inmate", pool="cpu")) as busy:
        hand = Hand(busy)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hand.work, [leased(0, {"do": "say_and_burn", "s": 1.0})])
            await prison.heard.wait_said("worker_output")
            async with prison.pools.attach(brief(kind="inmate", pool="cpu")) as attachment:
                await lease_all(attachment, [leased(0, {"do": "say_and_spin"})])
    assert hand.ended[0].status is OutcomeStatus.OK
    assert (hand.lost, dict(hand.deferred)) == ([], {})
    assert len(prison.heard.said("worker_output")) == 1
    assert len(prison.heard.said("worker_started")) == 1


async def test_one_item_at_a_time_in_each_worker(build):
    """Items that a pool of hosts would send to one worker."""
    prison = await build(cpu_workers=2)
    items = [leased(index, {"do": "burn", "s": 0.1}) for index in (0, 2)]
    async with prison.pools.attach(brief(kind="inmate", pool="cpu")) as attachment:
        with trio.fail_after(PATIENCE_S):
            hand = await Hand(attachment, concurrency=2).work(items)
    assert {ended.status for ended in hand.ended.values()} == {OutcomeStatus.OK}
    assert len({result["ok"] for result in hand.results().values()}) == 2
    assert prison.pools.free_slots()["cpu"] == 2 * CpuSettings(scratch=Path()).cpu_lease_items


async def test_folders_go_with_their_workers_and_those_of_a_killed_server_with_its_next_start(
    tmp_path, build
):
    scratch = tmp_path / "data" / "scratch"
    deep = scratch / "left" / "/".join("abc" * 300)
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    (scratch / "link").symlink_to(tmp_path)
    (scratch / "left").chmod(0o100)
    prison = await build(worker_idle_s=0.0)
    assert list(scratch.iterdir()) == []
    assert tmp_path.exists()
    await prison.work({"do": "leave"})
    await prison.heard.wait_said("worker_retired")
    assert list(scratch.iterdir()) == []
    assert scratch.stat().st_mode & 0o777 == 0o700
