"""Waking desks: each ring is heard, also while the one before is still being answered."""

import trio

from actors.alarms import Alarms
from actors.waker import Waker
from tests.support.houses import Heard
from tests.support.servers import ALICE


class SlowDirectory:
    """Desks take a minute to be opened."""

    def __init__(self):
        self.opened = []

    async def open(self, key, *, create):
        assert not create
        await trio.sleep(60)
        self.opened.append(key)


class House:
    log = Heard()


async def test_a_desk_that_is_due_again_while_it_is_being_woken_is_woken_again(
    nursery, autojump_clock
):
    alarms, directory = Alarms(trio.current_time), SlowDirectory()
    waker = Waker(House(), directory, alarms, {})
    nursery.start_soon(alarms.run)
    nursery.start_soon(waker.run)
    for due_at in (10, 20):
        waker.asleep(ALICE, trio.current_time() + due_at)
        await trio.sleep(15)
    await trio.sleep(100)
    assert directory.opened == [ALICE, ALICE]
