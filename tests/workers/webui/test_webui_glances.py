"""Many who ask how the WebUI is: one look at a time, and two seconds long the same."""

import pytest
import trio

from actors.ports.webui import Glance
from workers.webui.glances import FRESH_S, Glances


class Watcher:
    """Sees something new each time; while `hold` is set, not before `release`."""

    def __init__(self):
        self.looks = 0
        self.hold = False
        self.begun = trio.Event()
        self.release = trio.Event()

    async def look(self):
        self.looks += 1
        mine = self.looks
        if self.hold:
            self.begun.set()
            await self.release.wait()
        return Glance(step=mine)


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def glances(watcher):
    return Glances(watcher.look)


async def test_a_look_is_good_for_a_while(glances, watcher, autojump_clock):
    assert (await glances.newest()).step == 1
    await trio.sleep(FRESH_S - 0.1)
    assert (await glances.newest()).step == 1
    await trio.sleep(0.1)
    assert (await glances.newest()).step == 2


async def test_twenty_a_second_for_a_minute_are_thirty_looks(glances, watcher, autojump_clock):
    for _ in range(1_200):
        await glances.newest()
        await trio.sleep(0.05)
    assert 25 <= watcher.looks <= 31


async def test_while_one_looks_the_others_are_told_what_was(glances, watcher, autojump_clock):
    await glances.newest()
    await trio.sleep(FRESH_S)
    watcher.hold = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(glances.newest)
        await watcher.begun.wait()
        assert [(await glances.newest()).step for _ in range(5)] == [1] * 5
        watcher.release.set()
    assert (await glances.newest()).step == 2


async def test_those_who_know_nothing_wait_for_the_one_who_looks(glances, watcher, autojump_clock):
    watcher.hold = True
    seen = []

    async def ask():
        seen.append((await glances.newest()).step)

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
        await watcher.begun.wait()
        watcher.release.set()
    assert seen == [1] * 5


async def test_who_leaves_while_looking_leaves_it_to_the_next(glances, watcher, autojump_clock):
    watcher.hold = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(glances.newest)
        await watcher.begun.wait()
        async with trio.open_nursery() as others:
            others.start_soon(glances.newest)
            await trio.testing.wait_all_tasks_blocked()
            watcher.hold = False
            nursery.cancel_scope.cancel()
    assert (await glances.newest()).step == 2


async def test_what_was_being_found_before_it_was_forgotten_is_not_believed(
    glances, watcher, autojump_clock
):
    watcher.hold = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(glances.newest)
        await watcher.begun.wait()
        glances.forget()
        watcher.hold = False
        assert (await glances.newest()).step == 2
        watcher.release.set()
    assert (await glances.newest()).step == 2
