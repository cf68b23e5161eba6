"""The ledger over REST: pages of it, prices of native jobs, refusals, and what operators grant."""

import pytest
from msgspec.structs import replace

from actors.rules.change import PlanTier
from actors.tokens import GrantTokens, HoldTokens
from state.views import desk_key
from tests.support.forged import bearer, token
from tests.web.conftest import GUEST
from web.app import build_app
from web.prices import Prices

DESK = f"/api/desks/{GUEST}"
KEY = desk_key(GUEST)
ALICE = desk_key("user:alice")
URLS = ["https://example.com/1", "https://example.com/2", "https://example.com/3"]
PLANS = {"default": PlanTier(max_items=5), "pro": PlanTier(max_running=2)}


@pytest.fixture
def client(deps):
    settings = replace(deps.settings, prices=Prices(by_kind={"fetch": 100}), plans=PLANS)
    return build_app(replace(deps, settings=settings)).test_client()


async def ledger(client, query=""):
    response = await client.get(f"{DESK}/ledger{query}")
    assert response.status_code == 200
    return await response.get_json()


async def made(client, count=3, **fields):
    body = {"kind": "fetch", "items": URLS[:1] * count, **fields}
    return await client.post(f"{DESK}/jobs", json=body)


async def test_an_untouched_ledger_shows_its_opening_plan_and_prices(client, desk):
    answer = await ledger(client)
    [entry] = answer.pop("entries")
    assert answer == {
        "granted": 10_000, "balance": 10_000, "spent": 0, "held": 0, "free": 10_000,
        "plan": "default",
        "limits": {
            "max_concurrency": None, "max_items": 5, "max_running": None, "max_priority": None,
        },
        "prices": {"fetch": 100, "visit": 0},
        "total": 1, "forgotten": 0, "page": 1, "size": 50, "revision": desk.revision,
    }  # fmt: skip
    assert entry == {
        "id": "opening", "amount": 10_000, "balance": 10_000, "at": "2023-11-14T22:13:20.000Z",
        "note": "", "job_id": None,
    }  # fmt: skip


async def test_a_start_is_an_entry_with_the_balance_after_it(client, desk):
    job = (await (await made(client, name="three", start=True)).get_json())["job"]
    assert (job["price_tokens"], job["spent_tokens"]) == (300, 300)
    answer = await ledger(client)
    assert (answer["granted"], answer["balance"], answer["spent"]) == (10_000, 9_700, 300)
    newest = answer["entries"][0]
    assert newest.pop("at")
    assert newest == {
        "id": f"{job['id']}:1", "amount": -300, "balance": 9_700,
        "note": "three", "job_id": job["id"],
    }  # fmt: skip
    snapshot = await (await client.get(DESK)).get_json()
    assert snapshot["tokens"] == {"balance": 9_700, "free": 9_700, "held": 0}


async def test_the_ledger_is_read_in_pages_newest_first(client, desk):
    for n in range(5):
        await desk.ask(GrantTokens(n + 1, f"k{n}"))
    pages = [await ledger(client, f"?page={page}&size=2") for page in (1, 2, 3, 4)]
    assert [[entry["id"] for entry in page["entries"]] for page in pages] == [
        ["grant:k4", "grant:k3"],
        ["grant:k2", "grant:k1"],
        ["grant:k0", "opening"],
        [],
    ]
    assert {page["total"] for page in pages} == {6}
    refused = await client.get(f"{DESK}/ledger?page=0&size=x")
    assert refused.status_code == 400
    assert (await refused.get_json())["error"]["details"]["error_count"] == 2


async def test_what_is_held_is_not_free(client, desk):
    await desk.ask(HoldTokens(4_000, "basic", "k"))
    answer = await ledger(client)
    assert (answer["balance"], answer["held"], answer["free"]) == (10_000, 4_000, 6_000)


async def test_too_few_tokens_are_402_at_create_and_again_at_start(client, desk):
    kept = (await (await made(client, 5)).get_json())["job"]["id"]
    await desk.ask(HoldTokens(9_600, "basic", "k"))
    told = {"required": 500, "balance": 400}
    for refused in (await made(client, 5), await client.post(f"{DESK}/jobs/{kept}/start")):
        assert refused.status_code == 402
        error = (await refused.get_json())["error"]
        assert (error["code"], error["details"]) == ("insufficient_tokens", told)


async def test_more_than_the_plan_allows_is_403(client, desk):
    desk.limits = replace(desk.limits, plans=PLANS)
    refused = await made(client, 6)
    assert refused.status_code == 403
    error = (await refused.get_json())["error"]
    assert error["code"] == "plan_exceeded"
    assert error["details"] == {"plan": "default", "field": "items", "limit": 5, "value": 6}


def operate(client, what, body, key=KEY):
    path = f"/api/operator/desks/{key}/{what}"
    return client.post(path, json=body, headers=bearer(token(admin=True)))


async def test_an_operator_grants_once_for_a_key(client, desk):
    body = {"amount": 50, "key": "may", "note": "for May"}
    answers = [await (await operate(client, "grant", body)).get_json() for _ in range(2)]
    assert [answer["replayed"] for answer in answers] == [False, True]
    assert [answer["balance"] for answer in answers] == [10_050, 10_050]
    assert answers[0]["revision"] <= desk.revision
    assert desk.callers[-1].means == "admin"
    assert (await ledger(client))["entries"][0]["note"] == "for May"
    unnamed = await (await operate(client, "grant", {"amount": 1})).get_json()
    assert len(unnamed["key"]) == 32


async def test_an_operator_names_a_plan(client, desk):
    desk.limits = replace(desk.limits, plans=PLANS)
    answer = await (await operate(client, "plan", {"plan": "pro"})).get_json()
    assert (answer["plan"], answer["limits"]["max_running"], answer["durable"]) == ("pro", 2, True)
    assert (await ledger(client))["plan"] == "pro"
    answer = await (await operate(client, "plan", {"plan": ""})).get_json()
    assert answer["plan"] == "default"
    refused = await operate(client, "plan", {"plan": "gold"})
    assert refused.status_code == 400
    error = (await refused.get_json())["error"]
    assert "gold" in error["message"]
    assert error["details"]["errors"][0]["field"] == "plan"


async def test_a_named_desk_is_made_for_a_user_who_has_not_come_yet(client, deps):
    assert (await operate(client, "grant", {"amount": 5}, ALICE)).status_code == 404
    body = {"amount": 5, "name": "user:alice"}
    answer = await operate(client, "grant", body, ALICE)
    assert (await answer.get_json())["balance"] == 10_005
    assert not deps.desks.desks[ALICE].state.guest


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("grant", {}, "amount"),
        ("grant", {"amount": 0}, "amount"),
        ("grant", {"amount": 1.5}, "amount"),
        ("grant", {"amount": True}, "amount"),
        ("grant", {"amount": 10**16}, "amount"),
        ("grant", {"amount": 1, "key": ""}, "key"),
        ("grant", {"amount": 1, "key": "a\u0007"}, "key"),
        ("grant", {"amount": 1, "note": "n" * 501}, "note"),
        ("grant", {"amount": 1, "name": "user:bob"}, "name"),
        ("grant", {"amount": 1, "name": "user:"}, "name"),
        ("grant", {"amount": 1, "more": 1}, "more"),
        ("plan", {}, "plan"),
        ("plan", {"plan": 3}, "plan"),
        ("plan", [], ""),
    ],
)
async def test_what_an_operator_gets_wrong_is_named(client, desk, what, body, field):
    refused = await operate(client, what, body)
    assert refused.status_code == 400
    errors = (await refused.get_json())["error"]["details"]["errors"]
    assert field in [error["field"] for error in errors]
    assert desk.state.ledger.entries == ()


async def test_nobody_but_an_operator_grants(client):
    for what in ("grant", "plan"):
        path = f"/api/operator/desks/{KEY}/{what}"
        assert (await client.post(path, json={"amount": 5})).status_code == 401
        answer = await client.post(path, json={"amount": 5}, headers=bearer(token()))
        assert answer.status_code == 404
    assert (await operate(client, "grant", {"amount": 5}, "no-key")).status_code == 404
