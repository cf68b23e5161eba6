"""What a command can use up, and that nothing of it is left: real processes, real kernel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
import trio

from tests.support.agent_folders import opened, tree
from tests.support.commands import started_by, wait_gone, wait_started, yard_in
from workers.commands.printed import Printed
from workers.commands.world import PLACE
from workers.keeper import descendants

MIB = 1024 * 1024


@pytest.fixture
async def yard(tmp_path):
    async with yard_in(tmp_path, processes=32) as made:
        yield made


async def test_one_that_takes_too_long_is_ended(yard):
    result = await yard.run("echo begun; sleep 98701", timeout_s=1.0)
    assert (result.exit_code, result.timed_out) == (None, True)
    assert result.output == b"begun\n"
    assert started_by(os.getpid(), "98701") == []
    assert yard.left == []


async def test_what_it_leaves_running_ends_with_it(yard):
    result = await yard.run("(sleep 98702 &) ; sleep 98702 & nohup sleep 98702 & echo off")
    assert result.exit_code == 0
    assert started_by(os.getpid(), "98702") == []


async def test_cancelled_it_is_gone(yard):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(yard.run, "sleep 98703")
        await trio.to_thread.run_sync(wait_started, os.getpid(), "98703")
        nursery.cancel_scope.cancel()
    assert started_by(os.getpid(), "98703") == []
    assert yard.left == []


async def test_processes_are_bounded(yard):
    """Each waits, so that what is there at once is what was started."""
    many = "i=0; while [ $i -lt 100 ]; do sleep 98704 & i=$((i+1)); done; echo all"
    has_world = await yard.said("pwd") == f"{PLACE}/files"
    result = await yard.run(many)
    # By the kernel, before the last is started; else by those who count.
    assert b"all" not in result.output if has_world else result.limit
    assert started_by(os.getpid(), "98704") == []


async def test_memory_of_all_its_processes_together(tmp_path):
    async with yard_in(tmp_path, memory_bytes=64 * MIB) as yard:
        eats = "x=$(head -c 30000000 /dev/urandom | od -An -tx1); sleep 98705"
        result = await yard.run(f"({eats}) & ({eats}) & wait")
        assert result.limit == f"it used more than {64 * MIB} bytes of memory"


async def test_disk(tmp_path):
    async with yard_in(tmp_path, disk_bytes=4 * MIB, file_bytes=2 * MIB, entries=100) as yard:
        result = await yard.run("head -c 3000000 /dev/urandom > big; ls -l big; sleep 0")
        assert str(2 * MIB).encode() in result.output
        many = "i=0; while true; do head -c 1000000 /dev/urandom > f$i; i=$((i+1)); done"
        assert (await yard.run(many)).limit == f"its files had more than {4 * MIB} bytes"
        names = "i=0; while true; do : > f$((i%1000)); i=$((i+1)); done"
        assert (await yard.run(names)).limit == "it made more than 100 files and folders"
        assert yard.left == []


async def test_a_full_disk_ends_it(tmp_path):
    async with yard_in(tmp_path, free_bytes=2**62) as yard:
        assert (await yard.run("sleep 98706")).limit == "the disk became full"


async def test_a_flood_of_output_is_cut_in_its_middle(yard):
    result = await yard.run("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last")
    assert result.output.startswith(b"first\nxxx")
    assert result.output.endswith(b"xxx\nlast\n")
    assert b"bytes are left out here" in result.output
    assert len(result.output) < 66_000


@pytest.mark.parametrize("pieces", [1, 7, 1_000])
def test_what_is_left_out_is_counted(pieces):
    printed = Printed(100)
    data = bytes(range(256)) * 4
    for start in range(0, len(data), pieces):
        printed.feed(data[start : start + pieces])
    said = printed.bytes()
    assert said == data[:50] + b"\n... (924 bytes are left out here) ...\n" + data[-50:]
    short = Printed(100)
    short.feed(b"x" * 100)
    assert short.bytes() == b"x" * 100


async def test_so_many_run_at_once(tmp_path):
    async with yard_in(tmp_path, at_once=1) as yard, trio.open_nursery() as nursery:
        nursery.start_soon(yard.run, "sleep 98707")
        await trio.to_thread.run_sync(wait_started, os.getpid(), "98707")
        with trio.move_on_after(0.5) as waited:
            await yard.run("true")
        assert waited.cancelled_caught
        nursery.cancel_scope.cancel()


DIES = """
import sys, trio
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.support.commands import yard_in

async def main():
    async with yard_in(Path({place!r})) as yard:
        await yard.run("sleep 98708 & sleep 98708")

trio.run(main)
"""


def test_it_ends_with_its_worker(tmp_path):
    """Killed, the worker can do nothing about it: the kernel and the keeper do."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
    code = DIES.format(root=root, place=str(tmp_path))
    worker = subprocess.Popen([sys.executable, "-c", code])
    wait_started(worker.pid, "sleep 98708", 2)
    below = descendants(worker.pid)
    assert below
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert all(wait_gone(pid) for pid in below)


async def test_an_agent_s_folder_with_a_real_command(yard, tmp_path):
    (tmp_path / "agent").mkdir()
    async with opened(tmp_path / "agent", yard.tool) as hand:
        await hand.write("src/a.txt", "one\n")
        command = "tr a-z A-Z < src/a.txt > b.txt && rm src/a.txt && ls"
        result = await hand.call("run_command", command=command)
        assert result.ok, result.output
        assert [(c.path, c.text) for c in result.changes] == [
            ("b.txt", "ONE\n"),
            ("src/a.txt", None),
        ]
        assert tree(hand.place) == {"b.txt": b"ONE\n"}
