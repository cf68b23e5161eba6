"""A worker whose programs lead sessions of their own: however it ends, all of them end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from tests.support.doomed import PATIENCE_S, Doomed, is_there, keeper
from tests.support.kept import Kept
from tests.support.leasing import Hand, lease_all, leased

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def kept(tmp_path, nursery):
    kept = Kept(tmp_path / "folders")
    nursery.start_soon(kept.crew.run)
    return kept


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def test_a_killed_worker_takes_along_what_it_started(kept):
    async with kept.attach() as attachment:
        started = await kept.started(attachment)
        doomed = Doomed([keeper(), *started])
        await lease_all(attachment, [leased(1, {"do": "hold"})])
        os.kill(kept.worker, signal.SIGKILL)
        (lost,) = await attachment.wait_events()
        await doomed.wait_gone()
    assert (lost.indexes, lost.reason) == ((1,), "killed by signal 9")
    assert list(kept.folder.iterdir()) == []


async def test_a_stopped_server_leaves_nothing(tmp_path):
    kept = Kept(tmp_path / "folders")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.crew.run)
        async with kept.attach() as attachment:
            started = await kept.started(attachment)
            doomed = Doomed([keeper(), kept.worker, *started])
        nursery.cancel_scope.cancel()
    await doomed.wait_gone()
    assert list(kept.folder.iterdir()) == []


def test_a_killed_server_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "tests.support.kept", str(tmp_path / "folders")]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    with server:
        doomed = Doomed([int(word) for word in server.stdout.readline().split()])
        server.kill()
        doomed.wait()
    assert len(doomed.pids) > 4


CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]


def test_a_server_that_is_process_1_is_left_with_no_zombie(tmp_path):
    if subprocess.run([*CONTAINER, "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this machine gives nobody a process namespace")
    command = [sys.executable, "-m", "tests.support.first_process", str(tmp_path / "folders")]
    told = subprocess.run([*CONTAINER, *command], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    assert told.stdout == b"1: 4 started, left: []\n"


async def test_a_killed_keeper_takes_its_worker_along(kept):
    async with kept.attach() as attachment:
        await Hand(attachment).work([leased(0, {"do": "ok"})])
        doomed = Doomed([kept.worker])
        os.kill(keeper(), signal.SIGKILL)
        await doomed.wait_gone()
        await kept.heard.wait_said("worker_died")


async def test_orphans_go_to_the_keeper_which_reaps_them(kept):
    async with kept.attach() as attachment:
        hand = await Hand(attachment).work([leased(0, {"do": "orphan"})])
        orphan = hand.results()[0]["pid"]
        with trio.fail_after(PATIENCE_S):
            while is_there(orphan):
                await trio.lowlevel.checkpoint()
        assert parent_of(kept.worker) == keeper()


async def test_the_end_of_the_worker_is_the_end_of_the_keeper(kept):
    async with kept.attach() as attachment:
        doomed = Doomed(await kept.started(attachment))
        await lease_all(attachment, [leased(1, {"do": "exit", "code": 3})])
        (lost,) = await attachment.wait_events()
        await doomed.wait_gone()
    assert lost.reason == "exited with code 3"


@pytest.fixture
def bystander():
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        yield process
        process.kill()


async def test_an_idle_worker_retires_with_its_keeper_and_its_folder(tmp_path, nursery):
    kept = Kept(tmp_path / "folders", idle_s=0.0)
    nursery.start_soon(kept.crew.run)
    async with kept.attach() as attachment:
        started = await kept.started(attachment)
        doomed = Doomed([keeper(), kept.worker, *started])
    await doomed.wait_gone()
    await kept.heard.wait_said("worker_retired")
    assert list(kept.folder.iterdir()) == []
    async with kept.attach("job-2") as attachment:
        hand = await Hand(attachment).work([leased(0, {"do": "ok"})])
    assert hand.results()[0]["pid"] not in doomed.pids


async def test_what_is_not_the_workers_is_not_touched(kept, bystander):
    async with kept.attach() as attachment:
        doomed = Doomed(await kept.started(attachment))
        os.kill(kept.worker, signal.SIGKILL)
        await doomed.wait_gone()
        await kept.heard.wait_said("worker_died")
    assert bystander.poll() is None


async def test_a_stop_signal_for_everybody_is_the_servers_business(kept):
    async with kept.attach() as attachment:
        await Hand(attachment).work([leased(0, {"do": "ok"})])
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(keeper(), number)
            os.kill(kept.worker, number)
        hand = await Hand(attachment).work([leased(1, {"do": "ok"})])
    assert hand.ended
    assert not kept.heard.said("worker_died")
