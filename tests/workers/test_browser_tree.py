"""A real browser with pages that never rest: however its worker ends, no process of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from actors.ports import ItemsLost
from tests.support.doomed import Doomed
from tests.support.driving import driving_brief, driving_pools, stay_on_pages
from workers.keeper import descendants
from workers.manners import NICENESS

ROOT = Path(__file__).resolve().parents[2]
# A driver, a browser with its helpers, and a renderer a page, besides keeper and worker.
AT_LEAST = 6
AUTOGROUPS = Path("/proc/self/autogroup")

pytestmark = pytest.mark.browser


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "browsers"


def politeness(pids):
    """Of the sessions of the browser's processes, which share the processor as wholes."""
    found = set()
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):  # they come and go
            if os.getsid(pid) == pid and b"chromium" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(Path(f"/proc/{pid}/autogroup").read_text("ascii").split()[-1])
    return found


def is_polite(pids):
    """Where the kernel groups processes by their sessions at all."""
    return not AUTOGROUPS.exists() or politeness(pids) == {str(NICENESS)}


def below_us():
    found = descendants(os.getpid())
    assert len(found) >= AT_LEAST
    return found


async def first_loss(attachment):
    """What is lost, behind whatever the worker had said of its pages."""
    while True:
        for event in await attachment.wait_events():
            if isinstance(event, ItemsLost):
                return event


async def test_a_killed_worker_leaves_no_process_and_no_file(folder):
    pools = driving_pools(folder)
    async with trio.open_nursery() as nursery:
        await nursery.start(pools.run)
        async with pools.attach(driving_brief()) as attachment:
            await stay_on_pages(attachment)
            doomed = Doomed(below_us())
            (worker,) = pools.worker_pids()
            assert is_polite(descendants(worker))
            os.kill(worker, signal.SIGKILL)
            lost = await first_loss(attachment)
            await doomed.wait_gone()
            assert (sorted(lost.indexes), lost.reason) == ([0, 1], "killed by signal 9")
        assert list(folder.iterdir()) == []
        nursery.cancel_scope.cancel()


def test_a_killed_server_leaves_no_process(folder):
    command = [sys.executable, "-m", "tests.support.driving", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    with server:
        doomed = Doomed([int(word) for word in server.stdout.readline().split()])
        assert len(doomed.pids) >= AT_LEAST
        server.kill()
        doomed.wait()
