"""The socket of a tab, on the virtual clock: hello, leases, answers, and how it ends."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec import Raw
from msgspec.structs import replace
from quart.testing.connections import WebsocketResponseError

from actors.ports import ItemEnded, LeasedItem
from executors.fetch.spec import FetchSpec
from executors.tab.spec import TabSpec
from state.views import desk_key
from tests.support.houses import Heard
from tests.support.leasing import brief
from tests.support.tabbed import LIMITS, url
from tests.web.conftest import GUEST, OTHER_GUEST
from tests.web.test_stream import closed_with, frame
from web.app import build_app
from workers.inline import InlineWorkers
from workers.tabs.pool import TabPool

TAB = f"/api/desks/{GUEST}/tab"
KEY = {"Idempotency-Key": "k" * 32}
HELLO = {"type": "hello", "capacity": 2}


@pytest.fixture
async def pool(nursery):
    fetch = FetchSpec()
    pool = TabPool(fetch, InlineWorkers({"fetch": fetch}), Heard())
    nursery.start_soon(pool.run)
    return pool


@pytest.fixture
def deps(deps, pool):
    return replace(deps, tabs=pool)


async def say(socket, **message):
    await socket.send(json.dumps(message))


async def greet(socket, **hello):
    """Say hello; returns once the server has heard it."""
    welcome = await frame(socket)
    assert welcome == {"type": "welcome", "beat_s": 10.0}
    await say(socket, **(HELLO | hello))
    await trio.testing.wait_all_tasks_blocked()


class Job:
    """A running job of that desk, as its runner would have it."""

    def __init__(self, attachment):
        self.attachment = attachment

    async def lease(self, *indexes):
        for index in indexes:
            self.attachment.want(1)
            assert await self.attachment.wait_granted() == 1
            item = LeasedItem(index, 0, "", Raw(json.dumps(url(index)).encode()))
            await self.attachment.lease([item])

    async def ended(self):
        while True:
            for event in await self.attachment.wait_events():
                if isinstance(event, ItemEnded):
                    return event


@pytest.fixture
async def job(pool, desk):
    spec = TabSpec(FetchSpec()).plan({}, [url(0)], LIMITS).spec
    asked = brief(desk.key, "job", kind="tab", pool="tab", spec=spec)
    async with pool.attach(asked) as attachment:
        yield Job(attachment)


async def test_a_tab_is_given_urls_and_says_how_they_went(client, job, desk, pool, autojump_clock):
    async with client.websocket(TAB) as socket:
        await greet(socket)
        assert (pool.count(desk.key), desk.subscribers) == (1, 1)
        await job.lease(0, 1)
        assert await frame(socket) == {
            "type": "lease",
            "job_id": "job",
            "index": 0,
            "url": url(0),
            "delay_ms": 0,
            "new_window": True,
            "sequential": False,
        }
        assert (await frame(socket))["index"] == 1
        await say(socket, type="opened", job_id="job", index=1)
        ended = await job.ended()
        assert (ended.index, ended.status) == (1, "ok")
        await say(socket, type="failed", job_id="job", index=0, error="no such window")
        ended = await job.ended()
        assert (ended.index, ended.status, ended.error) == (0, "failed", "no such window")
        await job.lease(2)
        await frame(socket)
        await say(socket, type="blocked", job_id="job", index=2)
        assert "pop-up" in (await job.ended()).error
    assert (pool.count(desk.key), desk.subscribers) == (0, 0)


async def test_what_is_taken_back_is_told_and_a_late_answer_is_no_mistake(
    client, job, autojump_clock
):
    async with client.websocket(TAB) as socket:
        await greet(socket)
        await job.lease(0)
        await frame(socket)
        job.attachment.cancel()
        assert await frame(socket) == {"type": "withdrawn", "job_id": "job", "index": 0}
        await say(socket, type="opened", job_id="job", index=0)
        await say(socket, type="nonsense")
        assert (await frame(socket))["type"] == "error"


async def test_a_tab_that_beats_stays_and_one_that_does_not_is_no_worker(
    client, job, desk, pool, autojump_clock
):
    async with client.websocket(TAB) as socket:
        await greet(socket)
        await trio.sleep(25)
        await say(socket, type="beat")
        await trio.sleep(25)
        assert pool.count(desk.key) == 1
        await trio.sleep(10)
        assert pool.count(desk.key) == 0
        await say(socket, type="beat")
        await trio.testing.wait_all_tasks_blocked()
        assert pool.count(desk.key) == 1


@pytest.mark.parametrize(
    "first",
    [
        "hello",
        ["hello"],
        {"type": "beat"},
        {"type": "hello"},
        {"type": "hello", "capacity": 0},
        {"type": "hello", "capacity": 1_001},
        {"type": "hello", "capacity": 1.5},
        {"type": "hello", "capacity": True},
        {"type": "hello", "capacity": 1, "name": "x"},
        {"type": ["hello"], "capacity": 1},
        {},
    ],
)
async def test_who_does_not_say_hello_is_sent_away(client, desk, pool, first, autojump_clock):
    async with client.websocket(TAB) as socket:
        await frame(socket)
        await socket.send(json.dumps(first))
        assert await closed_with(socket) == 1008
    assert pool.count(desk.key) == 0


async def test_who_says_nothing_is_sent_away(client, desk, pool, autojump_clock):
    before = trio.current_time()
    async with client.websocket(TAB) as socket:
        await frame(socket)
        assert await closed_with(socket) == 1008
    assert trio.current_time() - before == pytest.approx(10)


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "opened"}',
        '{"type": "opened", "job_id": "job", "index": "0"}',
        '{"type": "opened", "job_id": "job", "index": 0.5}',
        '{"type": "opened", "job_id": "job", "index": 0, "error": "x"}',
        '{"type": "failed", "job_id": "job", "index": 0, "error": {}}',
        '{"type": "hello", "capacity": 1}',
        '{"type": "lease"}',
        '{"type": "beat", "type": "beat"}',
        '["beat"]',
        "NaN",
        "",
    ],
)
async def test_what_is_not_understood_is_answered_and_costs_nothing(
    client, job, message, autojump_clock
):
    async with client.websocket(TAB) as socket:
        await greet(socket)
        await job.lease(0)
        await frame(socket)
        await socket.send(message)
        answer = await frame(socket)
        assert answer["type"] == "error"
        assert set(answer["error"]) == {"code", "message", "details"}
        await say(socket, type="opened", job_id="job", index=0)
        assert (await job.ended()).status == "ok"


async def test_it_is_closed_when_the_server_stops(client, desk, deps, autojump_clock):
    async with client.websocket(TAB) as socket, client.websocket(TAB) as silent:
        await greet(socket)
        await frame(silent)
        deps.stopping.set()
        assert await closed_with(socket) == 1012
        assert await closed_with(silent) == 1012


async def test_a_desk_has_so_many_sockets_and_no_more(with_settings, pool, desk, autojump_clock):
    deps = replace(with_settings(max_sockets_per_desk=1), tabs=pool)
    client = build_app(deps).test_client()
    async with client.websocket(TAB) as one:
        await greet(one)
        async with client.websocket(TAB) as two:
            assert await closed_with(two) == 1013


async def test_another_desk_s_tab_is_none_of_this_one(
    client, job, desk, deps, pool, autojump_clock
):
    await deps.desks.create(desk_key(OTHER_GUEST))
    async with client.websocket(f"/api/desks/{OTHER_GUEST}/tab") as other:
        await greet(other)
        assert (pool.count(desk.key), pool.count(desk_key(OTHER_GUEST))) == (0, 1)
        async with client.websocket(TAB) as socket:
            await greet(socket)
            await job.lease(0)
            assert (await frame(socket))["index"] == 0
            await say(other, type="opened", job_id="job", index=0)
            await trio.testing.wait_all_tasks_blocked()
            await say(socket, type="failed", job_id="job", index=0)
            assert (await job.ended()).status == "failed"


async def test_a_desk_that_is_not_there_is_404_before_the_upgrade(client, pool, autojump_clock):
    async with client.websocket(f"/api/desks/{OTHER_GUEST}/tab") as socket:
        with pytest.raises(WebsocketResponseError) as refused:
            await socket.receive()
    assert refused.value.response.status_code == 404


async def test_a_tab_of_a_link_that_was_replaced_is_a_tab_no_more(
    client, job, desk, pool, autojump_clock
):
    async with client.websocket(TAB) as socket:
        await greet(socket)
        assert pool.count(desk.key) == 1
        answer = await client.post(f"/api/desks/{GUEST}/rotate-link", headers=KEY)
        assert answer.status_code == 200
        assert await closed_with(socket) == 1008
    assert pool.count(desk.key) == 0
