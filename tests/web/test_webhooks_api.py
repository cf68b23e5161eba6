"""A desk's webhooks over REST: replaced, tried, refused; and when their secrets are told."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.notices import SetWebhooks, TestWebhook
from state.notices import WEBHOOK_EVENTS
from tests.web.conftest import GUEST
from web.app import build_app

WEBHOOKS = f"/api/desks/{GUEST}/webhooks"
URL = "https://hooks.example/told?by=us"
NEW = {"url": URL, "events": ["failed", "completed"]}


@pytest.fixture
def client(deps):
    return build_app(replace(deps)).test_client()


async def put(client, *webhooks):
    answer = await client.put(WEBHOOKS, json={"webhooks": list(webhooks)})
    return answer.status_code, await answer.get_json()


async def test_a_new_webhook_is_told_its_secret_once(client, desk):
    status, answer = await put(client, NEW)
    assert status == 200
    (made,) = answer["webhooks"]
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["events"]) == (URL, ["completed", "failed"])
    assert (made["waiting"], made["last_at"], made["last_error"]) == (0, None, None)
    command = desk.asked[-1]
    assert isinstance(command, SetWebhooks)
    assert list(command.secrets.values()) == [made["secret"]]
    shown = await (await client.get(WEBHOOKS)).get_json()
    assert shown["webhooks"] == [{**made, "secret": None}]


async def test_one_that_is_named_keeps_its_secret_and_others_are_forgotten(client, desk):
    _, answer = await put(client, NEW, {**NEW, "url": "http://other.example"})
    first, second = answer["webhooks"]
    assert first["secret"] != second["secret"]
    events = list(WEBHOOK_EVENTS)
    status, answer = await put(client, {"id": second["id"], "url": URL, "events": events})
    assert status == 200
    (kept,) = answer["webhooks"]
    assert (kept["id"], kept["events"], kept["secret"]) == (second["id"], events, None)
    assert desk.asked[-1].secrets == {}


async def test_a_trial_is_put_down(client, desk):
    _, answer = await put(client, NEW)
    name = answer["webhooks"][0]["id"]
    tried = await client.post(f"{WEBHOOKS}/{name}/test")
    assert tried.status_code == 200
    assert desk.asked[-1] == TestWebhook(name)
    shown = await (await client.get(WEBHOOKS)).get_json()
    assert shown["webhooks"][0]["waiting"] == 1
    missing = await client.post(f"{WEBHOOKS}/nothing/test")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {**NEW, "url": "ftp://a.example"},
        {**NEW, "url": "nonsense"},
        {**NEW, "url": "https://me:canary@a.example/"},
        {**NEW, "url": f"https://a.example/{'x' * 9_000}"},
        {**NEW, "events": []},
        {**NEW, "events": ["completed", "born"]},
        {**NEW, "id": "unknown"},
        {**NEW, "secret": "whsec_mine"},
        {"url": URL},
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(client, desk, wrong):
    status, answer = await put(client, NEW, wrong)
    assert (status, answer["error"]["code"]) == (400, "invalid_request")
    assert "canary" not in str(answer)
    assert desk.asked == []


async def test_one_is_named_once_and_there_are_ten(client, desk):
    _, answer = await put(client, NEW)
    again = {**NEW, "id": answer["webhooks"][0]["id"]}
    assert (await put(client, again, again))[0] == 400
    assert (await put(client, *[NEW] * 11))[0] == 400
    assert (await put(client, *[NEW] * 10))[0] == 200
