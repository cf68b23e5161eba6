"""The task manager's socket: who gets it, what is told of tasks, in which words and order."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec.structs import replace
from quart.testing.connections import WebsocketDisconnectError

from actors.messages import DeleteJob, LiveProgress, PauseJob, RepeatJob
from state.memory import MemoryStore
from state.model import JobStatus
from state.views import desk_key
from tests.support.manager_socket import ME, NOW, Workshop, as_user, counts, listening
from web.app import build_app
from web.dialects.sockets import FIRST_WORD_S


@pytest.fixture
def deps(deps):
    settings = replace(deps.settings, timezone="Asia/Shanghai")
    return replace(deps, store=MemoryStore(), settings=settings, now=lambda: NOW)


@pytest.fixture
async def shop(deps):
    return Workshop(await deps.desks.create(desk_key("user:ann"), guest=False), deps.store)


async def closed_with(socket):
    with trio.fail_after(100):
        try:
            while True:
                await socket.receive()
        except WebsocketDisconnectError as closed:
            return closed.args[0]


# ------------------------------------------------------------------------------------- who


async def test_the_page_s_own_socket_shows_nothing_and_is_greeted(deps, autojump_clock):
    deps = replace(deps, settings=replace(deps.settings, local_desk=True))
    for path in ("/ws", "/api/ws"):
        async with listening(build_app(deps).test_client(), path, headers={}, greeted=False) as one:
            began = trio.current_time()
            assert (await one.next())["type"] == "welcome"
            assert trio.current_time() - began <= FIRST_WORD_S


async def test_its_first_words_are_answered_at_once(deps, autojump_clock):
    deps = replace(deps, settings=replace(deps.settings, local_desk=True))
    async with listening(build_app(deps).test_client(), "/ws", headers={}, greeted=False) as one:
        began = trio.current_time()
        await one.say(type="ping")
        await one.until_type("pong")
        assert trio.current_time() == began


@pytest.mark.parametrize(
    ("path", "first", "greeting"),
    [
        ("/ws", {"type": "subscribe_task", "task_id": "t1"}, "welcome"),
        ("/api/ws", {"type": "ping"}, "welcome"),
        ("/ws", {"type": "client_ready"}, None),
        ("/ws", {"type": "ping"}, "pong"),
    ],
)
async def test_with_a_token_only_what_it_alone_says(
    client, shop, autojump_clock, path, first, greeting
):
    await shop.work()
    async with listening(client, path, greeted=False) as one:
        await one.say(**first)
        told = await one.silence()
        assert (greeting in {message["type"] for message in told}) == (greeting is not None)
        # BatchGo's pages know nothing of a crawl.
        ours = greeting == "welcome"
        assert any(message["type"] == "task_update" for message in told) == ours


async def test_who_says_what_only_others_say_is_theirs_from_then_on(deps, autojump_clock):
    deps = replace(deps, settings=replace(deps.settings, local_desk=True))
    app = build_app(deps)
    async with listening(app.test_client(), "/ws", headers={}) as one:
        await one.say(type="auth", token=next(iter(ME.values())).partition(" ")[2])
        await one.until_type("auth_success")
        await trio.sleep(5 * FIRST_WORD_S)
        await one.say(type="dance")
        assert "url_opened" in json.dumps(await one.next())


async def test_nobody_is_turned_away(client, autojump_clock):
    async with client.websocket("/api/ws") as socket:
        assert await closed_with(socket) == 1008


# ------------------------------------------------------------------------------- the snapshot


async def test_from_the_first_moment_on_all_is_told_but_for_results(client, shop, autojump_clock):
    await shop.work("old", kind="generate")
    shop.end("old")
    await shop.work("now")
    shop.desk.progress("now", LiveProgress(counts=counts(1)))
    async with listening(client) as one:
        told = await one.silence()
    assert [m["type"] for m in told] == ["task_update", "task_status"] * 2
    done, at_work = (m["data"] for m in told if m["type"] == "task_update")
    assert (done["task_id"], done["status"], done["progress"]) == ("old", "completed", 100)
    assert "result" not in done
    assert (at_work["task_id"], at_work["status"]) == ("now", "running")
    assert {"images_found", "images_downloaded", "stage", "error", "time"} <= at_work.keys()
    assert not {"config", "result"} & at_work.keys()
    status = told[3]
    assert (status["task_id"], status["status"], status["progress"]) == ("now", "running", 25)
    assert status["data"] == {"task_id": "now", "status": "running", "progress": 25}


async def test_jobs_of_other_kinds_are_no_tasks(client, shop, autojump_clock):
    await shop.make("other", kind="fetch")
    async with listening(client) as one:
        shop.desk.move("other", JobStatus.RUNNING, run=1)
        assert await one.silence() == []


async def test_hundreds_of_tasks_are_told_of_in_pieces(client, shop, autojump_clock):
    for n in range(300):
        await shop.make(f"t{n}", start=False)
    async with listening(client) as one:
        told = await one.until(lambda m: m.get("task_id") == "t299" and m["type"] == "task_status")
        assert [m["task_id"] for m in told if m["type"] == "task_update"] == [
            f"t{n}" for n in range(300)
        ]


# ----------------------------------------------------------------------------------- what moves


async def test_what_moves_is_told_in_both_vocabularies(client, shop, autojump_clock):
    await shop.make()
    async with listening(client) as one:
        await one.until_type("task_status")
        shop.begin()
        told = await one.until_type("task_status", status="running")
        assert told[-2]["type"] == "task_update"
        await one.silence()
        shop.desk.progress("t1", LiveProgress(counts=counts(2), stage="page 3"))
        update = (await one.until_type("task_update", progress=50))[-1]["data"]
        assert (update["stage"], update["images_success"]) == ("page 3", 2)


async def test_who_has_a_complete_task_done_anew_is_told_that_it_is_as_it_was(
    client, shop, autojump_clock
):
    """The page shows it as waiting before it asks, and passes over the answer."""
    await shop.work(kind="generate")
    shop.end()
    async with listening(client) as one:
        await one.silence()
        await shop.desk.ask(RepeatJob("t1", "t2"))
        told = [m["data"] for m in await one.silence() if m["type"] == "task_update"]
        assert [(each["task_id"], each["status"]) for each in told] == [
            ("t1", "completed"),
            ("t2", "pending"),
        ]
        assert "result" not in told[0]


async def test_the_result_is_told_once_with_the_end(client, shop, autojump_clock):
    await shop.work(kind="generate")
    async with listening(client) as one:
        await one.silence()
        shop.end()
        told = await one.silence()
        done = [m["data"] for m in told if m["type"] == "task_update" and "result" in m["data"]]
        assert [each["status"] for each in done] == ["completed"]
        result = json.loads(done[0]["result"])
        assert result["count"] == 4
        # The page is of another origin, where a path alone would lead to nothing.
        assert result["images"][0] == "http://localhost/api/tasks/t1/images/1"
        # What is told of it later is no end.
        shop.desk.progress("t1", LiveProgress(counts=counts(4)))
        told = await one.silence()
        assert told
        assert not any("result" in m["data"] for m in told)


async def test_the_desk_s_own_lines_tell_what_waits_and_what_begins(client, shop, autojump_clock):
    await shop.make("a")
    shop.begin("a")
    async with listening(client) as one:
        await one.until_type("task_status")
        await shop.make("b")
        waits = await one.until_type("global_log")
        waits += await one.until(lambda m: "检测到同类型" in str(m))
        said = waits[-1]["data"]
        assert said["message"] == "检测到同类型的运行中任务，任务 b (类型: crawl) 加入等待队列"
        assert (said["level"], said["time"]) == ("info", waits[-1]["time"])
        assert "task_id" not in said
        shop.end("a")
        shop.begin("b")
        begun = await one.until(lambda m: "启动 crawl 类型任务 b" in str(m))
        assert begun[-1]["message"].endswith("(该类型还有 0 个等待任务)")


async def test_they_are_told_in_english_too(client, shop, autojump_clock):
    headers = ME | {"Accept-Language": "en"}
    await shop.make("a", kind="tag")
    async with listening(client, headers=headers) as one:
        await one.until_type("task_status")
        await shop.make("b")
        told = await one.silence()
        assert "Task b was made (type: crawl)" in [m.get("message") for m in told]


async def test_a_paused_task_reads_as_running(client, shop, autojump_clock):
    await shop.work()
    async with listening(client) as one:
        await shop.desk.ask(PauseJob("t1"))
        update = (await one.until_type("task_update", stage="paused"))[-1]["data"]
        assert update["status"] == "running"


async def test_of_what_is_deleted_nothing_is_told_after_it(client, shop, autojump_clock):
    await shop.work("gone")
    await shop.work("stays", kind="tag")
    async with listening(client) as one:
        await one.silence()
        shop.end("gone")
        await shop.desk.ask(DeleteJob("gone"))
        shop.end("stays")
        told = await one.silence()
        assert {m.get("task_id") for m in told if m["type"] == "task_update"} == {"stays"}
        assert "gone" not in json.dumps(told)


# --------------------------------------------------------------------------------- what is said


async def test_one_task_is_followed_then_all_are_again(client, shop, autojump_clock):
    await shop.work("a")
    await shop.work("b", kind="tag")
    async with listening(client) as one:
        await one.silence()
        await one.say(type="subscribe_task", task_id="a")
        told = await one.silence()
        assert [m["type"] for m in told] == ["subscribed", "task_update", "task_status"]
        shop.desk.progress("b", LiveProgress(counts=counts(1)))
        shop.desk.progress("a", LiveProgress(counts=counts(2)))
        assert {m["task_id"] for m in await one.silence()} == {"a"}
        await one.say(type="subscribe_task", task_id="b")
        assert "b" in {m.get("task_id") for m in await one.silence()}
        await one.say(type="unsubscribe_task", task_id="a")
        await one.say(type="unsubscribe_task", task_id="b")
        told = await one.silence()
        assert {m["task_id"] for m in told if m["type"] == "task_update"} == {"a", "b"}
        shop.desk.progress("b", LiveProgress(counts=counts(3)))
        assert {m["task_id"] for m in await one.silence()} == {"b"}


@pytest.mark.parametrize(
    "said",
    [
        "{",
        "[]",
        '{"type":"dance"}',
        '{"type":5}',
        '{"type":"subscribe_task"}',
        '{"type":"subscribe_task","task_id":7}',
        '{"type":"subscribe_task","task_id":"nowhere"}',
        '{"type":"auth","token":"x"}',
    ],
)
async def test_what_is_not_understood_is_answered_and_the_socket_goes_on(
    client, shop, autojump_clock, said
):
    await shop.work()
    async with listening(client) as one:
        await one.silence()
        await one.socket.send(said)
        told = await one.next()
        assert told["type"] == "error"
        assert told["data"]["message"]
        await one.say(type="ping")
        assert await one.next() == {"type": "pong"}


async def test_tasks_of_other_desks_cannot_be_followed(client, deps, shop, autojump_clock):
    await shop.work()
    await deps.desks.create(desk_key("user:eve"), guest=False)
    async with listening(client, headers=as_user("eve")) as one:
        await one.say(type="subscribe_task", task_id="t1")
        assert (await one.next())["code"] == "not_found"


# -------------------------------------------------------------------------------------- ends


async def test_a_server_that_stops_says_so(client, deps, shop, autojump_clock):
    async with listening(client) as one:
        deps.stopping.set()
        assert await closed_with(one.socket) == 1012
