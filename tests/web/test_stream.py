"""The socket's frames on the virtual clock: what is pushed, how often, and how it ends."""

from __future__ import annotations

import time

import jwt
import pytest
import trio
from msgspec.structs import replace
from quart.testing.connections import WebsocketDisconnectError, WebsocketResponseError

from actors.messages import LiveProgress
from state.model import AtWork, Counts, JobStatus
from state.views import desk_key
from tests.web.conftest import GUEST, OTHER_GUEST, SECRET
from tests.web.test_desk_routes import make_job
from web.app import build_app
from web.strict_json import loads

STREAM = f"/api/desks/{GUEST}/stream"


async def frame(socket):
    with trio.fail_after(100):
        return loads((await socket.receive()).encode())


async def closed_with(socket) -> int:
    try:
        with trio.fail_after(100):
            while True:
                await socket.receive()
    except WebsocketDisconnectError as closed:
        return closed.args[0]


async def test_the_first_frame_is_the_snapshot(client, desk, autojump_clock):
    made = await make_job(client)
    async with client.websocket(STREAM) as socket:
        first = await frame(socket)
    seen = await (await client.get(f"/api/desks/{GUEST}")).get_json()
    assert first == {"type": "snapshot", **seen}
    assert first["jobs"] == [made["job"]]
    assert desk.subscribers == 0


async def test_every_change_of_status_is_a_frame_before_the_delta(client, desk, autojump_clock):
    async with client.websocket(STREAM) as socket:
        await frame(socket)
        job_id = (await make_job(client, start=True))["job"]["id"]
        desk.move(job_id, JobStatus.RUNNING)
        desk.move(job_id, JobStatus.COMPLETED)
        frames = [await frame(socket)]
        while frames[-1]["type"] != "delta" or frames[-1]["revision"] != desk.revision:
            frames.append(await frame(socket))
    steps = [(step["old"], step["new"]) for step in frames if step["type"] == "status"]
    assert steps == [
        (None, "queued"), ("queued", "running"), ("running", "completed"),
    ] or steps == [
        (None, "pending"), ("pending", "queued"), ("queued", "running"), ("running", "completed"),
    ]  # fmt: skip
    assert [job["status"] for job in frames[-1]["jobs"]] == ["completed"]
    revisions = [step["revision"] for step in frames]
    assert revisions == sorted(revisions)


async def test_a_delta_holds_only_what_changed(client, desk, autojump_clock):
    first = (await make_job(client))["job"]["id"]
    await make_job(client)
    async with client.websocket(f"{STREAM}?after={desk.revision}") as socket:
        desk.move(first, JobStatus.CANCELLED)
        assert (await frame(socket))["type"] == "status"
        delta = await frame(socket)
    assert delta["type"] == "delta"
    assert [job["id"] for job in delta["jobs"]] == [first]
    assert delta["flags"] == {"restored": None, "read_only": False}
    assert delta["saved"] == {
        "revision": desk.revision, "at": "2023-11-14T22:13:20.000Z",
        "unsaved_items": 0, "failing": False,
    }  # fmt: skip


async def test_deltas_come_at_most_every_100_ms_and_end_on_the_truth(client, desk, autojump_clock):
    job_id = (await make_job(client, start=True))["job"]["id"]
    desk.move(job_id, JobStatus.RUNNING)
    frames = []
    socket = client.websocket(f"{STREAM}?after={desk.revision}")
    async with socket as opened, trio.open_nursery() as nursery:
        nursery.start_soon(collect, opened, frames)
        for ok in range(1, 1001):
            desk.progress(job_id, LiveProgress(counts=Counts(total=1000, ok=ok)))
            await trio.sleep(0.001)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert 9 <= len(frames) <= 12
    assert frames[-1]["jobs"][0]["counts"]["ok"] == 1000


async def test_an_end_is_told_at_once_and_once_in_100_ms(client, desk, autojump_clock):
    jobs = [(await make_job(client, start=True))["job"]["id"] for _ in range(3)]
    for job_id in jobs:
        desk.move(job_id, JobStatus.RUNNING)
    async with client.websocket(f"{STREAM}?after={desk.revision}") as socket:
        told_at = []
        desk.progress(jobs[0], LiveProgress(counts=Counts(total=2, ok=1)))
        await frame(socket)
        began = trio.current_time()
        for job_id in jobs:
            desk.move(job_id, JobStatus.COMPLETED)
            while (told := await frame(socket))["type"] != "delta":
                pass
            assert told["jobs"][0]["id"] == job_id
            told_at.append(round(trio.current_time() - began, 3))
    # The second has to wait for the next step; by then another is told at once again.
    assert told_at == [0.0, 0.1, 0.1]


async def test_a_step_within_an_item_is_a_delta(client, desk, autojump_clock):
    job_id = (await make_job(client, start=True))["job"]["id"]
    desk.move(job_id, JobStatus.RUNNING)
    async with client.websocket(f"{STREAM}?after={desk.revision}") as socket:
        for step in (1, 2):
            item = AtWork(index=0, fraction=step / 4, stage="scroll", done=step, total=4, at=1.0)
            desk.progress(job_id, LiveProgress(counts=Counts(total=2), working=(item,)))
            delta = await frame(socket)
            assert (delta["type"], delta["revision"]) == ("delta", desk.revision)
            (told,) = delta["jobs"][0]["progress"]["items"]
            assert (told["percent"], told["done"], told["total"]) == (25.0 * step, step, 4)


async def collect(socket, frames):
    while True:
        frames.append(await frame(socket))


async def test_after_a_deletion_the_status_frame_says_so(client, desk, autojump_clock):
    job_id = (await make_job(client))["job"]["id"]
    async with client.websocket(f"{STREAM}?after={desk.revision}") as socket:
        await client.delete(f"/api/desks/{GUEST}/jobs/{job_id}")
        frames = [await frame(socket)]
        while frames[-1]["type"] == "status":
            frames.append(await frame(socket))
    assert frames[-2]["new"] is None
    assert (frames[-1]["type"], frames[-1]["jobs"]) == ("delta", [])


async def test_who_is_too_far_behind_gets_a_snapshot(client, desk, autojump_clock):
    before = desk.revision
    job_id = (await make_job(client))["job"]["id"]
    for _ in range(5):
        desk.move(job_id, JobStatus.QUEUED)
        desk.move(job_id, JobStatus.CANCELLED)
    async with client.websocket(f"{STREAM}?after={before}") as socket:
        frames = [await frame(socket)]
        while frames[-1]["type"] == "status":
            frames.append(await frame(socket))
    assert frames[-1]["type"] == "snapshot"


async def test_a_revision_from_another_life_gets_a_snapshot(client, desk, autojump_clock):
    async with client.websocket(f"{STREAM}?after={desk.revision + 1000}") as socket:
        assert (await frame(socket))["type"] == "snapshot"


async def test_subscribers_share_the_encoded_step(client, desk, autojump_clock):
    async with client.websocket(STREAM) as one, client.websocket(STREAM) as two:
        await one.receive()
        await two.receive()
        await make_job(client)
        assert await one.receive() is await two.receive()
        assert await one.receive() is await two.receive()


async def test_a_ping_gets_a_pong_and_all_else_an_error(client, desk, autojump_clock):
    async with client.websocket(f"{STREAM}?after={desk.revision}") as socket:
        await socket.send('{"type": "ping"}')
        assert await frame(socket) == {"type": "pong"}
        many = "{" + ",".join(f'"{n}":1' for n in range(20)) + "}"
        for message in (
            "{", '{"type":"ping","type":"ping"}', "[]", '{"type":"start"}', b"\xff",
            "[" * 20_000 + "]" * 20_000, '{"type":{"ping":1}}', many,
        ):  # fmt: skip
            await socket.send(message)
            answer = await frame(socket)
            assert answer["type"] == "error"
            assert set(answer["error"]) == {"code", "message", "details"}
        await socket.send("x" * 65_537)
        assert (await frame(socket))["error"]["code"] == "body_too_large"


async def test_stopping_closes_with_1012(client, desk, deps, autojump_clock):
    async with client.websocket(STREAM) as socket:
        await frame(socket)
        deps.stopping.set()
        assert await closed_with(socket) == 1012


async def test_a_desk_that_shuts_closes_with_1012(client, desk, autojump_clock):
    async with client.websocket(STREAM) as socket:
        await frame(socket)
        desk.feed.close("parked")
        assert await closed_with(socket) == 1012


async def test_one_socket_too_many_is_closed_with_1013(with_settings, desk, autojump_clock):
    client = build_app(with_settings(max_sockets_per_desk=2)).test_client()
    async with client.websocket(STREAM) as one, client.websocket(STREAM) as two:
        await frame(one)
        await frame(two)
        async with client.websocket(STREAM) as three:
            assert await closed_with(three) == 1013
        answer = await client.get(f"/api/desks/{GUEST}?after={desk.revision}&wait=1")
        assert answer.status_code == 429
        assert (await answer.get_json())["error"]["code"] == "too_many_sockets"
    async with client.websocket(STREAM) as again:
        assert (await frame(again))["type"] == "snapshot"


async def test_an_expired_token_closes_with_1008(deps, autojump_clock):
    # The wall clock follows the virtual one, so that the token runs out in virtual time.
    began = trio.current_time()
    wall = time.time()
    deps = replace(deps, now=lambda: wall + trio.current_time() - began)
    client = build_app(deps).test_client()
    claims = {"sub": "ann", "iat": int(wall), "exp": int(wall) + 60}
    headers = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
    async with client.websocket("/api/desks/me/stream", headers=headers) as socket:
        await frame(socket)
        assert await closed_with(socket) == 1008
    assert 58 <= trio.current_time() - began <= 65


async def test_nobody_is_closed_with_1008(client, autojump_clock):
    async with client.websocket("/api/desks/me/stream") as socket:
        assert await closed_with(socket) == 1008


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/desks/{OTHER_GUEST}/stream", 404),
        ("/api/desks/local/stream", 404),
        (f"/api/desks/{GUEST.upper()}/stream", 404),
        (f"{STREAM}?after=x", 400),
    ],
)
async def test_what_is_refused_before_the_upgrade(client, desk, deps, path, status, autojump_clock):
    async with client.websocket(path) as socket:
        with pytest.raises(WebsocketResponseError) as caught:
            await socket.receive()
    assert caught.value.response.status_code == status
    assert list(deps.desks.desks) == [desk_key(GUEST)]
