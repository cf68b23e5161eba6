"""The front end over real desks: actors, memory store, workers as tasks, the virtual clock."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from msgspec import Raw
from msgspec.structs import replace

from actors.ports import Plan
from state.errors import StorageFull
from state.model import InputItem
from state.views import desk_key
from tests.support.scripted import ScriptedSpec
from tests.support.servers import FAIL, OK, Server, nap
from tests.web.conftest import GUEST
from web.app import build_app

JOBS = f"/api/desks/{GUEST}/jobs"


class PlannedSpec(ScriptedSpec):
    """Takes every item as it is."""

    def plan(self, spec, items, limits):
        planned = [InputItem(Raw(msgspec.json.encode(item))) for item in items]
        return Plan(items=planned, spec=dict(spec), secrets={}, concurrency=2, retries=0)

    def describe(self, item):
        return {"url": ""}


@pytest.fixture
def house(deps):
    """Runs a server with its front end; yields (client, server). Whoever uses it also asks for the
    virtual clock: pytest-trio heeds only a test's own."""

    @asynccontextmanager
    async def run():
        server = Server()
        async with server.running() as directory:
            table = {"scripted": PlannedSpec()}
            app = build_app(
                replace(deps, desks=directory, store=server.store, executors=table, now=server.now)
            )
            await directory.create(desk_key(GUEST))
            yield app.test_client(), server

    return run


async def create(client, items):
    body = {"kind": "scripted", "items": items, "start": True}
    answer = await client.post(JOBS, json=body)
    assert answer.status_code == 201
    return (await answer.get_json())["job"]["id"]


async def test_a_job_is_watched_from_its_creation_to_its_end(house, autojump_clock):
    async with house() as (client, _):
        async with client.websocket(f"/api/desks/{GUEST}/stream") as socket:
            assert json.loads(await socket.receive())["type"] == "snapshot"
            job_id = await create(client, [OK, FAIL, nap(3), nap(3), OK])
            statuses, frame = [], {}
            while "partially_completed" not in statuses or frame["type"] != "delta":
                frame = json.loads(await socket.receive())
                if frame["type"] == "status":
                    statuses.append(frame["new"])
        assert statuses == ["pending", "queued", "running", "partially_completed"]
        polled = await (await client.get(f"/api/desks/{GUEST}")).get_json()
        assert polled["jobs"] == frame["jobs"]
        assert polled["jobs"][0]["counts"] == {
            "total": 5, "done": 5, "ok": 4, "failed": 1, "skipped": 0,
        }  # fmt: skip
        lines = await (await client.get(f"{JOBS}/{job_id}/export")).get_data()
        outcomes = [json.loads(line) for line in lines.splitlines()]
        assert [outcome["status"] for outcome in outcomes] == ["ok", "failed", "ok", "ok", "ok"]
        assert outcomes[1]["error"] == "no such page"


async def test_long_polls_follow_a_job_without_a_socket(house, autojump_clock):
    async with house() as (client, _):
        job_id = await create(client, [nap(1)] * 4)
        revision, seen = 0, []
        while not seen or seen[-1] != "completed":
            answer = await client.get(f"/api/desks/{GUEST}?after={revision}&wait=25")
            if answer.status_code == 304:
                continue
            body = await answer.get_json()
            assert body["revision"] > revision
            revision = body["revision"]
            seen.append(body["jobs"][0]["status"])
        log = await (await client.get(f"{JOBS}/{job_id}/log")).get_json()
        assert log["lines"]


async def test_a_command_that_could_not_be_saved_is_not_acknowledged(house, autojump_clock):
    async with house() as (client, server):
        job_id = await create(client, [nap(1_000)])
        server.store.faults.fail("save", StorageFull("no room"))
        answer = await client.post(f"{JOBS}/{job_id}/pause")
        assert answer.status_code == 507
        assert (await answer.get_json())["error"]["code"] == "storage_full"
        seen = await (await client.get(f"{JOBS}/{job_id}")).get_json()
        assert seen["job"]["status"] in ("queued", "running")


async def test_an_unknown_desk_stays_unknown(house, autojump_clock):
    async with house() as (client, server):
        missing = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
        assert (await client.get(f"/api/desks/{missing}")).status_code == 404
        assert not await server.store.exists(desk_key(missing))


async def until_frame(socket, wanted):
    """The first delta or snapshot of which `wanted` is true."""
    with trio.fail_after(300):
        while True:
            frame = json.loads(await socket.receive())
            if frame["type"] != "status" and wanted(frame):
                return frame


async def test_the_receipt_reaches_all_and_a_desk_at_rest_is_silent(house, autojump_clock):
    """Items end, then nothing happens but the save of that; after it a poll finds nothing new."""
    address = f"/api/desks/{GUEST}"
    async with house() as (client, server):
        async with client.websocket(f"{address}/stream") as socket:
            await create(client, [OK, OK, nap(9)])
            unsaved = await until_frame(socket, lambda frame: frame["saved"]["unsaved_items"])
            assert unsaved["saved"]["revision"] < unsaved["revision"]
            saved = await until_frame(socket, lambda frame: not frame["saved"]["unsaved_items"])
            assert saved["saved"]["revision"] == saved["revision"]
            snapshot = await (await client.get(address)).get_json()
            assert snapshot["saved"] == saved["saved"]
            await until_frame(
                socket, lambda frame: [job["status"] for job in frame["jobs"]] == ["completed"]
            )
            saves = server.store.saves
            with trio.move_on_after(7) as silence:  # longer than a save may wait
                await socket.receive()
            assert silence.cancelled_caught
        etag = (await client.get(address)).headers["ETag"]
        for _ in range(200):
            await trio.sleep(3)
            poll = await client.get(address, headers={"If-None-Match": etag})
            assert poll.status_code == 304
        assert (await client.get(f"{address}?after={etag[1:-1]}&wait=25")).status_code == 304
        assert server.store.saves == saves
