"""The book of a task on a desk: what its calls have cost is told once, however the task ends."""

from __future__ import annotations

import errno
import os
from contextlib import asynccontextmanager
from types import SimpleNamespace

import msgspec
import pytest
import trio

from actors.ports import LeasedItem, NotKept
from executors.agent.book import DeskBook
from executors.agent.items import AgentItem
from executors.agent.run import BEGIN_APART_S, BEGIN_AT_ONCE, AgentOptions, AgentRunner
from state.spending import Spend
from tests.support.engine import ScriptedModel, said, spent, write

ONE, TWO = Spend(calls=1, picousd=5), Spend(calls=2, picousd=9)


class Desk:
    """What an item has told its desk, in order. `unkept`: its files are not."""

    def __init__(self, unkept=False):
        self.told = []
        self.unkept = unkept

    async def artifact(self, name, data, paid=None):
        self.told.append((data, paid))

    async def reserve(self, most, so_far):
        self.told.append(so_far)

    async def settle(self, so_far):
        self.told.append(so_far)
        if self.unkept:
            raise NotKept("no room")

    async def enclosed(self):
        return b""

    def log(self, level, message):
        pass

    def progress(self, *_, **__):
        pass


def book_of(desk):
    return DeskBook(AgentItem("one", "do it"), desk, ())


async def test_what_a_call_has_cost_is_told_with_its_record():
    desk = Desk()
    book = book_of(desk)
    await book.reserve(ONE, ONE)
    await book.hand_over(b"call", TWO)
    assert desk.told == [ONE, (b"call", TWO)]


@pytest.mark.parametrize("last", ["keep", "finish"])
async def test_so_is_what_all_have_cost_with_the_last(last):
    desk = Desk()
    await getattr(book_of(desk), last)(b"end", TWO)
    assert desk.told == [(b"end", TWO)] + [TWO] * (last == "keep")


class BrokenPlaces:
    """Whose folders are on a disk that fails, in that way."""

    tools = ()

    def __init__(self, number):
        self.number = number

    @asynccontextmanager
    async def folder(self, commands, told):
        yield self

    async def use(self, call):
        raise OSError(self.number, os.strerror(self.number))


def runner_of(coder, monkeypatch, number=errno.EIO):
    """Of a job whose folders are on a disk that fails, and one of its items."""
    monkeypatch.setattr(AgentRunner, "_model", lambda *_: coder)
    options = AgentOptions(
        endpoint="demo",
        model="coder-1",
        judge_endpoint="demo",
        judge_model="coder-1",
        prices={},
        max_iterations=1,
        max_tokens=100,
        time_limit_s=None,
        task_budget_usd=None,
        task_budget_tokens=None,
        commands=False,
    )
    http = SimpleNamespace(service=lambda name: SimpleNamespace(secrets=()))
    tools = SimpleNamespace(http=http, commands=None, run=1)
    payload = msgspec.Raw(msgspec.json.encode(AgentItem("one", "do it")))
    item = LeasedItem(index=0, attempts=0, key="", payload=payload)
    return AgentRunner(options, tools, BrokenPlaces(number)), item


async def test_a_task_on_a_broken_disk_says_what_its_only_call_has_cost(monkeypatch):
    runner, item = runner_of(ScriptedModel("coder-1", [said("", write("a", "x"))]), monkeypatch)
    desk = Desk()
    with pytest.raises(OSError, match="Input/output"):
        await runner.run_item(item, desk)
    assert desk.told[-1][1] == spent(100, 10)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_task_on_a_full_disk_waits_for_room(monkeypatch, number):
    """Its job says that it goes on by itself when there is some, and so must what is in it."""
    coder = ScriptedModel("coder-1", [said("", write("a", "x"))])
    runner, item = runner_of(coder, monkeypatch, number)
    desk = Desk()
    result = await runner.run_item(item, desk)
    assert (result.wait_s, result.stage) == (5.0, "waits for room on the server's disk")
    assert desk.told[-1][1] == spent(100, 10)


async def test_tasks_that_begin_together_begin_one_after_the_other(monkeypatch, autojump_clock):
    """Else their calls come back together, call after call."""
    began = []

    class Noted(Desk):
        async def reserve(self, most, so_far):
            began.append(round(trio.current_time() / BEGIN_APART_S))
            raise NotKept("enough")

    coder = ScriptedModel("coder-1", [])
    runner, item = runner_of(coder, monkeypatch)

    async def one():
        with pytest.raises(NotKept):
            await runner.run_item(item, Noted())

    async with trio.open_nursery() as nursery:
        for _ in range(BEGIN_AT_ONCE + 2):
            nursery.start_soon(one)
    assert began == [0] * BEGIN_AT_ONCE + [1, 2]
