"""Folders of tasks: each its own, gone with its task, and gone after its worker is dead."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from executors.agent.files.folder import QUICK_FILES
from executors.agent.files.refused import NoPlace
from executors.agent.places import Places
from executors.agent.ports import ToolCall

WRITE = ToolCall("1", "write_file", '{"path": "a.txt", "content": "x"}')
# It looks at the folder itself, which is on the disk from then on.
LIST = ToolCall("1", "list_directory", "{}")
OTHERS = [
    ("replace", {"path": "a.txt", "old_string": "x", "new_string": "y"}),
    ("write_file", {"path": "deep/b.txt", "content": "b"}),
    ("read_file", {"path": "deep/b.txt"}),
    ("delete_file", {"path": "deep/b.txt"}),
    ("write_file", {"path": "c.txt", "content": "c" * 10_000}),
]


@pytest.fixture
def root(tmp_path):
    return tmp_path / "tasks"


@contextmanager
def made(places):
    place = places.make()
    try:
        yield place
    finally:
        places.remove(place)


async def test_each_task_has_its_own_and_it_goes_with_it(root):
    places = Places(root)
    with made(places) as one, made(places) as two:
        (one.folder / "a").write_text("x")
        assert not [*two.folder.iterdir()]
        assert one.folder.stat().st_mode & 0o077 == 0
    assert not [*root.iterdir()]


async def test_what_is_in_use_is_swept_by_nobody(root):
    with made(Places(root)) as one:
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
        "    place = Places(Path(sys.argv[1])).make()\n"
        "    (place.folder / 'deep').mkdir()\n"
        "    (place.folder / 'deep' / 'a').symlink_to('/etc/passwd')\n"
        "    os.kill(os.getpid(), 9)\n"
        "trio.run(main)\n"
    )
    await trio.run_process([sys.executable, "-c", script, root], check=False)
    assert len(os.listdir(root)) == 1
    await Places(root).sweep()
    assert os.listdir(root) == []


async def test_one_that_a_sweep_looks_at_is_waited_for(root, monkeypatch):
    """A sweep of another worker holds the lock of a new folder while it sees that it is empty."""
    held, lock = [], fcntl.flock

    def flock(handle, how):
        if not held:
            held.append(os.open(f"/proc/self/fd/{handle}", os.O_RDONLY | os.O_DIRECTORY))
            lock(held[0], fcntl.LOCK_EX)
            if not how & fcntl.LOCK_NB:
                os.close(held[0])  # it has seen enough
        lock(handle, how)

    monkeypatch.setattr("executors.agent.places.fcntl.flock", flock)
    with made(Places(root)) as one:
        assert one.folder.is_dir()


async def test_a_place_that_cannot_be_made_leaves_nothing(root, monkeypatch):
    make, fds = Path.mkdir, len(os.listdir("/proc/self/fd"))

    def full(path, **named):
        if path.name == "keep":
            raise OSError(errno.ENOSPC, "No space left on device")
        make(path, **named)

    monkeypatch.setattr(Path, "mkdir", full)
    places = Places(root)
    for _ in range(20):
        with pytest.raises(OSError, match="No space left"):
            places.make()
    assert os.listdir(root) == []
    assert len(os.listdir("/proc/self/fd")) < fds + 20


async def test_one_that_cannot_be_locked_leaves_nothing(root, monkeypatch):
    def few(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("executors.agent.places.os.open", few)
    with pytest.raises(OSError, match="Too many"):
        Places(root).make()
    monkeypatch.undo()
    assert os.listdir(root) == []


async def test_the_folder_of_a_task_goes_with_it(root):
    told = []
    async with Places(root).folder(None, told.append) as folder:
        assert (await folder.use(WRITE)).ok
        assert (await folder.use(LIST)).output == "a.txt  1 byte"
        assert await folder.read("a.txt") == b"x"
        assert len(os.listdir(root)) == 1
    assert os.listdir(root) == []
    assert told == []


async def test_a_task_of_a_few_small_files_never_comes_near_the_disk(tmp_path):
    """Where its place would be, no system call could do anything."""
    (tmp_path / "file").write_text("")
    told = []
    async with Places(tmp_path / "file" / "tasks").folder(None, told.append) as folder:
        assert (await folder.use(WRITE)).ok
        before = await folder.snapshot()
        for name, arguments in OTHERS:
            assert (await folder.use(ToolCall("1", name, json.dumps(arguments)))).ok
        assert len(await folder.restore(before)) == 2
        assert await folder.read("a.txt") == b"x"
        with pytest.raises(NoPlace, match="cannot be put on the disk"):
            await folder.use(LIST)
    assert told == []


async def test_one_with_many_files_goes_too(root):
    async with Places(root).folder(None, [].append) as folder:
        for number in range(QUICK_FILES + 1):
            arguments = json.dumps({"path": f"deep/{number}.txt", "content": "x"})
            assert (await folder.use(ToolCall("1", "write_file", arguments))).ok
        assert not folder.is_small
        assert len(os.listdir(root)) == 1
    assert os.listdir(root) == []


@pytest.mark.parametrize("call", [WRITE, LIST])
@pytest.mark.parametrize("commands", [None, object()])
async def test_a_task_that_is_cancelled_leaves_no_folder(root, commands, call):
    root.mkdir()
    with trio.CancelScope() as scope:
        async with Places(root).folder(commands, [].append) as folder:
            await folder.use(call)
            assert len(os.listdir(root)) == (call is LIST)
            # Where a command may have been run it is removed in a thread.
            assert folder.is_small == (commands is None)
            scope.cancel()
            await trio.sleep_forever()
    assert os.listdir(root) == []


async def test_one_that_cannot_be_opened_leaves_none_and_can_be_tried_again(root, monkeypatch):
    def broken(folder):
        raise OSError(errno.EIO, "Input/output error")

    async with Places(root).folder(None, [].append) as folder:
        await folder.use(WRITE)
        fds = len(os.listdir("/proc/self/fd"))
        with monkeypatch.context() as patch:
            patch.setattr("executors.agent.places.Root", broken)
            for _ in range(20):
                with pytest.raises(NoPlace, match="Input/output"):
                    await folder.use(LIST)
        assert len(os.listdir("/proc/self/fd")) < fds + 20
        assert (await folder.use(LIST)).output == "a.txt  1 byte"
    assert os.listdir(root) == []


async def test_what_cannot_be_removed_is_told_and_fails_nobody(root, monkeypatch):
    def stuck(path):
        raise OSError(errno.EIO, "Input/output error")

    told = []
    async with Places(root).folder(None, told.append) as folder:
        await folder.use(LIST)
        monkeypatch.setattr("executors.agent.places.empty", stuck)
    assert told == ["the task's folder was not removed: [Errno 5] Input/output error"]
