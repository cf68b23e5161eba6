"""Folders of tasks that are made beside their first calls, and removed beside the next task."""

from __future__ import annotations

import errno
import os

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from executors.agent.ahead import FoldersAhead
from executors.agent.places import Places
from executors.agent.ports import ToolCall

WRITE = ToolCall("1", "write_file", '{"path": "a.txt", "content": "x"}')


class HeldPlaces(Places):
    """Makes places when it is let, and removes them when it is let."""

    def __init__(self, root):
        super().__init__(root)
        self.may_make, self.may_remove = trio.Event(), trio.Event()

    def make(self):
        trio.from_thread.run(self.may_make.wait)
        return super().make()

    def remove(self, place):
        trio.from_thread.run(self.may_remove.wait)
        super().remove(place)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "tasks"


@pytest.fixture
def places(root):
    return HeldPlaces(root)


async def test_the_tools_are_known_before_the_folder_is_there_and_wait_for_it(places, nursery):
    folders, told, results, is_used = FoldersAhead(places), [], [], trio.Event()
    async with folders.open():
        async with folders.folder(None, told.append) as folder:
            assert {tool["function"]["name"] for tool in folder.tools} >= {"write_file", "glob"}

            async def use():
                results.append(await folder.use(WRITE))
                is_used.set()

            nursery.start_soon(use)
            await wait_all_tasks_blocked()
            assert results == []
            places.may_make.set()
            await is_used.wait()
            assert results[0].ok
            assert await folder.read("a.txt") == b"x"
            assert set((await folder.snapshot()).files) == {"a.txt"}
        places.may_remove.set()
    assert told == []


async def test_its_task_waits_for_no_removal_and_the_end_of_all_does(places, root):
    folders = FoldersAhead(places)
    places.may_make.set()
    async with folders.open():
        async with folders.folder(None, [].append) as folder:
            await folder.snapshot()
        # Here its task has gone on, and it is there still.
        assert len(os.listdir(root)) == 1
        places.may_remove.set()
    assert os.listdir(root) == []


async def test_a_task_that_is_gone_before_its_folder_came_leaves_none(places, root):
    folders = FoldersAhead(places)
    async with folders.open():
        async with folders.folder(None, [].append):
            pass
        places.may_make.set()
        places.may_remove.set()
    assert os.listdir(root) == []


async def test_where_it_cannot_be_made_whatever_is_wanted_of_it_says_so(root, nursery):
    root.write_text("no folder")
    folders = FoldersAhead(Places(root))
    async with folders.open(), folders.folder(None, [].append) as folder:
        for _ in range(2):
            with pytest.raises(FileExistsError) as caught:
                await folder.use(WRITE)
            assert caught.value.errno == errno.EEXIST


async def test_what_cannot_be_removed_is_told(root, monkeypatch):
    def stuck(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("executors.agent.places.empty", stuck)
    told, folders = [], FoldersAhead(Places(root))
    async with folders.open(), folders.folder(None, told.append) as folder:
        await folder.snapshot()
    assert told == ["the task's folder was not removed: [Errno 5] Input/output error"]


async def test_a_job_that_is_left_at_once_leaves_no_folder(places, root):
    folders = FoldersAhead(places)
    places.may_make.set()
    places.may_remove.set()
    with trio.CancelScope() as scope:
        async with folders.open(), folders.folder(None, [].append) as folder:
            await folder.snapshot()
            scope.cancel()
            await trio.sleep_forever()
    assert os.listdir(root) == []
