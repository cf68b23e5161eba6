"""A desk's address is replaced: the old one is the 404 of a desk that never was, in every place."""

from __future__ import annotations

import uuid

import pytest
import trio
from quart.testing.connections import WebsocketResponseError

from actors.settings import RotateLink
from state.model import JobStatus
from state.views import desk_key, link_of
from tests.support.forged import bearer, token
from tests.web.conftest import GUEST, OTHER_GUEST, make_auth
from tests.web.test_desk_routes import make_job
from tests.web.test_stream import closed_with, frame
from web.app import build_app
from web.auth import guest
from web.ids import is_canonical

HERE = f"/api/desks/{GUEST}"
ROTATE = f"{HERE}/rotate-link"
KEY = {"Idempotency-Key": "k" * 32}


async def rotated(client, **headers):
    response = await client.post(ROTATE, headers=headers)
    assert response.status_code == 200
    return (await response.get_json())["desk_id"]


def shown(deps, link, means):
    """(the path's desk, headers) that show the link in that place."""
    match means:
        case "path":
            return link, {}
        case "session":
            return "me", {"X-Session-ID": link}
        case "cookie":
            return "me", {"Cookie": f"nightdesk={make_auth(deps).sign(link)}"}


async def test_the_answer_is_a_new_address_of_the_servers_making(client, desk):
    answer = await (await client.post(ROTATE)).get_json()
    assert is_canonical(answer["desk_id"])
    assert answer["desk_id"] != GUEST
    assert answer["url"] == f"http://localhost/s/{answer['desk_id']}"
    assert answer["durable"] is True
    assert answer["revision"] == desk.revision


async def test_the_same_desk_with_all_it_has_is_behind_the_new_address(client, desk):
    made = await make_job(client, start=True)
    desk.move(made["job"]["id"], JobStatus.RUNNING)
    before = await (await client.get(HERE)).get_json()
    new = await rotated(client)
    after = await (await client.get(f"/api/desks/{new}")).get_json()
    assert after["jobs"] == before["jobs"]
    assert desk.key == desk_key(GUEST)
    assert "link" not in after


ASKED = [
    ("GET", ""),
    ("GET", "/jobs"),
    ("GET", "/jobs/{job}"),
    ("GET", "/jobs/{job}/items"),
    ("GET", "/jobs/{job}/log"),
    ("GET", "/jobs/{job}/export"),
    ("GET", "/audit"),
    ("GET", "/egress"),
    ("GET", "/ledger"),
    ("POST", "/jobs/{job}/start"),
    ("POST", "/acknowledge"),
    ("POST", "/rotate-link"),
    ("DELETE", "/jobs/{job}"),
]


@pytest.mark.parametrize(("method", "rest"), ASKED)
@pytest.mark.parametrize("means", ["path", "session", "cookie"])
async def test_the_old_link_is_byte_for_byte_what_never_was(
    deps, client, desk, means, method, rest
):
    job = (await make_job(client))["job"]["id"]
    await rotated(client)
    told = []
    for link in (GUEST, OTHER_GUEST):
        name, headers = shown(deps, link, means)
        path = f"/api/desks/{name}{rest.format(job=job)}"
        response = await client.open(path, method=method, headers=headers)
        fields = [(key, value) for key, value in response.headers if key != "date"]
        told.append((response.status_code, await response.get_data(), sorted(fields)))
    assert told[0] == told[1]
    assert told[0][0] == 404
    assert desk.published.jobs[job].job.status is JobStatus.PENDING


@pytest.mark.parametrize("means", ["path", "session", "cookie"])
async def test_what_a_poller_knows_already_is_not_confirmed(deps, client, desk, means):
    name, headers = shown(deps, GUEST, means)
    for status in (304, 404):
        known = {"If-None-Match": f'"{desk.revision}"', **headers}
        assert (await client.get(f"/api/desks/{name}", headers=known)).status_code == status
        if status == 304:
            await rotated(client)


async def test_the_pages_of_the_old_link_are_those_of_no_desk(client, desk):
    new = await rotated(client)
    browser = {"Accept": "text/html"}
    for path in (f"/s/{GUEST}", f"/s/{GUEST}/jobs/1"):
        response = await client.get(path, headers=browser)
        assert response.status_code == 404
        assert "Set-Cookie" not in response.headers
    assert (await client.get(f"/s/{new}", headers=browser)).status_code == 200


async def test_sockets_of_the_old_link_are_closed_and_those_of_the_new_are_not(
    client, desk, autojump_clock
):
    async with client.websocket(f"{HERE}/stream") as old:
        await frame(old)
        began = trio.current_time()
        new = await rotated(client)
        assert await closed_with(old) == 1008
        assert trio.current_time() - began <= 1
    async with client.websocket(f"{HERE}/stream") as old:
        with pytest.raises(WebsocketResponseError) as refused:
            await old.receive()
    assert refused.value.response.status_code == 404
    async with client.websocket(f"/api/desks/{new}/stream") as socket:
        assert (await frame(socket))["type"] == "snapshot"
    assert desk.subscribers == 0


async def test_a_long_poll_of_the_old_link_is_answered_404_at_once(client, desk, autojump_clock):
    answers = []

    async def poll():
        response = await client.get(f"{HERE}?after={desk.revision}&wait=50")
        answers.append((response.status_code, trio.current_time()))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(poll)
        await trio.sleep(5)
        began = trio.current_time()
        await rotated(client)
    assert answers[0][0] == 404
    assert answers[0][1] - began <= 1


async def test_a_browser_that_came_by_its_cookie_gets_one_of_the_new_link(deps, client, desk):
    auth = make_auth(deps)
    cookie = f"nightdesk={auth.sign(GUEST)}"
    response = await client.post("/api/desks/me/rotate-link", headers={"Cookie": cookie})
    new = (await response.get_json())["desk_id"]
    set_cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    value = set_cookie.partition("=")[2].partition(";")[0]
    assert auth.unsign(value).session_id == new


@pytest.mark.parametrize("cookie", [None, OTHER_GUEST], ids=["none", "of another desk"])
async def test_no_other_browser_is_given_a_cookie(deps, client, desk, cookie):
    headers = {} if cookie is None else {"Cookie": f"nightdesk={make_auth(deps).sign(cookie)}"}
    response = await client.post(ROTATE, headers=headers)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


async def test_the_same_key_with_the_old_link_is_told_the_same_address(client, desk):
    first = await (await client.post(ROTATE, headers=KEY)).get_json()
    again = await (await client.post(ROTATE, headers=KEY)).get_json()
    assert again == first
    asked = [command for command in desk.asked if isinstance(command, RotateLink)]
    assert len(asked) == 1
    assert uuid.UUID(first["desk_id"]).version == 4


async def test_a_cookie_lost_with_the_answer_comes_with_the_repetition(deps, client, desk):
    headers = {"Cookie": f"nightdesk={make_auth(deps).sign(GUEST)}", **KEY}
    for _ in range(2):
        response = await client.post("/api/desks/me/rotate-link", headers=headers)
        assert response.status_code == 200
        assert "Set-Cookie" in response.headers


@pytest.mark.parametrize(
    "key",
    [{}, {"Idempotency-Key": "l" * 32}, {"Idempotency-Key": "k" * 31}],
    ids=["none", "another", "a part of it"],
)
async def test_without_the_very_key_the_old_link_leads_nowhere(client, desk, key):
    await client.post(ROTATE, headers=KEY)
    assert (await client.post(ROTATE, headers=key)).status_code == 404


async def test_the_key_leads_no_further_than_to_a_link_that_holds(client, desk):
    new = (await (await client.post(ROTATE, headers=KEY)).get_json())["desk_id"]
    await client.post(f"/api/desks/{new}/rotate-link")
    assert (await client.post(ROTATE, headers=KEY)).status_code == 404


@pytest.mark.parametrize("key", ["k", "k" * 19, "k" * 201, "kéy" * 10])
async def test_a_key_that_could_be_guessed_is_refused(client, desk, key):
    response = await client.post(ROTATE, headers={"Idempotency-Key": key})
    assert response.status_code == 400
    assert (await client.get(HERE)).status_code == 200


async def test_a_desk_that_is_opened_in_another_way_has_no_address(with_settings):
    client = build_app(with_settings(local_desk=True)).test_client()
    for path, headers in (
        ("/api/desks/local/rotate-link", {}),
        ("/api/desks/me/rotate-link", {}),
        ("/api/desks/me/rotate-link", bearer(token())),
    ):
        response = await client.post(path, headers=headers)
        assert response.status_code == 409
        assert (await response.get_json())["error"]["code"] == "no_link"


async def test_an_operator_gives_a_desk_whose_address_is_lost_another(deps, client, desk):
    operator = bearer(token(admin=True))
    path = f"/api/operator/desks/{desk.key}/rotate-link"
    new = (await (await client.post(path, headers=operator)).get_json())["desk_id"]
    assert (await client.get(HERE)).status_code == 404
    assert (await client.get(f"/api/desks/{new}")).status_code == 200
    again = (await (await client.post(path, headers=operator)).get_json())["desk_id"]
    assert (await client.get(f"/api/desks/{new}")).status_code == 404
    assert (await client.get(f"/api/desks/{again}")).status_code == 200


async def test_what_an_operator_cannot_rotate(deps, client):
    operator = bearer(token(admin=True))
    await deps.desks.create(desk_key("user:alice"), guest=False)
    for key, status in (
        (desk_key("user:alice"), 409),
        (desk_key("nobody"), 404),
        (desk_key("nobody")[:8], 404),
        (GUEST, 404),
        ("A" * 64, 404),
    ):
        path = f"/api/operator/desks/{key}/rotate-link"
        assert (await client.post(path, headers=operator)).status_code == status, key


async def test_the_hash_of_a_desk_is_no_proof(client, desk):
    path = f"/api/operator/desks/{desk.key}/rotate-link"
    assert (await client.post(path)).status_code == 401
    assert (await client.post(path, headers=bearer(token()))).status_code == 404
    assert (await client.get(HERE)).status_code == 200


async def test_a_chosen_id_is_refused(client, desk):
    response = await client.post(ROTATE, json={"desk_id": OTHER_GUEST})
    assert response.status_code == 400
    assert (await client.get(HERE)).status_code == 200


async def test_the_new_link_is_nowhere_but_in_the_answer(deps, client, desk, captured):
    new = await rotated(client, **KEY)
    await client.get(f"/api/desks/{new}")
    assert new not in repr([*captured.calls, desk.state, desk.asked, desk.callers])
    assert desk.state.link == link_of(new)
    assert guest(new, "link").who == link_of(new)[:16]
