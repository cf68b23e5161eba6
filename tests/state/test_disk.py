"""What the store's threads promise to who waits for them: see `state.disk`."""

from __future__ import annotations

import errno
import threading

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from state.disk import Disk
from state.errors import StorageFull


class Held:
    """Work that has begun, and ends when it is let go."""

    def __init__(self):
        self.has_begun = threading.Event()
        self.may_end = threading.Event()
        self.has_ended = False

    def __call__(self):
        self.has_begun.set()
        self.may_end.wait(30)
        self.has_ended = True
        return "done"


@pytest.fixture
def disk():
    return Disk(1)


@pytest.fixture
def held():
    work = Held()
    yield work
    work.may_end.set()


class FirstStep(trio.abc.Instrument):
    """Whether the work had begun when the first step of a task was over."""

    def __init__(self, held):
        self._held = held
        self.begun = None

    def after_task_step(self, task):
        if task.name == "saves" and self.begun is None:
            self.begun = self._held.has_begun.wait(1)


async def test_work_begins_before_any_other_task_has_its_turn(disk, held, nursery):
    """Who waits for it has paid."""
    first = FirstStep(held)
    trio.lowlevel.add_instrument(first)
    nursery.start_soon(disk.run, held, name="saves")
    await wait_all_tasks_blocked()
    trio.lowlevel.remove_instrument(first)
    assert first.begun
    held.may_end.set()


async def test_what_was_begun_is_waited_for_by_who_is_cancelled(disk, held, nursery):
    with trio.CancelScope() as scope:

        async def cancels():
            await trio.to_thread.run_sync(held.has_begun.wait)
            scope.cancel()
            await wait_all_tasks_blocked()
            assert not held.has_ended
            held.may_end.set()

        nursery.start_soon(cancels)
        assert await disk.run(held) == "done"
    assert held.has_ended
    assert await disk.run(lambda: "next") == "next"


async def test_who_is_cancelled_before_it_begins_nothing_and_holds_nobody_up(disk, held, nursery):
    done = []
    with trio.CancelScope() as scope:
        scope.cancel()
        await disk.run(done.append, "cancelled")
    nursery.start_soon(disk.run, held)
    await wait_all_tasks_blocked()
    waiting = trio.CancelScope()

    async def waits():
        with waiting:
            await disk.run(done.append, "waited")

    nursery.start_soon(waits)
    await wait_all_tasks_blocked()
    nursery.start_soon(disk.run, done.append, "behind it")
    await wait_all_tasks_blocked()
    waiting.cancel()
    await wait_all_tasks_blocked()
    assert done == [], "there is one thread, and it is at work"
    held.may_end.set()
    await disk.run(done.append, "last")
    assert done == ["behind it", "last"]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (OSError(errno.ENOSPC, "No space"), StorageFull),
        (SystemExit(3), SystemExit),
        (StopIteration(), RuntimeError),
    ],
)
async def test_what_the_work_raises_is_raised_and_the_thread_is_free_again(disk, raised, told):
    def fails():
        raise raised

    for _ in range(3):
        with pytest.raises(told):
            await disk.run(fails)
    assert await disk.run(lambda: "next") == "next"


async def test_where_no_thread_is_to_be_had_the_place_is_free_again(disk, monkeypatch):
    def refuses(*_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as at_the_limit:
        at_the_limit.setattr(trio.lowlevel, "start_thread_soon", refuses)
        with pytest.raises(RuntimeError, match="new thread"):
            await disk.run(lambda: "never")
    with trio.fail_after(30):
        assert await disk.run(lambda: "next") == "next"
