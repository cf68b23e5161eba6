"""A task's folder that is held in memory: the same to the model as on the disk, for as long as it
is held and when it settles."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from executors.agent.files.held import HELD_BYTES, HELD_FILES
from executors.agent.files.refused import NoPlace
from executors.agent.ports import Change
from tests.support.agent_folders import held, on_disk, opened
from tests.support.command_places import ScriptedCommands

# Files in the place of folders and the other way round, names that are one on some systems, and
# what no tool takes.
GOOD = ["a", "a/b", "A", "a/b/c", "a/B", "b", "d/e/f/g/h/i", "d/e", "\u00fc", "u\u0308", "a b", "-"]
BAD = ["./b", "a/", "", "..", "a/../b", "nul", ".env", "x" * 200, "x" * 201, "a//b", "\u200b"]
PATHS = st.sampled_from([*GOOD, *BAD])
# What is kept in memory and what is not, and what comes to more than is held.
TEXTS = st.sampled_from(["", "1\n", "one\ntwo\n", "one\ntwo", "é", "y" * 5_000, "z" * 30_000])


def uses(name, **arguments):
    """Of that tool."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


OLD, NEW = st.sampled_from(["one", "y", ""]), st.sampled_from(["two", "yy"])
CALLS = st.one_of(
    uses("write_file", path=PATHS, content=TEXTS),
    uses("write_file", path=PATHS, content=TEXTS),
    uses("read_file", path=PATHS),
    uses("delete_file", path=PATHS),
    uses("replace", path=PATHS, old_string=OLD, new_string=NEW),
)
LOOKS = st.one_of(
    uses("list_directory", path=PATHS, recursive=st.booleans()),
    uses("glob", pattern=st.just("**"), path=PATHS),
    uses("search_file_content", pattern=st.just("o"), path=PATHS),
)
STEPS = st.one_of(CALLS, CALLS, st.just(("snapshot", {})), st.just(("restore", {})))
# Most never look at the folder itself, or only late.
PLAYS = st.builds(
    lambda first, then: [*first, *then],
    st.lists(STEPS, min_size=4, max_size=25),
    st.just([]) | st.lists(st.one_of(STEPS, LOOKS), max_size=10),
)


async def played(hand, steps, settles_at=None):
    """All that came of the steps. `settles_at`: it is looked at there, which nobody is told."""
    told, snapshots = [], []
    for at, (name, arguments) in enumerate(steps):
        if at == settles_at:
            await hand.done("list_directory")
        if name == "snapshot":
            snapshots.append(await hand.folder.snapshot())
            told.append(snapshots[-1])
        elif name == "restore":
            # To the oldest first, then to one in between, and so on.
            told += [await hand.folder.restore(each) for each in snapshots[at % 3 :: 3]]
        else:
            told.append(await hand.call(name, **arguments))
    last = await hand.folder.snapshot()
    told += [last, {path: await hand.folder.read(path) for path in last.files}]
    return [*told, await hand.call("list_directory", recursive=True)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PLAYS, st.integers(0, 34))
async def test_the_model_cannot_tell_where_its_files_are(steps, settles_at):
    with tempfile.TemporaryDirectory() as name:
        async with opened(Path(name)) as hand:
            wanted = await played(hand, steps)
        for number, at in enumerate((None, settles_at)):
            async with held(Path(name) / f"tasks{number}") as hand:
                assert await played(hand, steps, at) == wanted


async def test_only_so_many_files_are_held(tmp_path):
    async with held(tmp_path) as hand:
        for number in range(HELD_FILES):
            await hand.write(f"in/{number}", "x")
        assert on_disk(tmp_path) is None
        await hand.write("in/0", "y")
        assert on_disk(tmp_path) is None
        await hand.write("one more", "x")
        assert len(on_disk(tmp_path)) == HELD_FILES + 2
        assert on_disk(tmp_path)["in/0"] == b"y"
        assert await hand.done("read_file", path="in/0") == "y"


async def test_only_so_many_bytes_are_held(tmp_path):
    async with held(tmp_path) as hand:
        await hand.write("a", "x" * (HELD_BYTES - 4))
        # A character is not a byte.
        await hand.write("b", "éé")
        assert on_disk(tmp_path) is None
        await hand.write("c", "")
        assert on_disk(tmp_path) is None
        await hand.call("replace", path="b", old_string="éé", new_string="ééx")
        assert on_disk(tmp_path) == {"a": b"x" * (HELD_BYTES - 4), "b": "ééx".encode(), "c": b""}


async def test_one_that_is_larger_than_all_that_is_held(tmp_path):
    async with held(tmp_path) as hand:
        await hand.write("a", "x" * (HELD_BYTES + 1))
        assert [*on_disk(tmp_path)] == ["a"]


async def test_what_has_settled_is_known_and_not_read_again(tmp_path, monkeypatch):
    reads, read = [], os.read
    monkeypatch.setattr(os, "read", lambda *args: reads.append(args) or read(*args))
    async with held(tmp_path) as hand:
        await hand.write("a", "one\n")
        before = await hand.folder.snapshot()
        await hand.write("a", "two\n")
        await hand.done("list_directory")
        assert await hand.done("read_file", path="a") == "two"
        await hand.folder.restore(before)
        assert reads == []
        assert on_disk(tmp_path) == {"a": b"one\n"}
        # Somebody else's word counts, as on any disk.
        (place,) = tmp_path.iterdir()
        (place / "files" / "a").write_text("of somebody else\n")
        assert "somebody" in await hand.done("read_file", path="a")


BROKEN = OSError(errno.EIO, "Input/output error")


@pytest.fixture
def filling(monkeypatch):
    """After so many more steps that take room the disk is full; None: it is not."""
    left = None

    def stepping(real):
        def step(*args, **named):
            nonlocal left
            takes_room = real is not opens or args[1] & os.O_CREAT
            if left is not None and takes_room:
                if left == 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                left -= 1
            return real(*args, **named)

        return step

    def fill(count):
        nonlocal left
        left = count

    opens = os.open
    for name in ("mkdir", "open", "write"):
        monkeypatch.setattr(os, name, stepping(getattr(os, name)))
    return fill


async def test_a_disk_that_fills_while_all_settles_costs_nothing(tmp_path, filling):
    """Wherever it does, what was held is held, and can be tried again."""
    count = 0
    while True:
        root = tmp_path / f"{count}"
        async with held(root) as hand:
            await hand.write("a", "1")
            await hand.write("in/deep/b", "2")
            await hand.write("gone", "3")
            before = await hand.folder.snapshot()
            filling(count)
            told = await hand.call("list_directory")
            filling(None)
            if told.ok:
                break
            assert "the disk is full" in told.output
            assert on_disk(root) in (None, {})
            assert await hand.folder.snapshot() == before
            assert await hand.done("read_file", path="in/deep/b") == "2"
            await hand.done("delete_file", path="gone")
            await hand.done("list_directory")
            assert on_disk(root) == {"a": b"1", "in/": None, "in/deep/": None, "in/deep/b": b"2"}
        count += 1
    # Four folders of the place, two of the task, of which one is tried again for the other, and
    # each of three files is made and written.
    assert count == 4 + 3 + 3 * 2


async def test_what_a_failed_try_could_not_take_back_is_gone_with_the_next(tmp_path, monkeypatch):
    rename, done = os.rename, []

    def once(*args, **named):
        if done:
            raise BROKEN
        done.append(args)
        rename(*args, **named)

    def stuck(*args, **named):
        raise BROKEN

    async with held(tmp_path) as hand:
        await hand.write("a", "1")
        await hand.write("b", "2")
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", once)
            patch.setattr(os, "unlink", stuck)
            with pytest.raises(NoPlace, match="Input/output"):
                await hand.call("list_directory")
        # The one that came there, and half of the other.
        assert len(on_disk(tmp_path)) == 2
        await hand.done("delete_file", path="a")
        assert await hand.done("list_directory") == "b  1 byte"
        assert on_disk(tmp_path) == {"b": b"2"}


async def test_a_file_for_which_there_is_no_room_leaves_all_as_it_was(tmp_path, filling):
    async with held(tmp_path) as hand:
        await hand.write("a", "1")
        filling(3)
        said = await hand.refused("write_file", path="in/b", content="x" * HELD_BYTES)
        assert "the disk is full" in said
        filling(None)
        assert "no such file" in await hand.refused("read_file", path="in/b")
        assert await hand.done("list_directory", recursive=True) == "a  1 byte"


async def test_what_memory_keeps_no_more_is_kept_beside_a_folder_that_is_held(tmp_path):
    async with held(tmp_path) as hand:
        taken = []
        for number in range(20):
            await hand.write("a", f"{number}".ljust(HELD_BYTES // 10, "x"))
            taken.append(await hand.folder.snapshot())
        assert on_disk(tmp_path) == {}
        for number, each in enumerate(taken):
            await hand.folder.restore(each)
            assert (await hand.folder.read("a")).startswith(f"{number}x".encode())
        assert on_disk(tmp_path) == {}


async def test_a_command_finds_what_was_held(tmp_path):
    tool = ScriptedCommands(tmp_path / "copies")
    (tmp_path / "copies").mkdir()
    seen = []

    def does(folder):
        seen.append((folder / "in" / "a").read_text())
        (folder / "in" / "a").write_text("changed")

    tool.does = does
    async with held(tmp_path / "tasks", tool) as hand:
        await hand.write("in/a", "as it was")
        (change,) = (await hand.call("run_command", command="make")).changes
        assert seen == ["as it was"]
        assert change.text == "changed"
        assert await hand.done("read_file", path="in/a") == "changed"


@pytest.fixture
def threads(monkeypatch):
    """One for each piece of work that was given to a thread."""
    given, run_sync = [], trio.to_thread.run_sync

    async def noted(*args):
        given.append(args)
        return await run_sync(*args)

    monkeypatch.setattr(trio.to_thread, "run_sync", noted)
    return given


async def test_a_task_goes_on_without_a_thread_or_the_disk(tmp_path, threads):
    changes = [Change(path="a", text="1"), Change(path="in/b", base64="AP8=")]
    async with held(tmp_path) as hand:
        await hand.folder.apply([*changes, Change(path="c", text="c")])
        await hand.folder.apply([Change(path="c")])
        assert await hand.folder.read("in/b") == b"\0\xff"
        assert on_disk(tmp_path) is None
        assert threads == []
        await hand.folder.apply([Change(path="d", text="x" * HELD_BYTES)])
        assert [*on_disk(tmp_path)] == ["a", "d", "in/", "in/b"]
        assert len(threads) == 1
        with pytest.raises(ValueError, match="change"):
            await hand.folder.apply([Change(path="../x", text="")])


async def test_where_all_would_settle_a_thread_does_it(tmp_path, threads):
    async with held(tmp_path) as hand:
        for number in range(HELD_FILES):
            await hand.write(f"{number}")
        assert threads == []
        await hand.write("one more")
        assert len(threads) == 1


async def test_nobody_gets_a_turn_while_little_is_done(tmp_path, nursery):
    turns = []

    async def other():
        while True:
            await trio.lowlevel.checkpoint()
            turns.append(1)

    nursery.start_soon(other)
    while not turns:
        await trio.lowlevel.checkpoint()
    before = len(turns)
    # Who is next is a matter of chance: a single chance might pass unseen.
    for _ in range(20):
        async with held(tmp_path) as hand:
            await hand.folder.apply([Change(path="a", text="1")])
            await hand.write("b")
            await hand.folder.restore(await hand.folder.snapshot())
            await hand.folder.read("a")
    assert len(turns) == before
    nursery.cancel_scope.cancel()


class Waiting(ScriptedCommands):
    """Whose commands wait for a word."""

    def __init__(self, scratch):
        super().__init__(scratch)
        self.word = trio.Event()

    @asynccontextmanager
    async def place(self):
        await self.word.wait()
        async with super().place() as place:
            yield place


async def test_what_one_tool_does_is_seen_whole_by_the_next(tmp_path, nursery):
    tool, ended = Waiting(tmp_path), []

    async def use(name, **arguments):
        await hand.done(name, **arguments)
        ended.append(name)

    async with held(tmp_path / "tasks", tool) as hand:
        async with trio.open_nursery() as both:
            both.start_soon(partial(use, "run_command", command="make"))
            await trio.testing.wait_all_tasks_blocked()
            both.start_soon(partial(use, "write_file", path="a", content="x"))
            await trio.testing.wait_all_tasks_blocked()
            tool.word.set()
        assert ended == ["run_command", "write_file"]


async def test_what_is_cancelled_has_done_nothing(tmp_path):
    async with held(tmp_path) as hand:
        with trio.CancelScope() as scope:
            scope.cancel()
            await hand.write("a")
        assert scope.cancelled_caught
        assert (await hand.folder.snapshot()).files == {}
    with trio.CancelScope() as scope:
        scope.cancel()
        async with held(tmp_path):
            pytest.fail("it has begun")
    assert scope.cancelled_caught


async def test_no_descriptor_is_left_of_one_that_has_settled(tmp_path, filling):
    fds = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        async with held(tmp_path) as hand:
            await hand.write("a")
            filling(5)
            await hand.refused("list_directory")
            filling(None)
            await hand.done("list_directory")
    assert len(os.listdir("/proc/self/fd")) < fds + 10
