"""Logs in the task manager's socket: no line is lost, none is told twice, all are in order."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack

import pytest
import trio
from msgspec.structs import replace

from actors.messages import DeleteJob, RetryJob
from state.errors import JobFilesMissing
from state.memory import MemoryStore
from state.model import JobStatus, LogLine
from state.views import desk_key
from tests.support.manager_socket import NOW, Workshop, lines, listening, messages
from web.dialects.taskmanager.log_feed import PIECE_BYTES, TAIL_LINES


class CountingStore(MemoryStore):
    """Counts the reads of logs, and hands over each after a while."""

    def __init__(self):
        super().__init__()
        self.reads = 0
        self.read_s = 0.0

    async def read_log(self, *job, **wanted):
        page = await super().read_log(*job, **wanted)
        self.reads += 1
        await trio.sleep(self.read_s)
        return page


@pytest.fixture
def deps(deps):
    settings = replace(deps.settings, timezone="Asia/Shanghai")
    return replace(deps, store=CountingStore(), settings=settings, now=lambda: NOW)


@pytest.fixture
async def shop(deps):
    return Workshop(await deps.desks.create(desk_key("user:ann"), guest=False), deps.store)


def named(first, count):
    return [f"line {n}" for n in range(first, first + count)]


async def test_logs_of_tasks_that_only_wait_are_not_read(client, shop, autojump_clock):
    waiting = [await shop.make(f"t{n}") for n in range(5)]
    assert {shop.desk.state.jobs[task].run for task in waiting} == {1}
    async with listening(client) as one:
        await one.silence()
        await shop.make("late")
        assert await one.until_type("task_update", task_id="late")
        await one.silence()
        assert shop.store.reads == 0
        shop.begin("late")
        await shop.log("late", lines(0, 1))
        await one.until_line("line 0")


async def test_a_line_is_told_in_both_vocabularies(client, shop, autojump_clock):
    await shop.work()
    async with listening(client) as one:
        await one.until_type("task_status")
        await shop.log("t1", [LogLine(NOW + 5, "warning", "a slow page", 3)])
        told = await one.until_line("a slow page")
    assert told[-2]["type"] == "log_message"
    assert told[-2]["data"] == told[-1]["data"] == {
        "task_id": "t1", "level": "warning", "message": "a slow page",
        "time": "2023-11-15 06:13:25", "index": 3,
    }  # fmt: skip
    assert {**told[-1]["data"], "type": "task_log", "data": told[-1]["data"]} == told[-1]


async def test_the_last_lines_of_what_is_at_work_come_first(client, shop, autojump_clock):
    await shop.work()
    await shop.log("t1", lines(0, 500))
    async with listening(client) as one:
        told = await one.silence()
        assert messages(told) == named(500 - TAIL_LINES, TAIL_LINES)
        await shop.log("t1", lines(500, 3))
        assert messages(await one.silence()) == named(500, 3)


async def test_what_was_written_while_they_were_told_is_told_too(
    client, deps, shop, autojump_clock
):
    await shop.work()
    await shop.log("t1", lines(0, 10))
    deps.store.read_s = 1.0
    async with listening(client) as one:
        await trio.sleep(0.5)
        await shop.log("t1", lines(10, 10))
        assert messages(await one.silence(20)) == named(0, 20)


async def test_much_at_once_is_told_whole_and_in_order(client, shop, autojump_clock):
    await shop.work()
    async with listening(client) as one:
        await one.until_type("task_status")
        count = 5 * PIECE_BYTES // 60
        await shop.log("t1", lines(0, count))
        told = await one.until_line(f"line {count - 1}")
        assert messages(told) == messages(told, "log_message") == named(0, count)


async def test_the_end_is_told_behind_the_last_line(client, shop, autojump_clock):
    await shop.work()
    async with listening(client) as one:
        await one.until_type("task_status")
        count = 5 * PIECE_BYTES // 60
        await shop.quietly("t1", lines(0, count))
        shop.end()
        told = await one.until_type("task_update", status="completed")
        assert messages(told) == named(0, count)


async def test_a_task_that_came_and_went_between_two_looks_is_told_whole(
    client, shop, autojump_clock
):
    async with listening(client) as one:
        await one.silence()
        await shop.work()
        await shop.quietly("t1", lines(0, 30))
        shop.end()
        told = await one.until_type("task_update", status="completed")
        assert messages(told) == named(0, 30)


async def test_the_last_words_of_what_was_cancelled_are_told(client, shop, autojump_clock):
    await shop.work()
    await shop.tell("t1")
    async with listening(client) as one:
        await one.silence()
        shop.desk.move("t1", JobStatus.CANCELLED, ended_at=NOW)
        await one.until_type("task_update", status="cancelled")
        await shop.quietly("t1", lines(0, 1))
        shop.wind_up("t1")
        await one.until_line("line 0")


async def test_what_is_begun_again_does_not_tell_its_former_lines(client, shop, autojump_clock):
    await shop.work()
    await shop.quietly("t1", lines(0, 50, at=NOW - 100))
    shop.end(status=JobStatus.FAILED, ended_at=NOW - 90)
    async with listening(client) as one:
        assert messages(await one.silence()) == []
        await shop.desk.ask(RetryJob("t1"))
        shop.begin()
        await shop.log("t1", lines(50, 2, at=NOW + 1))
        assert messages(await one.silence()) == named(50, 2)
        await shop.log("t1", lines(52, 2, at=NOW + 2))
        assert messages(await one.silence()) == named(52, 2)


async def test_who_followed_another_task_gets_what_it_missed(client, shop, autojump_clock):
    await shop.work("a")
    await shop.work("b", kind="tag")
    await shop.log("b", lines(0, 1))
    async with listening(client) as one:
        await one.until_line("line 0")
        await one.say(type="subscribe_task", task_id="a")
        await one.until_type("subscribed")
        await shop.log("b", lines(1, 5))
        await shop.log("a", lines(100, 1))
        assert messages(await one.silence()) == ["line 100"]
        await one.say(type="unsubscribe_task")
        assert messages(await one.silence()) == named(1, 5)


async def test_who_was_behind_at_the_end_gets_what_others_had_before_it_and_the_rest(
    client, shop, autojump_clock
):
    await shop.work("a")
    await shop.work("b", kind="tag")
    await shop.log("b", lines(0, 1))
    async with listening(client) as quick, listening(client) as one:
        await one.until_line("line 0")
        await one.say(type="subscribe_task", task_id="a")
        await one.until_type("subscribed")
        await shop.log("b", lines(1, 5))
        await quick.until_line("line 5")
        await shop.quietly("b", lines(6, 5))
        shop.end("b")
        await quick.until_line("line 10")
        await one.say(type="unsubscribe_task")
        assert messages(await one.silence()) == named(1, 10)


async def test_lines_of_a_deleted_task_are_not_told(client, deps, shop, autojump_clock):
    await shop.work()
    async with listening(client) as one:
        await one.silence()
        deps.store.read_s = 1.0
        await shop.quietly("t1", lines(0, 5))
        shop.tell_size("t1", 300)
        await one.silence(0.5)
        shop.end()
        await shop.desk.ask(DeleteJob("t1"))
        told = await one.silence()
        assert "t1" not in json.dumps(told)
        await one.say(type="ping")
        assert (await one.next())["type"] == "pong"


async def test_a_log_that_cannot_be_read_is_told_and_read_again(client, deps, shop, autojump_clock):
    await shop.work()
    async with listening(client) as one:
        await one.silence()
        await shop.quietly("t1", lines(0, 5))
        size = (await deps.store.read_log(shop.desk.key, "t1")).size
        deps.store.faults.fail("read_log", JobFilesMissing("log.jsonl is no file"))
        shop.tell_size("t1", size)
        told = (await one.until_type("error"))[-1]["data"]
        assert (told["code"], told["task_id"]) == ("files_damaged", "t1")
        shop.tell_size("t1", size)
        assert messages(await one.silence()) == named(0, 5)


async def test_twenty_that_listen_cost_one_read(client, deps, shop, autojump_clock):
    await shop.work()
    async with AsyncExitStack() as stack:
        ones = [await stack.enter_async_context(listening(client)) for _ in range(20)]
        for one in ones:
            await one.until_type("task_status")
        await trio.sleep(5)
        await shop.quietly("t1", lines(0, 100))
        size = (await deps.store.read_log(shop.desk.key, "t1")).size
        deps.store.reads = 0
        shop.tell_size("t1", size)
        for one in ones:
            assert messages(await one.until_line("line 99")) == named(0, 100)
        assert deps.store.reads == 1
        # And while nothing is said, nothing is read.
        await trio.sleep(60)
        assert deps.store.reads == 1


async def test_a_ping_is_answered_while_much_is_told(client, deps, shop, autojump_clock):
    await shop.work()
    async with listening(client) as one:
        await one.silence()
        deps.store.read_s = 1.0
        await shop.quietly("t1", lines(0, 5_000))
        shop.tell_size("t1", 5_000 * 60)
        await one.until_line("line 0")
        await one.say(type="ping")
        assert len(messages(await one.until_type("pong"))) < 2_000


async def test_jobs_that_are_no_tasks_have_a_log_too(client, shop, autojump_clock):
    await shop.work("other", kind="fetch")
    async with listening(client) as one:
        await shop.log("other", lines(0, 2))
        told = await one.silence()
    assert messages(told) == named(0, 2)
    assert {message["type"] for message in told} == {"log_message", "task_log"}
