"""BatchGo's token paths: what they answer in both spellings, and holds that are no charge."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.tokens import GrantTokens, HoldTokens
from state.views import desk_key
from tests.support.forged import bearer, token
from web.app import build_app
from web.dialects.batchgo.features import read_wanted
from web.errors import WebError
from web.prices import Prices

CONSUME = {
    "feature": "BATCHOPEN", "operation": "silent_batch_open", "tokens": 10, "itemCount": 10,
    "description": "10 visits",
}  # fmt: skip
PATHS = ["/api/v1/tokens", "/api/user/tokens"]
price = Prices().price_of


@pytest.fixture
async def ann(deps):
    return await deps.desks.create(desk_key("user:ann"), guest=False)


@pytest.fixture
def ask(client, ann):
    async def send(method, path, status=200, headers=(), **more):
        answer = await client.open(
            path, method=method, headers={**bearer(token()), **dict(headers)}, **more
        )
        told = await answer.get_json()
        assert answer.status_code == status, told
        return told, answer.headers

    return send


def holds(desk):
    return [(hold.feature, hold.amount) for hold in desk.published.ledger.holds]


@pytest.mark.parametrize("base", PATHS)
async def test_a_balance_is_at_top_level_and_under_data(ask, base):
    told, _ = await ask("GET", f"{base}/balance")
    assert (told["success"], told["code"]) == (True, 0)
    assert told["balance"] == told["data"]["balance"] == 10_000
    assert told["held"] == 0


@pytest.mark.parametrize("base", PATHS)
async def test_a_consume_is_a_hold_and_no_charge(ask, ann, base):
    told, headers = await ask("POST", f"{base}/consume", json=CONSUME)
    assert (told["consumed"], told["remainingBalance"]) == (10, 9_990)
    assert (told["consumed_tokens"], told["new_balance"]) == (10, 9_990)
    assert told["data"]["consumed"] == 10
    assert (headers["X-Tokens-Consumed"], headers["X-Tokens-Balance"]) == ("10", "9990")
    assert holds(ann) == [("silent", 10)]
    assert ann.asked[-1].ttl_s == 300.0
    balance, _ = await ask("GET", f"{base}/balance")
    assert (balance["balance"], balance["held"], balance["total"]) == (9_990, 10, 10_000)
    assert balance["spent"] == 0


async def test_the_other_spelling_pays_by_the_tariff(ask, ann):
    body = {"service": "batchgo", "action": "autoclick", "quantity": 7, "reference": "task-1"}
    told, _ = await ask("POST", "/api/v1/tokens/consume", json=body)
    assert (told["consumed_tokens"], told["new_balance"]) == (14, 9_986)
    assert holds(ann) == [("autoclick", 14)]


async def test_a_key_is_replayed_and_not_held_twice(ask, ann):
    first, _ = await ask(
        "POST", "/api/user/tokens/consume", json=CONSUME, headers={"Idempotency-Key": "one"}
    )
    again, _ = await ask(
        "POST", "/api/user/tokens/consume", json=CONSUME, headers={"Idempotency-Key": "one"}
    )
    assert first == again
    assert holds(ann) == [("silent", 10)]
    other = {**CONSUME, "tokens": 11}
    refused, _ = await ask(
        "POST", "/api/user/tokens/consume", 409, json=other, headers={"Idempotency-Key": "one"}
    )
    assert refused["error"] == "idempotency_conflict"
    await ask("POST", "/api/user/tokens/consume", json=other, headers={"Idempotency-Key": "two"})
    assert holds(ann) == [("silent", 10), ("silent", 11)]


async def test_too_few_are_402_with_what_is_needed_and_there(ask, ann):
    body = {**CONSUME, "tokens": 10_001, "itemCount": 10_001}
    told, _ = await ask("POST", "/api/user/tokens/consume", 402, json=body)
    assert (told["success"], told["error"]) == (False, "insufficient_tokens")
    assert (told["required"], told["balance"]) == (10_001, 10_000)
    assert isinstance(told["message"], str)
    assert holds(ann) == []


async def test_a_hold_comes_back_after_five_minutes(deps, ann):
    await ann.ask(HoldTokens(10, "silent", "k"))
    (hold,) = ann.published.ledger.holds
    for later_s, free in ((299, 9_990), (301, 10_000)):
        at = hold.at + later_s
        client = build_app(replace(deps, now=lambda at=at: at)).test_client()
        fresh = bearer(token(iat=int(hold.at), exp=int(hold.at) + 86_400))
        answer = await client.get("/api/v1/tokens/balance", headers=fresh)
        assert (await answer.get_json())["balance"] == free


@pytest.mark.parametrize("how", ["query", "body"])
async def test_a_check_says_whether_there_is_enough(ask, ann, how):
    async def check(**asked):
        more = {"query_string": asked} if how == "query" else {"json": asked}
        told, _ = await ask("GET" if how == "query" else "POST", "/api/v1/tokens/check", **more)
        assert told["data"]["sufficient"] is told["sufficient"]
        return told["sufficient"], told["required"], told["balance"], told["quantity"]

    assert await check(service="batchgo", action="silent", quantity=10_000) == (
        True, 10_000, 10_000, 10_000,
    )  # fmt: skip
    assert await check(service="batchgo", action="autoclick", quantity=5_001) == (
        False, 10_002, 10_000, 5_001,
    )  # fmt: skip
    await ann.ask(HoldTokens(4_000, "silent", "k"))
    assert (await check(feature="BATCHOPEN", operation="silent", tokens=10_000))[0] is True
    assert (await check(feature="BATCHOPEN", operation="basic", tokens=10_000))[0] is False


async def test_transactions_are_told_newest_first_with_what_was_left(ask, ann):
    for number in (1, 2):
        await ann.ask(GrantTokens(number, f"k{number}", f"gift {number}"))
    told, _ = await ask("GET", "/api/v1/tokens/transactions?page=1&size=2")
    assert [(entry["amount"], entry["balance"]) for entry in told["transactions"]] == [
        (2, 10_003), (1, 10_001),
    ]  # fmt: skip
    assert told["transactions"] == told["data"]
    newest = told["transactions"][0]
    assert (newest["type"], newest["description"], newest["task_id"]) == ("credit", "gift 2", None)
    assert (told["total"], told["page"], told["size"]) == (3, 1, 2)
    by_offset, _ = await ask("GET", "/api/v1/tokens/transactions?limit=5&offset=2")
    assert [entry["id"] for entry in by_offset["transactions"]] == ["opening"]
    assert by_offset["pagination"] == {"total": 3, "limit": 5, "offset": 2}


async def test_stats_say_what_is_put_aside(ask, ann):
    await ann.ask(HoldTokens(10, "silent", "k"))
    told, _ = await ask("GET", "/api/v1/tokens/stats")
    assert [(hold["feature"], hold["amount"]) for hold in told["holds"]] == [("silent", 10)]
    assert (told["granted"], told["spent"], told["held"]) == (10_000, 0, 10)


async def test_all_three_versions_are_open(ask):
    told, _ = await ask("GET", "/api/user/subscription/limits")
    assert told["limits"]["batchopen"]["versions"] == ["basic", "silent", "autoclick"]
    assert told["limits"]["batchopen"]["maxUrls"] == 100_000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "operation"),
        ({"operation": "siterank_query", "tokens": 1}, "operation"),
        ({"operation": "silent"}, "tokens"),
        ({"operation": "silent", "tokens": 0}, "tokens"),
        ({"operation": "silent", "tokens": -5}, "tokens"),
        ({"operation": "silent", "tokens": 1.5}, "tokens"),
        ({"operation": "silent", "tokens": True}, "tokens"),
        ({"operation": "silent", "tokens": "10"}, "tokens"),
        ({"operation": "silent", "tokens": 2**60}, "tokens"),
        ({"operation": "silent", "itemCount": -1}, "itemCount"),
        ({"operation": "silent", "quantity": 1, "itemCount": 2}, "itemCount"),
        ({"operation": "silent", "tokens": 1, "user_id": "eve"}, "user_id"),
        ({"operation": {"$ne": 1}, "tokens": 1}, "operation"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_named(ask, ann, body, field):
    told, _ = await ask("POST", "/api/v1/tokens/consume", 400, json=body)
    assert told["error"] == "invalid_request"
    assert told["details"]["field"] == field
    assert holds(ann) == []


@pytest.mark.parametrize("data", [b"[1]", b"{", b'{"tokens":NaN}', b'{"a":1,"a":2}', b'"x"'])
async def test_a_body_that_is_no_object_is_refused(ask, data):
    headers = {"Content-Type": "application/json"}
    told, _ = await ask("POST", "/api/v1/tokens/consume", 400, data=data, headers=headers)
    assert told["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("words", "feature"),
    [
        ({"operation": "silent_batch_open", "tokens": 20, "itemCount": 10}, "silent"),
        ({"operation": "silent_batch_open", "tokens": 10, "itemCount": 10}, "silent"),
        ({"operation": "basic_batch_open", "tokens": 20, "itemCount": 10}, "basic"),
        ({"operation": "puppeteer_open", "tokens": 1}, "silent"),
        ({"service": "AUTOCLICK", "tokens": 1}, "autoclick"),
        ({"feature": "BATCHOPEN_BASIC", "operation": "open", "tokens": 1}, "basic"),
    ],
    ids=str,
)
def test_the_words_of_clients_name_the_feature_that_will_be_started(words, feature):
    assert read_wanted(words, price).feature == feature


def test_a_browser_costs_its_own_price():
    wanted = read_wanted({"operation": "puppeteer_open", "quantity": 3}, price)
    assert (wanted.feature, wanted.tokens) == ("silent", 6)


def test_what_nothing_costs_needs_no_tokens():
    free = Prices(by_feature={"silent": 0}).price_of
    assert read_wanted({"operation": "silent", "quantity": 3}, free).tokens == 0
    with pytest.raises(WebError):
        read_wanted({"operation": "silent", "tokens": 0}, free)
