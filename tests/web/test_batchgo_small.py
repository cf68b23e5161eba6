"""Small things that pages rely on: an id at the top, what was paid, and a wait that ends."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec.structs import replace

from actors.messages import Published, Receipt
from state.ledgers import Ledger
from tests.support.batchgo import ENGLISH, TASKS, playing
from web.dialects.batchgo.frames import balance_frame
from web.dialects.batchgo.waiting import MAX_IDS, PATIENCE_S, Waiting
from web.dialects.sockets import FIRST_WORD_S

OLD = "/api/batchopen"
OFFER = {"offerUrl": "https://example.com/", "timeWindow": "06:00-24:00"}


@pytest.fixture
def house(deps):
    return lambda: playing(replace(deps, clock=trio.current_time))


async def test_a_start_that_never_comes_is_not_waited_for_for_ever(house, autojump_clock):
    async with house() as (client, _):
        path = f"{OLD}/silent-progress?taskId=task_1_abc"
        assert (await client.get(path))[1]["status"] == "pending"
        await trio.sleep(PATIENCE_S - 1)
        assert (await client.get(path))[1]["status"] == "pending"
        await trio.sleep(2)
        await client.refused(404, "task_not_found", "GET", path)
        await client.post(
            f"{OLD}/silent-start", {"taskId": "task_1_abc", "urls": [OFFER["offerUrl"]]}
        )
        assert (await client.get(path))[1]["status"] == "running"


def test_ids_that_are_waited_for_are_bounded():
    waiting = Waiting(lambda: 0.0)
    for number in range(MAX_IDS + 5):
        assert waiting.is_awaited("desk", str(number))
    assert len(waiting._since) == MAX_IDS


async def test_a_scheduled_task_has_its_id_at_the_top(house, autojump_clock):
    async with house() as (client, _):
        _, made = await client.post("/api/autoclick/tasks", OFFER)
        assert made["id"] == made["taskId"] == made["task"]["id"]
        _, listed = await client.get("/api/autoclick/tasks")
        assert "id" not in listed


async def test_every_start_says_in_its_headers_what_it_cost(house, autojump_clock):
    async with house() as (client, _):
        task = await client.created()
        answers = [
            await client.client.post(f"{TASKS}/{task['id']}/start", headers=ENGLISH),
            await client.client.post(
                f"{OLD}/silent-start", json={"urls": [OFFER["offerUrl"]]}, headers=ENGLISH
            ),
        ]
        told = [(each.headers["X-Tokens-Consumed"], each.headers["X-Tokens-Balance"])
                for each in answers]  # fmt: skip
        _, balance = await client.get("/api/v1/tokens/balance")
    assert [consumed for consumed, _ in told] == ["2", "1"]
    assert int(told[1][1]) == int(told[0][1]) - 1 == balance["balance"]


@pytest.mark.parametrize(("urls", "name"), [(1, "silent: 1 URL"), (2, "silent: 2 URLs")])
async def test_a_task_without_a_name_is_counted(house, autojump_clock, urls, name):
    async with house() as (client, _):
        task = await client.created(urls=["https://example.com/"] * urls, name="")
        assert task["name"] == name


def test_a_balance_in_both_spellings():
    published = Published(
        revision=7, created_at=0.0, jobs={}, transitions=(), complete_since=0, flags={},
        saved=Receipt(7, 0.0), ledger=Ledger(granted=9, balance=7, spent=2),
    )  # fmt: skip
    flat = balance_frame(published, 1.5, nested=False)
    assert flat == {
        "type": "token_balance", "balance": 7, "held": 0, "total": 7, "spent": 2,
        "revision": 7, "timestamp": 1_500,
    }  # fmt: skip
    nested = balance_frame(published, 1.5, nested=True)
    assert nested["data"] == {"balance": 7, "held": 0, "total": 7, "spent": 2}


async def test_a_balance_is_pushed_where_it_moves(house, autojump_clock):
    async with house() as (client, _):
        task = await client.created()
        async with client.client.websocket("/api/v1/batchgo/ws", headers=ENGLISH) as socket:
            await trio.sleep(2 * FIRST_WORD_S)
            await client.post(f"{TASKS}/{task['id']}/start")
            with trio.fail_after(60):
                while (told := json.loads(await socket.receive()))["type"] != "token_balance":
                    pass
        _, balance = await client.get("/api/v1/tokens/balance")
    assert (told["balance"], told["spent"]) == (balance["balance"], 2)
