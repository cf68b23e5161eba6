"""Folders of tasks: each its own, gone with its task, and gone after its worker is dead."""

from __future__ import annotations

import os
import sys

import pytest
import trio

from executors.agent.places import Places


@pytest.fixture
def root(tmp_path):
    return tmp_path / "tasks"


async def test_each_task_has_its_own_and_it_goes_with_it(root):
    places = Places(root)
    async with places.place() as one, places.place() as two:
        (one.folder / "a").write_text("x")
        assert not [*two.folder.iterdir()]
        assert one.folder.stat().st_mode & 0o077 == 0
    assert not [*root.iterdir()]


async def test_what_is_in_use_is_swept_by_nobody(root):
    async with Places(root).place() as one:
        (one.folder / "a").write_text("x")
        await Places(root).sweep()
        assert (one.folder / "a").exists()


async def test_what_a_dead_worker_has_left_is_swept(root):
    """A worker that is killed in the middle of its task."""
    script = (
        "import os, sys, trio\n"
        "from pathlib import Path\n"
        "from executors.agent.places import Places\n"
        "async def main():\n"
        "    async with Places(Path(sys.argv[1])).place() as place:\n"
        "        (place.folder / 'deep').mkdir()\n"
        "        (place.folder / 'deep' / 'a').symlink_to('/etc/passwd')\n"
        "        os.kill(os.getpid(), 9)\n"
        "trio.run(main)\n"
    )
    await trio.run_process([sys.executable, "-c", script, root], check=False)
    assert len(os.listdir(root)) == 1
    await Places(root).sweep()
    assert os.listdir(root) == []
