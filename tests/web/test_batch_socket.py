"""BatchGo's sockets: who gets in, which spelling they are spoken to in, and what they are told."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec.structs import replace
from quart.testing.connections import WebsocketDisconnectError, WebsocketResponseError

from actors.messages import LiveProgress, StartJob
from state.model import Counts, JobStatus
from state.views import desk_key
from tests.support.forged import bearer, token
from tests.support.servers import create
from web.app import build_app
from web.dialects.sockets import AUTH_S, FIRST_WORD_S

PATHS = ["/api/v1/batchgo/ws", "/ws"]


@pytest.fixture
async def ann(deps):
    return await deps.desks.create(desk_key("user:ann"), guest=False)


async def heard(socket):
    with trio.fail_after(100):
        return json.loads(await socket.receive())


async def closed_with(socket):
    try:
        with trio.fail_after(100):
            while True:
                await socket.receive()
    except WebsocketDisconnectError as closed:
        return closed.args[0]


async def make_task(desk, *, start=True, **more):
    """A task on the desk; returns its id."""
    command = create([{"url": "https://example.com/"}], job_id="t1", kind="fetch", start=start)
    memo = {"dialect": "batchgo", "mode": "silent", "config": {"concurrency": 5}, **more}
    await desk.ask(replace(command, memo=memo, lane="batchgo:t1", feature="silent"))
    return "t1"


WAYS = {
    "header": lambda path: (path, {"headers": bearer(token())}),
    "query": lambda path: (f"{path}?token={token()}", {}),
    "subprotocol": lambda path: (path, {"scope_base": {"subprotocols": ["bearer", token()]}}),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", WAYS)
async def test_a_token_is_shown_in_the_handshake(client, ann, autojump_clock, path, way):
    task = await make_task(ann)
    ann.move(task, JobStatus.RUNNING)
    where, more = WAYS[way](path)
    async with client.websocket(where, **more) as socket:
        told = await heard(socket)
        assert (told["type"], told["task_id"]) == ("batch_task_start", task)


@pytest.mark.parametrize("path", PATHS)
async def test_or_said_first(client, ann, autojump_clock, path):
    task = await make_task(ann)
    async with client.websocket(path) as socket:
        await socket.send(json.dumps({"type": "auth", "token": token()}))
        assert (await heard(socket))["type"] == "auth_success"
        assert (await heard(socket))["task_id"] == task


async def test_or_later_than_another_s_cookie_was_taken_for_it(client, deps, ann, autojump_clock):
    deps = replace(deps, settings=replace(deps.settings, local_desk=True))
    client = build_app(deps).test_client()
    task = await make_task(ann)
    async with client.websocket("/ws") as socket:
        await trio.sleep(5 * FIRST_WORD_S)
        # Until then it was taken for one of the task manager's.
        assert (await heard(socket))["type"] == "welcome"
        await socket.send(json.dumps({"type": "auth", "token": token()}))
        assert (await heard(socket))["type"] == "auth_success"
        assert (await heard(socket))["task_id"] == task


@pytest.mark.parametrize(
    "said",
    [
        {"type": "auth", "token": token(secret=b"x" * 32)},
        {"type": "auth", "token": ""},
        {"type": "auth"},
        {"type": "auth", "token": 5},
        {"type": "ping"},
        {"type": "client_ready"},
    ],
    ids=["another's", "empty", "none", "a number", "a ping", "ready"],
)
async def test_who_says_nothing_of_themselves_is_turned_away(client, deps, autojump_clock, said):
    async with client.websocket("/ws") as socket:
        await socket.send(json.dumps(said))
        assert await closed_with(socket) == 1008
    assert deps.desks.desks == {}


async def test_or_says_nothing_at_all(client, autojump_clock):
    began = trio.current_time()
    async with client.websocket("/ws") as socket:
        assert await closed_with(socket) == 1008
    assert trio.current_time() - began == pytest.approx(AUTH_S)


@pytest.mark.parametrize("way", WAYS)
async def test_a_bad_token_is_turned_away_for_all_else(client, deps, ann, way, autojump_clock):
    deps = replace(deps, settings=replace(deps.settings, local_desk=True))
    client = build_app(deps).test_client()
    bad = token(secret=b"x" * 32)
    where, more = {
        "header": ("/ws", {"headers": bearer(bad)}),
        "query": (f"/ws?token={bad}", {}),
        "subprotocol": ("/ws", {"scope_base": {"subprotocols": ["bearer", bad]}}),
    }[way]
    async with client.websocket(where, **more) as socket:
        assert await closed_with(socket) == 1008


@pytest.mark.parametrize(
    ("where", "more"),
    [
        (f"/ws?token={token()}&token={token()}", {}),
        (f"/ws?token={token()}", {"headers": bearer(token())}),
        (f"/ws?token={token()}", {"scope_base": {"subprotocols": ["bearer", token()]}}),
    ],
)
async def test_two_tokens_are_none(client, ann, where, more, autojump_clock):
    async with client.websocket(where, **more) as socket:
        assert await closed_with(socket) == 1008


@pytest.mark.parametrize(
    "where",
    [
        f"/ws?access_token={token()}",
        f"/ws?x={token()}",
        f"/api/desks/me/stream?token={token()}",
        f"/api/v1/batchgo/tasks?token={token()}",
    ],
)
async def test_a_token_stands_nowhere_else_in_an_address(client, ann, where):
    if "tasks" in where:
        assert (await client.get(where)).status_code == 401
        return
    async with client.websocket(where) as socket:
        with pytest.raises(WebsocketResponseError) as refused:
            await socket.receive()
        assert refused.value.response.status_code == 401


async def test_tokens_are_not_logged(client, deps, captured, ann, autojump_clock):
    for way in WAYS.values():
        where, more = way("/ws")
        async with client.websocket(where, **more) as socket:
            await socket.send('{"type":"ping"}')
            assert (await heard(socket))["type"] == "pong"
    assert token() not in str(captured.calls)
    assert token().split(".")[1] not in str(captured.calls)


async def test_every_change_of_status_is_told_in_order(client, ann, autojump_clock):
    task = await make_task(ann, start=False)
    async with client.websocket(f"/ws?token={token()}&after={ann.revision}") as socket:
        await ann.ask(StartJob(task))
        ann.move(task, JobStatus.RUNNING)
        ann.progress(task, LiveProgress(counts=Counts(total=1, ok=1)))
        ann.move(task, JobStatus.PAUSED, reason="storage")
        ann.move(task, JobStatus.QUEUED)
        ann.move(task, JobStatus.RUNNING)
        ann.move(task, JobStatus.COMPLETED, counts=Counts(total=1, ok=1), ended_at=1.0)
        told = [await heard(socket)]
        while told[-1]["type"] != "batch_task_completed":
            told.append(await heard(socket))
    assert [each["type"] for each in told if each["type"] != "batch_progress"] == [
        "batch_task_start", "batch_task_paused", "batch_task_start", "batch_task_completed",
    ]  # fmt: skip
    assert told[1]["message"] == "storage" or told[0]["type"] == "batch_progress"
    revisions = [each["revision"] for each in told]
    assert revisions == sorted(revisions)
    assert (told[-1]["processed"], told[-1]["percentage"]) == (1, 100.0)


async def test_who_comes_again_misses_nothing(client, ann, autojump_clock):
    task = await make_task(ann)
    ann.move(task, JobStatus.RUNNING)
    async with client.websocket(f"/ws?token={token()}") as socket:
        last = (await heard(socket))["revision"]
    ann.move(task, JobStatus.PAUSED)
    ann.move(task, JobStatus.QUEUED)
    ann.move(task, JobStatus.CANCELLED)
    async with client.websocket(f"/ws?token={token()}&after={last}") as socket:
        told = [await heard(socket), await heard(socket)]
    assert [each["type"] for each in told] == ["batch_task_paused", "batch_task_cancelled"]


async def test_progress_comes_ten_times_a_second_at_most_and_ends_on_the_truth(
    client, deps, ann, autojump_clock
):
    deps = replace(deps, settings=replace(deps.settings, publish_interval_s=0.01))
    client = build_app(deps).test_client()
    task = await make_task(ann)
    ann.move(task, JobStatus.RUNNING)
    told = []

    async def listen(socket):
        while True:
            told.append(await heard(socket))

    async with (
        client.websocket(f"/ws?token={token()}&after={ann.revision}") as socket,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(listen, socket)
        await trio.sleep(2 * FIRST_WORD_S)
        for ok in range(1, 1001):
            ann.progress(task, LiveProgress(counts=Counts(total=1000, ok=ok)))
            await trio.sleep(0.001)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert 9 <= len(told) <= 12
    assert {each["type"] for each in told} == {"batch_progress"}
    assert (told[-1]["processed"], told[-1]["total"]) == (1000, 1000)


async def test_jobs_that_are_no_tasks_are_not_told(client, ann, autojump_clock):
    body = {"kind": "fetch", "items": ["https://example.com/"], "start": True}
    await client.post("/api/desks/me/jobs", json=body, headers=bearer(token()))
    task = await make_task(ann)
    async with client.websocket(f"/ws?token={token()}") as socket:
        assert (await heard(socket))["task_id"] == task


async def test_client_ready_is_spoken_to_in_the_nested_spelling(client, ann, autojump_clock):
    task = await make_task(ann)
    ann.move(task, JobStatus.RUNNING)
    async with client.websocket(f"/ws?token={token()}") as socket:
        await socket.send('{"type":"client_ready","data":{},"timestamp":1}')
        told = await heard(socket)
        assert (told["type"], told["data"]["status"]) == ("batchgo_progress", "running")
        assert told["data"]["task_type"] == "silent"
        await socket.send('{"type":"ping","data":{},"timestamp":1}')
        pong = await heard(socket)
        while pong["type"] != "pong":
            pong = await heard(socket)
        assert set(pong) == {"type", "data", "timestamp"}
        ann.move(task, JobStatus.FAILED, error="the disk is gone")
        seen = {}
        while "system_notification" not in seen:
            told = await heard(socket)
            seen[told["type"]] = told["data"]
    assert seen["batchgo_complete"]["status"] == "failed"
    assert seen["system_notification"]["message"] == "the disk is gone"


async def test_stopping_closes_with_1012_at_any_time(client, deps, ann, autojump_clock):
    for where in (f"/ws?token={token()}", "/ws"):
        async with client.websocket(where) as socket, trio.open_nursery() as nursery:
            nursery.start_soon(stop_soon, deps)
            assert await closed_with(socket) == 1012


async def stop_soon(deps):
    await trio.sleep(FIRST_WORD_S / 2)
    deps.stopping.set()


async def test_a_token_ends_its_socket(client, deps, ann, autojump_clock):
    base = deps.now() - trio.current_time()
    deps = replace(deps, now=lambda: base + trio.current_time())
    client = build_app(deps).test_client()
    short = token(exp=int(base + trio.current_time()) + 30)
    async with client.websocket(f"/ws?token={short}") as socket:
        assert await closed_with(socket) == 1008


async def test_a_desk_has_so_many_sockets(client, deps, ann, autojump_clock):
    deps = replace(deps, settings=replace(deps.settings, max_sockets_per_desk=1))
    client = build_app(deps).test_client()
    async with client.websocket(f"/ws?token={token()}") as one:
        await one.send('{"type":"ping"}')
        assert (await heard(one))["type"] == "pong"
        async with client.websocket(f"/ws?token={token()}") as two:
            assert await closed_with(two) == 1013


@pytest.mark.parametrize(
    "said", ["{", "[]", '{"type":"start"}', '{"type":5}', "{}", '{"a":1,"a":2}', "x" * 65_537]
)
async def test_what_is_not_understood_is_told_so(client, ann, autojump_clock, said):
    async with client.websocket(f"/ws?token={token()}&after={ann.revision}") as socket:
        await socket.send(said)
        told = await heard(socket)
        assert (told["type"], set(told["error"])) == ("error", {"code", "message", "details"})
