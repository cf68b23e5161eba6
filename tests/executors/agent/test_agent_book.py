"""The book of a task on a desk: what its calls have cost is told once, however the task ends."""

from __future__ import annotations

import pytest

from actors.ports import NotKept
from executors.agent.book import DeskBook
from executors.agent.items import AgentItem
from state.spending import Spend

ONE, TWO = Spend(calls=1, picousd=5), Spend(calls=2, picousd=9)


class Desk:
    """What an item has told its desk, in order. `unkept`: its files are not."""

    def __init__(self, unkept=False):
        self.told = []
        self.unkept = unkept

    async def artifact(self, name, data):
        self.told.append(data)

    async def reserve(self, most, so_far):
        self.told.append(so_far)

    async def settle(self, so_far):
        self.told.append(so_far)
        if self.unkept:
            raise NotKept("no room")


def book_of(desk):
    return DeskBook(AgentItem("one", "do it"), desk, ())


async def failing(book, error, *steps):
    async with book.settled():
        for step in steps:
            await step
        raise error


async def test_a_call_is_paid_that_was_the_last_before_the_disk_failed():
    desk = Desk()
    book = book_of(desk)
    steps = book.reserve(ONE, ONE), book.hand_over(b"call", TWO)
    with pytest.raises(FileNotFoundError):
        await failing(book, FileNotFoundError("no folder"), *steps)
    assert desk.told == [ONE, b"call", TWO]


async def test_so_is_the_last_of_one_that_was_done_but_for_its_files():
    desk = Desk()
    book = book_of(desk)
    with pytest.raises(OSError, match="not read"):
        await failing(book, OSError("not read"), book.finish(b"end", TWO))
    assert desk.told == [b"end", TWO]


@pytest.mark.parametrize("last", ["reserve", "keep"])
async def test_what_was_told_is_not_told_again(last):
    desk = Desk()
    book = book_of(desk)
    telling = book.reserve(ONE, TWO) if last == "reserve" else book.keep(b"more", TWO)
    with pytest.raises(OSError, match="full"):
        await failing(book, OSError("full"), book.hand_over(b"call", ONE), telling)
    assert desk.told.count(TWO) == 1
    assert ONE not in desk.told


async def test_it_is_told_where_its_files_are_not_kept_either():
    desk = Desk(unkept=True)
    book = book_of(desk)
    with pytest.raises(NotKept):
        await failing(book, OSError("full"), book.hand_over(b"call", ONE))
    assert desk.told == [b"call", ONE]
