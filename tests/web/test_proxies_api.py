"""A desk's pool of proxies over REST, in the native API and in BatchGo's words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.errors import InvalidSpec
from actors.ports.errands import ErrandReply, ErrandsBusy
from actors.ports.proxies import ProxyUse, scope_of
from state.views import desk_key
from tests.web.conftest import GUEST
from web.app import build_app

PROXIES = f"/api/desks/{GUEST}/proxies"
SESSION = {"X-Session-ID": GUEST}
CANARY = "canary5f3e-pool"
WHOLE = f"http://user:{CANARY}@b.example:8080"
MASKED = "http://***@b.example:8080"
SPELLINGS = ("/api/batchopen", "/api/v1/batchopen")


class Answers:
    """Errands whose ends are known, and how proxies fare."""

    server_proxies = 3

    def __init__(self):
        self.reply = ErrandReply(None, 200, b"")
        self.useless = None
        self.sent, self.greeted = [], []
        self.uses = {}

    async def send(self, errand):
        self.sent.append(errand)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    async def greet(self, desk, proxy, egress, timeout_s):
        self.greeted.append(proxy)
        if isinstance(self.useless, Exception):
            raise self.useless
        return self.useless

    def proxies_of(self, scope):
        return self.uses.get(scope, {})


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def client(deps, answers):
    return build_app(replace(deps, errands=answers, proxies=answers)).test_client()


async def put(client, *proxies):
    answer = await client.put(PROXIES, json={"proxies": list(proxies)})
    return answer.status_code, await answer.get_json()


async def check(client, address, path=f"{PROXIES}/check"):
    answer = await client.post(path, json={"address": address})
    return answer.status_code, await answer.get_json()


async def validate(client, address, spelling=SPELLINGS[0]):
    path = f"{spelling}/proxy-url-validate"
    answer = await client.post(path, json={"proxyUrl": address}, headers=SESSION)
    return answer.status_code, await answer.get_json()


def shown(answer):
    return [entry["address"] for entry in answer["proxies"]]


async def test_a_pool_is_replaced_and_shown_without_its_passwords(client, desk):
    status, answer = await put(client, "a.example:3128", WHOLE, "c.example:1:me:p@:w", WHOLE)
    assert status == 200
    assert shown(answer) == ["http://a.example:3128", MASKED, "http://***@c.example:1"]
    assert answer["server"] == {"count": 3, "benched": 0}
    (command,) = desk.asked
    assert sorted(command.secrets.values()) == ["http://me:p%40%3Aw@c.example:1", WHOLE]
    assert CANARY not in repr(desk.published)
    raw = await (await client.get(PROXIES)).get_data()
    assert CANARY.encode() not in raw


async def test_what_was_shown_may_be_sent_back(client, desk):
    other = WHOLE.replace("user", "other")
    await put(client, WHOLE, "a.example:1", other)
    before = desk.published.proxies
    status, answer = await put(client, MASKED, MASKED, "a.example:1")
    assert (status, shown(answer)) == (200, [MASKED, MASKED, "http://a.example:1"])
    assert desk.published.proxies == (before[0], before[2], before[1])
    assert desk.asked[-1].secrets == {}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("", 1),
        ("ftp://a.example:1", 1),
        ("a.example", 1),
        ("http://a.example:1/list", 1),
        ("http://a.example:99999", 1),
        (f"http://me:{CANARY}/x@a.example:1", 1),
        ("http://***@nobody.example:1", 1),
    ],
)
async def test_a_wrong_entry_is_named_and_not_quoted(client, desk, wrong, place):
    status, answer = await put(client, "a.example:1", wrong)
    assert status == 400
    (error,) = answer["error"]["details"]["errors"]
    assert (error["index"], error["field"]) == (place, "proxies")
    assert CANARY not in str(answer)
    assert desk.asked == []


@pytest.mark.parametrize(
    "body", [[], {}, {"proxies": "a"}, {"proxies": [1]}, {"proxies": [], "x": 1}]
)
async def test_a_body_of_another_shape_is_refused(client, desk, body):
    answer = await client.put(PROXIES, json=body)
    assert answer.status_code == 400
    assert desk.asked == []


async def test_more_than_a_desk_keeps_are_refused(with_settings, answers, desk):
    client = build_app(with_settings(max_proxies=1)).test_client()
    status, answer = await put(client, "a.example:1", "b.example:1")
    assert (status, answer["error"]["code"]) == (400, "invalid_request")


async def test_how_proxies_fare_is_shown_beside_them(client, desk, answers):
    await put(client, WHOLE, "a.example:1")
    key = desk.published.proxies[0].key
    answers.uses = {
        scope_of(desk_key(GUEST)): {key: ProxyUse(5, 2, 1_700_000_000.0)},
        "server": {"0": ProxyUse(1, 1, 1_700_000_000.0), "1": ProxyUse(1, 0)},
    }
    answer = await (await client.get(PROXIES)).get_json()
    first, second = answer["proxies"]
    assert (first["ok"], first["failed"]) == (5, 2)
    assert first["benched_until"].startswith("2023-11-14T22:13:20")
    assert (second["ok"], second["failed"], second["benched_until"]) == (0, 0, None)
    assert answer["server"] == {"count": 3, "benched": 1}


async def test_a_proxy_that_is_there_joins_the_pool(client, desk, answers):
    status, answer = await check(client, f" {WHOLE}/ ")
    assert (status, answer["valid"], answer["count"]) == (200, True, 1)
    assert answers.greeted == [WHOLE]
    assert [proxy.address for proxy in desk.published.proxies] == ["http://b.example:8080"]
    answers.useless = "connection refused by c.example:1"
    _, answer = await check(client, "http://c.example:1")
    assert (answer["valid"], answer["message"]) == (False, answers.useless)
    assert len(desk.published.proxies) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"# mine\r\n1.example:1\n\nhttp://2.example:2\nnonsense\n",
        b'["1.example:1", "http://2.example:2", 3]',
        b'{"proxies": ["1.example:1", "http://2.example:2", {}]}',
    ],
)
async def test_the_proxies_of_a_list_join_the_pool(client, desk, answers, data):
    answers.reply = ErrandReply(None, 200, data)
    _, answer = await check(client, "https://lists.example/get?key=1")
    assert (answer["valid"], answer["count"], answer["wrong"]) == (True, 2, 1)
    assert [each.address for each in desk.published.proxies] == [
        "http://1.example:1",
        "http://2.example:2",
    ]
    assert answers.sent[0].url == "https://lists.example/get?key=1"


@pytest.mark.parametrize(
    "reply",
    [
        ErrandReply("404 Not Found", 404, b"1.example:1"),
        ErrandReply(None, 200, b"<html>"),
        ErrandReply(None, 200, b"[]"),
        ErrandReply(None, 200, b"\xff\xfe" * 100),
        ErrandReply(None, 200, b"[" * 100_000),
        InvalidSpec("no"),
    ],
)
async def test_what_is_no_list_adds_nothing(client, desk, answers, reply):
    answers.reply = reply
    status, answer = await check(client, "https://lists.example/get")
    assert (status, answer["valid"], answer["count"]) == (200, False, 0)
    assert answer["message"]
    assert desk.asked == []


async def test_too_many_checks_at_once_are_told_to_wait(client, desk, answers):
    answers.useless = ErrandsBusy()
    status, answer = await check(client, "http://a.example:1")
    assert (status, answer["error"]["code"]) == (429, "too_many_requests")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_batchgo_validates_in_its_own_words(client, desk, answers, spelling):
    status, answer = await validate(client, WHOLE, spelling)
    assert status == 200
    assert (answer["success"], answer["valid"], answer["count"]) == (True, True, 1)
    assert answer["message"]
    answers.useless = "connection refused"
    status, answer = await validate(client, "http://c.example:1", spelling)
    assert (status, answer["success"], answer["valid"]) == (200, False, False)
    assert "connection refused" in answer["message"]
    listed = await client.get(f"{spelling}/proxies", headers=SESSION)
    body = await listed.get_json()
    assert [entry["proxy"] for entry in body["proxies"]] == [MASKED]
    assert CANARY not in str(body)


@pytest.mark.parametrize("body", [{}, {"proxyUrl": ""}, {"proxyUrl": 1}, {"proxyUrl": None}])
async def test_batchgo_names_the_field_that_is_missing(client, desk, body):
    path = "/api/batchopen/proxy-url-validate"
    answer = await client.post(path, json=body, headers=SESSION)
    told = await answer.get_json()
    assert (answer.status_code, told["error"]) == (400, "invalid_request")
    assert told["details"]["field"] == "proxyUrl"
