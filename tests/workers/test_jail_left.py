"""A server is killed while its jailed worker is stuck: that ends too, the next start cleans up."""

from __future__ import annotations

import os
import subprocess
import sys

import trio

from tests.support.jails import PATIENCE_S, ROOT, Prison


async def test_a_jailed_worker_ends_with_its_server_and_its_folder_with_the_next(tmp_path, nursery):
    script = ROOT / "tests" / "support" / "jailed_parent.py"
    parent = await trio.lowlevel.open_process(
        [sys.executable, script, tmp_path],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)},
    )
    said = b""
    with trio.fail_after(PATIENCE_S):
        while not said.endswith(b"\n"):
            said += await parent.stdout.receive_some(100)
    worker = os.pidfd_open(int(said))
    parent.kill()
    await parent.wait()
    await parent.stdout.aclose()
    with trio.fail_after(PATIENCE_S):
        await trio.lowlevel.wait_readable(worker)
    trio.lowlevel.notify_closing(worker)
    os.close(worker)
    (left,) = (tmp_path / "scratch").iterdir()
    assert (left / "d").is_dir()
    prison = Prison(tmp_path)
    await nursery.start(prison.run)
    assert list((tmp_path / "scratch").iterdir()) == []
