"""The socket of the documents API: its greeting, subscriptions, what is told in which order."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import pytest
import trio
from msgspec.structs import replace
from quart.testing.connections import WebsocketDisconnectError, WebsocketResponseError

from actors.messages import LiveProgress, PauseJob, ResumeJob, StartJob
from state.model import Counts, JobStatus
from tests.support.documents import ME, A, serving
from tests.support.forged import bearer, token
from tests.support.servers import create
from web.app import build_app

PATHS = ["/v2/stream", "/api/v2/stream"]
SPEC = {
    "templates": [{"id": "letter", "name": "Letter"}],
    "format": "docx", "mode": "parallel", "data_source": None, "concurrency": 1,
    "stop_on_failure": False, "retries": 0, "timeout_s": None, "file_name": "x",
    "missing": "error", "locale": "en", "filter": None, "limit": None,
}  # fmt: skip


async def heard(socket):
    with trio.fail_after(100):
        return json.loads(await socket.receive())


async def until(socket, kind):
    """Everything up to the first of that type, that included."""
    told = [await heard(socket)]
    while told[-1]["type"] != kind:
        told.append(await heard(socket))
    return told


async def silent(socket, seconds=5):
    """Nothing is told in that time."""
    with trio.move_on_after(seconds):
        raise AssertionError(await socket.receive())


async def say(socket, **message):
    await socket.send(json.dumps(message))


async def subscribe(socket, **message):
    """Returns the answer."""
    await say(socket, action="subscribe", **message)
    return (await until(socket, "subscribed"))[-1]


@asynccontextmanager
async def opened(client, path="/v2/stream", **more):
    async with client.websocket(path, headers=ME, **more) as socket:
        greeting = await heard(socket)
        assert greeting["type"] == "connected"
        yield socket


async def make_task(desk, job_id="t1", *, total=4, start=True, **memo):
    items = [{"do": "ok"}] * total
    command = create(items, job_id=job_id, kind="document", start=start, spec=SPEC)
    memo = {"dialect": "documents", "family": "A", **memo}
    await desk.ask(replace(command, memo=memo, lane="documents"))
    return job_id


@pytest.mark.parametrize("path", PATHS)
async def test_the_contract_s_example(client, desk, autojump_clock, path):
    """As the document and its script do it: the greeting and the answer have a payload to read."""
    task = await make_task(desk)
    desk.move(task, JobStatus.RUNNING)
    async with client.websocket(path, headers=ME) as socket:
        greeting = await heard(socket)
        assert (greeting["type"], greeting["payload"], greeting["channels"]) == (
            "connected",
            {},
            [],
        )
        await say(socket, action="subscribe", channels=["task_progress"], filters={"taskId": task})
        answer = await heard(socket)
        assert (answer["type"], answer["channels"]) == ("subscribed", ["task_progress"])
        assert (answer["payload"], answer["taskId"]) == ({}, task)
        started, progress = await heard(socket), await heard(socket)
        assert started["type"] == "task_started"
        assert started["payload"].keys() == {
            "taskId", "mode", "totalDocuments", "estimatedDuration",
        }  # fmt: skip
        assert progress["type"] == "task_progress"
        assert progress["payload"].keys() >= {
            "taskId", "progress", "current", "total", "stage", "message", "currentStep",
        }  # fmt: skip
        desk.progress(task, LiveProgress(counts=Counts(total=4, ok=2)))
        assert (await heard(socket))["payload"]["progress"] == 50
        ended = Counts(total=4, ok=3, failed=1)
        desk.progress(task, LiveProgress(counts=ended))
        desk.move(task, JobStatus.PARTIALLY_COMPLETED, counts=ended, ended_at=1.0)
        told = (await until(socket, "task_completed"))[-1]
    assert told["payload"]["status"] == "partially_completed"
    assert {k: told["payload"]["result"][k] for k in ("total", "successful", "failed")} == {
        "total": 4, "successful": 3, "failed": 1,
    }  # fmt: skip
    for each in (greeting, answer, started, progress, told):
        assert each["data"] == each["payload"]
        assert {"type", "taskId", "timestamp", "payload", "data"} <= each.keys()
        assert each["timestamp"].endswith("Z")


async def test_a_short_task_that_has_ended_is_still_told_of(client, deps, desk, autojump_clock):
    """Clients subscribe after they have said start."""
    task = await make_task(desk)
    desk.move(task, JobStatus.RUNNING)
    now = deps.now()
    desk.move(task, JobStatus.COMPLETED, counts=Counts(total=4, ok=4), started_at=now, ended_at=now)
    for more in ({"channels": ["task_progress"]}, {"channel": f"task:{task}"}):
        async with opened(client) as socket:
            await subscribe(socket, **more)
            told = await until(socket, "task_completed")
        assert [each["type"] for each in told if each["type"] != "generation_status"] == [
            "task_started", "task_progress", "task_completed",
        ]  # fmt: skip


async def test_what_ended_long_ago_is_told_to_who_names_it(client, desk, autojump_clock):
    task = await make_task(desk)
    desk.move(task, JobStatus.CANCELLED, ended_at=1.0)
    async with opened(client) as socket:
        await subscribe(socket, channels=["task_progress"])
        await silent(socket)
        await subscribe(socket, channels=["task_progress"], filters={"taskId": task})
        assert (await until(socket, "task_cancelled"))[-1]["payload"]["progress"] == 0


async def test_pages_read_how_far_each_template_is(client, desk, autojump_clock):
    task = await make_task(desk)
    desk.move(task, JobStatus.RUNNING)
    async with opened(client, "/api/v2/stream") as socket:
        channels = ["task_progress", "generation_status"]
        await subscribe(socket, channels=channels, filters={"taskId": task})
        told = (await until(socket, "generation_status"))[-1]["data"]
        assert (told["templateId"], told["templateName"]) == ("letter", "Letter")
        assert (told["totalCount"], told["completedCount"], told["failedCount"]) == (4, 0, 0)
        desk.progress(task, LiveProgress(counts=Counts(total=4, ok=1)))
        told = (await until(socket, "generation_status"))[-1]["data"]
        assert (told["completedCount"], told["progress"]) == (1, 25)


async def test_every_change_of_status_is_told_once_and_in_order(client, desk, autojump_clock):
    task = await make_task(desk, start=False)
    async with opened(client) as socket:
        await subscribe(socket, channel=f"task:{task}")
        await until(socket, "task_progress")
        await desk.ask(StartJob(task))
        desk.move(task, JobStatus.RUNNING)
        await desk.ask(PauseJob(task))
        await desk.ask(ResumeJob(task))
        desk.move(task, JobStatus.RUNNING)
        desk.move(task, JobStatus.QUEUED)
        desk.move(task, JobStatus.RUNNING)
        desk.move(task, JobStatus.FAILED, error="the disk is gone", ended_at=1.0)
        told = await until(socket, "error")
    besides = ("task_progress", "generation_status")
    kinds = [each["type"] for each in told if each["type"] not in besides]
    assert kinds == ["task_started", "task_paused", "task_started", "task_failed", "error"]
    error = next(each for each in told if each["type"] == "task_failed")["payload"]["error"]
    assert (error["code"], error["message"]) == ("GENERATION_FAILED", "the disk is gone")
    assert told[-1]["data"]["fatal"] is True
    revisions = [each["revision"] for each in told]
    assert revisions == sorted(revisions)


async def test_other_tasks_and_other_jobs_are_not_told(client, desk, autojump_clock):
    mine, other = await make_task(desk), await make_task(desk, "t2")
    await desk.ask(create([{"url": "https://example.com/"}], job_id="page", kind="fetch"))
    async with opened(client, f"/v2/stream/{mine}") as socket:
        await until(socket, "generation_status")
        desk.move(other, JobStatus.RUNNING)
        desk.move("page", JobStatus.RUNNING)
        await silent(socket)
        desk.move(mine, JobStatus.RUNNING)
        assert (await heard(socket))["taskId"] == mine


async def test_the_path_of_a_task_follows_it_from_the_start(client, desk, autojump_clock):
    task = await make_task(desk)
    for prefix in PATHS:
        async with client.websocket(f"{prefix}/{task}", headers=ME) as socket:
            greeting, started = await heard(socket), await heard(socket)
        assert (greeting["channels"], greeting["taskId"]) == ([f"task:{task}"], task)
        assert (started["type"], started["taskId"]) == ("task_started", task)


async def test_who_comes_again_misses_nothing_and_hears_nothing_twice(client, desk, autojump_clock):
    task = await make_task(desk)
    desk.move(task, JobStatus.RUNNING)
    async with opened(client, f"/v2/stream/{task}") as socket:
        last = (await until(socket, "task_progress"))[-1]["revision"]
    desk.move(task, JobStatus.PAUSED)
    desk.move(task, JobStatus.QUEUED)
    desk.move(task, JobStatus.CANCELLED)
    for path, said in ((f"/v2/stream/{task}?after={last}", None), ("/v2/stream", last)):
        async with opened(client, path) as socket:
            if said is not None:
                await subscribe(socket, channels=["task_progress"], after=said)
            told = await until(socket, "task_cancelled")
        assert [each["type"] for each in told] == ["task_paused", "task_started", "task_cancelled"]


async def test_unsubscribing(client, desk, autojump_clock):
    task = await make_task(desk)
    async with opened(client, f"/v2/stream/{task}") as socket:
        await until(socket, "generation_status")
        await say(
            socket, action="unsubscribe", channels=["task_progress"], filters={"taskId": task}
        )
        assert (await heard(socket))["channels"] == ["task_progress"]
        desk.move(task, JobStatus.RUNNING)
        assert (await heard(socket))["type"] == "generation_status"
        await say(socket, action="unsubscribe", channel=f"task:{task}")
        await until(socket, "unsubscribed")
        desk.move(task, JobStatus.CANCELLED)
        await silent(socket)


async def test_progress_comes_ten_times_a_second_at_most_and_ends_on_the_truth(
    deps, desk, autojump_clock
):
    deps = replace(deps, settings=replace(deps.settings, publish_interval_s=0.01))
    client = build_app(deps).test_client()
    task = await make_task(desk, total=1_000)
    desk.move(task, JobStatus.RUNNING)
    told = []

    async def listen(socket):
        while True:
            told.append(await heard(socket))

    async with opened(client) as socket:
        await subscribe(socket, channels=["task_progress"], filters={"taskId": task})
        await until(socket, "task_progress")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen, socket)
            for ok in range(1, 1_001):
                desk.progress(task, LiveProgress(counts=Counts(total=1_000, ok=ok)))
                await trio.sleep(0.001)
            await trio.sleep(1)
            nursery.cancel_scope.cancel()
    assert 9 <= len(told) <= 12
    assert (told[-1]["payload"]["current"], told[-1]["payload"]["progress"]) == (1_000, 100)


async def test_a_task_that_is_not_there_is_answered_and_said(client, desk, autojump_clock):
    async with opened(client) as socket:
        await subscribe(socket, channels=["task_progress"], filters={"taskId": "task_1_x"})
        told = await heard(socket)
        assert (told["type"], told["taskId"]) == ("error", "task_1_x")
        assert (told["data"]["fatal"], told["data"]["code"]) == (False, "TASK_NOT_FOUND")


@pytest.mark.parametrize(
    "said",
    [
        "{", "[]", "{}", '{"action":"start"}', '{"action":5}', "x" * 65_537,
        '{"action":"subscribe","channels":[5]}', '{"action":"subscribe","channel":""}',
        '{"action":"subscribe","filters":[]}', '{"action":"subscribe","filters":{"taskId":5}}',
        '{"action":"subscribe","after":-1}', '{"action":"subscribe","after":true}',
        json.dumps({"action": "subscribe", "channels": [f"task:{n}" for n in range(65)]}),
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_told_and_the_socket_goes_on(
    client, desk, autojump_clock, said
):
    async with opened(client) as socket:
        await socket.send(said)
        told = await heard(socket)
        assert (told["type"], told["payload"]["fatal"]) == ("error", False)
        await say(socket, action="ping")
        assert (await heard(socket))["type"] == "pong"


async def test_a_socket_follows_so_many_tasks(client, desk, autojump_clock):
    async with opened(client) as socket:
        for first in (0, 40):
            channels = [f"task:{n}" for n in range(first, first + 40)]
            await say(socket, action="subscribe", channels=channels)
        kinds = [(await heard(socket))["payload"].get("code") for _ in range(42)]
        assert kinds == [None, *["TASK_NOT_FOUND"] * 40, "VALIDATION_ERROR"]


WAYS = {
    "query": (f"/v2/stream?token={token()}", {}),
    "query of a task": (f"/api/v2/stream/t1?token={token()}", {}),
    "header": ("/v2/stream", {"headers": bearer(token())}),
    "header, none in the query": ("/v2/stream?token=", {"headers": bearer(token())}),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_token_opens_its_desk_and_is_not_logged(client, captured, autojump_clock, way):
    path, more = WAYS[way]
    async with client.websocket(path, **more) as socket:
        assert (await heard(socket))["type"] == "connected"
    assert token().split(".")[1] not in str(captured.calls)


@pytest.mark.parametrize("path", ["/v2/stream", "/v2/stream?token="])
async def test_nobody_is_turned_away_with_1008(client, autojump_clock, path):
    async with client.websocket(path) as socket:
        with pytest.raises(WebsocketDisconnectError) as closed:
            await heard(socket)
    assert closed.value.args[0] == 1008


async def test_a_token_stands_nowhere_else_in_an_address(client, desk):
    async with client.websocket(f"/v2/stream/a/b?token={token()}") as socket:
        with pytest.raises(WebsocketResponseError):
            await socket.receive()
    answer = await client.get(f"{A}?token={token()}")
    assert answer.status_code == 401


async def test_with_real_documents_of_two_templates(deps, autojump_clock):
    async with serving(deps) as (client, _):
        task = await client.create(A, templateIds=["template-001", "template-002"])
        async with opened(client.http, f"/v2/stream/{task}") as socket:
            await client.data("POST", f"{A}/{task}/start")
            await until(socket, "task_completed")
            last = {}
            while [each["completedCount"] for each in last.values()] != [2, 2]:
                told = (await until(socket, "generation_status"))[-1]["data"]
                last[told["templateId"]] = told
    assert set(last) == {"template-001", "template-002"}
    assert {each["status"] for each in last.values()} == {"completed"}
