"""A desk's lists of domains over REST."""

from __future__ import annotations

import json

import pytest

from actors.settings import SetEgress
from state.model import EgressLists
from tests.web.conftest import GUEST
from web.app import build_app

EGRESS = f"/api/desks/{GUEST}/egress"


async def put(client, document, **options):
    answer = await client.put(EGRESS, json=document, **options)
    return answer.status_code, await answer.get_json()


async def test_a_new_desk_has_empty_lists(client, desk):
    answer = await client.get(EGRESS)
    seen = await answer.get_json()
    assert seen == {"allow": [], "deny": [], "revision": desk.revision, "durable": True}
    known = {"If-None-Match": answer.headers["ETag"]}
    assert (await client.get(EGRESS, headers=known)).status_code == 304


async def test_the_document_is_replaced_in_one_spelling(client, desk):
    before = desk.revision
    document = {
        "allow": ["Example.COM.", "example.com", "BÜCHER.example"],
        "deny": ["*.ads.example"],
    }
    status, answer = await put(client, document)
    kept = {"allow": ["example.com", "xn--bcher-kva.example"], "deny": ["*.ads.example"]}
    assert (status, answer) == (200, {**kept, "revision": desk.revision, "durable": True})
    assert desk.revision > before
    assert desk.asked == [SetEgress(EgressLists(tuple(kept["allow"]), tuple(kept["deny"])))]
    assert await (await client.get(EGRESS)).get_json() == answer
    _, answer = await put(client, {"allow": [], "deny": []})
    assert (answer["allow"], answer["deny"]) == ([], [])


@pytest.mark.parametrize(
    ("document", "field", "index"),
    [
        ([], "body", None),
        ({}, "allow", None),
        ({"allow": []}, "deny", None),
        ({"allow": [], "deny": [], "more": 1}, "more", None),
        ({"allow": "example.com", "deny": []}, "allow", None),
        ({"allow": None, "deny": []}, "allow", None),
        ({"allow": {"a": 1}, "deny": []}, "allow", None),
        ({"allow": [], "deny": [1]}, "deny", 0),
        ({"allow": ["ok.example", None], "deny": []}, "allow", 1),
        ({"allow": [["a.example"]], "deny": []}, "allow", 0),
        ({"allow": ["http://a.example"], "deny": []}, "allow", 0),
        ({"allow": [""], "deny": []}, "allow", 0),
        ({"allow": ["<img src=x>"], "deny": []}, "allow", 0),
        ({"allow": ["\u202eexample"], "deny": []}, "allow", 0),
        ({"allow": [], "deny": ["x" * 100_000]}, "deny", 0),
    ],
)
async def test_what_is_refused(client, desk, document, field, index):
    status, answer = await put(client, document)
    assert (status, answer["error"]["code"]) == (400, "invalid_request")
    first = answer["error"]["details"]["errors"][0]
    assert (first["field"], first["index"]) == (field, index)
    assert len(answer["error"]["message"]) < 1_000
    assert desk.asked == []


async def test_the_number_of_names_at_its_edge(client, desk, deps):
    most = deps.settings.max_egress_names
    names = [f"{number}.example" for number in range(most + 1)]
    assert (await put(client, {"allow": names[:-1], "deny": names[:-1]}))[0] == 200
    status, answer = await put(client, {"allow": [], "deny": names})
    assert (status, answer["error"]["details"]["errors"][0]["field"]) == (400, "deny")


async def test_all_that_is_wrong_is_said_up_to_a_bound(client, desk):
    _, answer = await put(client, {"allow": ["a b"] * 5, "deny": ["c d"] * 500})
    assert len(answer["error"]["details"]["errors"]) == 100


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_form_of_another_site_changes_nothing(client, desk, kind):
    body = json.dumps({"allow": [], "deny": []})
    answer = await client.put(EGRESS, data=body, headers={"Content-Type": kind})
    assert (answer.status_code, desk.asked) == (415, [])


async def test_a_foreign_origin_changes_nothing(client, desk):
    document = {"allow": [], "deny": []}
    assert (await put(client, document, headers={"Origin": "https://evil.example"}))[0] == 403
    assert desk.asked == []


async def test_a_preflight_of_a_listed_origin_knows_put(with_settings, desk):
    deps = with_settings(allow_origin=frozenset({"https://a.example"}))
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    answer = await build_app(deps).test_client().options(EGRESS, headers=headers)
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"].split(", ")
