"""Sockets and downloads of the documents API on a real server, by clients that are not ours."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from io import BytesIO
from zipfile import ZipFile

import pytest
import trio
from msgspec.structs import replace
from trio_websocket import open_websocket_url

from actors.messages import LiveProgress
from executors.documents.spec import DocumentSpec
from state.memory import MemoryStore
from state.model import Counts, JobStatus
from state.views import desk_key
from tests.support.serving import ask, open_socket, served
from tests.web.conftest import GUEST
from tests.web.test_documents_socket import make_task
from web.app import build_app

SESSION = [("X-Session-ID", GUEST)]
MANY = 1_000


@pytest.fixture
def local(deps):
    """As on a loopback install: nothing has to be shown."""
    return replace(deps, settings=replace(deps.settings, local_desk=True))


@pytest.fixture
async def local_desk(local):
    return await local.desks.create(desk_key("local"), guest=False)


async def told(socket, kind):
    """The next of that type; all before it was such a message as every client can read."""
    with trio.fail_after(60):
        while True:
            message = json.loads(await socket.get_message())
            assert message["data"] == message["payload"]
            if message["type"] == kind:
                return message


@pytest.mark.parametrize("path", ["/v2/stream", "/api/v2/stream"])
async def test_the_contract_s_client_from_start_to_end(local, local_desk, path):
    task = await make_task(local_desk)
    async with (
        served(build_app(local)) as port,
        open_websocket_url(f"ws://127.0.0.1:{port}{path}") as socket,
    ):
        assert (await told(socket, "connected"))["payload"] == {}
        subscription = {"channels": ["task_progress"], "filters": {"taskId": task}}
        await socket.send_message(json.dumps({"action": "subscribe", **subscription}))
        assert (await told(socket, "subscribed"))["channels"] == ["task_progress"]
        local_desk.move(task, JobStatus.RUNNING)
        local_desk.progress(task, LiveProgress(counts=Counts(total=4, ok=4)))
        local_desk.move(task, JobStatus.COMPLETED, ended_at=1.0)
        ended = await told(socket, "task_completed")
    assert ended["payload"]["result"]["successful"] == 4


async def test_who_reads_nothing_costs_nothing_and_ends_on_the_truth(local, local_desk):
    task = await make_task(local_desk, total=MANY)
    local_desk.move(task, JobStatus.RUNNING)
    async with (
        served(build_app(local)) as port,
        open_websocket_url(f"ws://127.0.0.1:{port}/v2/stream/{task}") as slow,
        open_websocket_url(f"ws://127.0.0.1:{port}/v2/stream/{task}") as quick,
    ):
        for ok in range(1, MANY + 1):
            local_desk.progress(task, LiveProgress(counts=Counts(total=MANY, ok=ok)))
        local_desk.move(task, JobStatus.COMPLETED, ended_at=1.0)
        for socket in (quick, slow):
            ended = await told(socket, "task_completed")
            assert ended["payload"]["result"]["successful"] == MANY


async def test_64_sockets_of_a_desk_are_told_and_no_other_is_let_in(local, local_desk):
    task = await make_task(local_desk)
    local_desk.move(task, JobStatus.RUNNING)
    path, told_ends = f"/v2/stream/{task}", []
    async with served(build_app(local)) as port, AsyncExitStack() as opened:
        sockets = []
        for _ in range(64):
            sockets.append(await opened.enter_async_context(open_socket(port, path)))
            assert json.loads(await sockets[-1].receive())["type"] == "connected"
        async with open_socket(port, path) as one_more:
            assert await one_more.receive() is None
            assert one_more.close_code == 1013
        local_desk.move(task, JobStatus.COMPLETED, ended_at=1.0)
        with trio.fail_after(60):
            for socket in sockets:
                while (told := json.loads(await socket.receive()))["type"] != "task_completed":
                    pass
                told_ends.append(told["revision"])
    assert len(told_ends) == 64
    assert len({*told_ends}) == 1


async def test_the_server_s_end_is_1012(local, local_desk):
    async with served(build_app(local)) as port, open_socket(port, "/v2/stream") as socket:
        assert json.loads(await socket.receive())["type"] == "connected"
        local.stopping.set()
        assert await socket.receive() is None
        assert socket.close_code == 1012


@pytest.mark.parametrize("origin", ["http://localhost:5173", "https://pages.example"])
async def test_a_page_of_another_origin_is_let_in_where_it_was_named(local, local_desk, origin):
    headers = [(b"Origin", origin.encode())]
    for allowed in ((), (origin,)):
        settings = replace(local.settings, allow_origin=frozenset(allowed))
        async with served(build_app(replace(local, settings=settings))) as port:
            asked = open_socket(port, "/api/v2/stream", headers)
            if not allowed:
                with pytest.raises(AssertionError):
                    await asked.__aenter__()
                continue
            async with asked as socket:
                assert json.loads(await socket.receive())["type"] == "connected"


@pytest.fixture
async def packed(deps):
    """A guest's task that has made a thousand documents: (application, its id)."""
    key, store = desk_key(GUEST), MemoryStore(now=lambda: 1_700_000_000.0)
    deps = replace(deps, store=store, executors={"document": DocumentSpec()})
    desk = await deps.desks.create(key)
    task = await make_task(desk, total=MANY)
    await store.write_inputs(key, task, [])
    pack = await store.open_artifacts(key, task)
    for number in range(MANY):
        pack.add(f"{number}.docx", b"%d" % number * 100)
    await pack.sync()
    await pack.aclose()
    desk.move(task, JobStatus.RUNNING)
    desk.move(task, JobStatus.COMPLETED, counts=Counts(total=MANY, ok=MANY), ended_at=1.0)
    return build_app(deps), task


async def test_a_thousand_documents_come_with_their_length_and_from_the_middle(packed):
    app, task = packed
    path = f"/api/v2/batch/tasks/{task}/download/zip"
    async with served(app) as port:
        status, headers, whole = await ask(port, path=path, headers=SESSION)
        assert (status, int(headers["content-length"])) == (200, len(whole))
        start = len(whole) // 3
        part = [("Range", f"bytes={start}-"), ("If-Range", headers["etag"])]
        status, headers, rest = await ask(port, path=path, headers=[*SESSION, *part])
        assert (status, whole[:start] + rest == whole) == (206, True)
        beyond = [("Range", f"bytes={len(whole)}-")]
        status, _, body = await ask(port, path=path, headers=[*SESSION, *beyond])
        assert (status, json.loads(body)["error"]["code"]) == (416, "RANGE_NOT_SATISFIABLE")
    with ZipFile(BytesIO(whole)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert archive.read("7.docx") == b"7" * 100
    assert names == {"manifest.json", *(f"{number}.docx" for number in range(MANY))}


async def test_a_download_that_is_read_slowly_is_whole(packed):
    app, task = packed
    async with served(app) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(
                f"GET /api/generation/download/{task}/zip HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"X-Session-ID: {GUEST}\r\nConnection: close\r\n\r\n".encode()
            )
            data = b""
            with trio.fail_after(60):
                while chunk := await stream.receive_some(1_024):
                    data += chunk
                    await trio.lowlevel.checkpoint()
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"200" in head.splitlines()[0]
    with ZipFile(BytesIO(body)) as archive:
        assert len(archive.namelist()) == MANY + 1
