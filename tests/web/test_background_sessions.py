"""Whose desk a request of an older page is about, and what makes one of a client's own UUID."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest

from actors.errors import DeskUnavailable
from actors.settings import RotateLink
from state.views import desk_key, link_of
from tests.support.forged import bearer, token
from tests.support.old_page import BASE, OldPage, PageThrew, by_client
from tests.web.conftest import GUEST, OTHER_GUEST, make_auth
from tests.web.test_auth import SPELLINGS
from web.app import build_app

ORIGIN = "https://pages.example"
NEVER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
async def desks(deps):
    """Two guests' desks, a user's and `local`, by whom they are."""
    made = {"guest": GUEST, "other": OTHER_GUEST, "ann": "user:ann", "local": "local"}
    return {
        who: await deps.desks.create(desk_key(named), guest=who in ("guest", "other"))
        for who, named in made.items()
    }


async def asked(desks, client, path, **headers):
    """(whose desk it was, or None; the status). Stopping nothing leaves a note at the desk."""
    answer = await client.post(path, headers=headers)
    noted = [who for who, desk in desks.items() if desk.refused]
    for desk in desks.values():
        desk.refused.clear()
    assert len(noted) <= 1
    return (noted[0] if noted else None), answer.status_code


@pytest.mark.parametrize(
    ("prefix", "shown", "whose"),
    [
        ("", {"X-Session-ID": GUEST}, "guest"),
        ("", {"Cookie": "guest"}, "guest"),
        ("", {"Cookie": "guest", "X-Session-ID": OTHER_GUEST}, "other"),
        ("", bearer(token()), "ann"),
        ("", {}, None),
        ("", {"X-Session-ID": NEVER}, None),
        ("", {"X-Session-ID": "user:ann"}, None),
        ("", {"X-Session-ID": ""}, None),
        ("", {"X-Session-ID": NEVER, "Cookie": "guest"}, None),
        ("", {"Authorization": "Bearer x", "X-Session-ID": GUEST}, None),
        (f"/s/{GUEST}", {}, "guest"),
        (f"/uuid={GUEST}", {}, "guest"),
        (f"/s/{GUEST}", {"X-Session-ID": OTHER_GUEST}, "other"),
        (f"/uuid={GUEST}", {"X-Session-ID": NEVER}, None),
        (f"/s/{OTHER_GUEST}", {"Cookie": "guest"}, "other"),
        (f"/s/{NEVER}", {"Cookie": "guest"}, None),
        (f"/s/{GUEST}", bearer(token()), None),
        ("/s/local", {}, None),
        ("/s/user:ann", {}, None),
        (f"/uuid={GUEST.upper()}", {}, None),
    ],
)
async def test_who_asks(deps, desks, prefix, shown, whose):
    client = build_app(deps).test_client(use_cookies=False)
    if "Cookie" in shown:
        shown = {**shown, "Cookie": f"nightdesk={make_auth(deps).sign(GUEST)}"}
    found, status = await asked(desks, client, f"{prefix}{BASE}/stop", **shown)
    assert (found, status) == (whose, 200 if whose else 401)


@pytest.mark.parametrize(("prefix", "whose"), [("", "local"), ("/s/local", "local")])
async def test_a_loopback_install_needs_no_session(with_settings, desks, prefix, whose):
    client = build_app(with_settings(local_desk=True)).test_client(use_cookies=False)
    assert await asked(desks, client, f"{prefix}{BASE}/stop") == (whose, 200)
    refused = await asked(desks, client, f"{BASE}/stop", **{"X-Session-ID": NEVER})
    assert refused == (None, 401)


@pytest.mark.parametrize("spelling", [each for each in SPELLINGS if each.isprintable()])
async def test_one_spelling_of_a_uuid_is_a_session(deps, desks, spelling):
    client = build_app(deps).test_client(use_cookies=False)
    found, status = await asked(desks, client, f"{BASE}/stop", **{"X-Session-ID": spelling})
    assert (found, status) == (None, 401)


async def login(client, session_id):
    return await OldPage(by_client(client), session_id).call("POST", "/auth/guest_login")


async def test_a_page_s_own_uuid_becomes_a_desk_by_logging_in_and_by_nothing_else(deps):
    client, own = build_app(deps).test_client(), str(uuid4())
    page = OldPage(by_client(client), own)
    calls = [
        ("GET", f"{BASE}/status"),
        ("PUT", f"{BASE}/tasks"),
        ("POST", f"{BASE}/start"),
        ("POST", "/api/load_tasks"),
    ]
    for method, path in calls:
        with pytest.raises(PageThrew) as threw:
            await page.call(method, path, [])
        assert threw.value.status == 401
    assert (await page.call("POST", "/auth/check_uuid_type", {"uuid": own}))["uuid_type"] == (
        "unknown"
    )
    first = await page.call("POST", "/api/get_initial_data", [])
    assert first == {"success": True, "is_authenticated": False, "is_guest": False}
    assert deps.desks.desks == {}
    said = await login(client, own)
    assert (said["success"], said["session_id"], said["is_guest"]) == (True, own, True)
    assert list(deps.desks.desks) == [desk_key(own)]
    kind = await page.call("POST", "/auth/check_uuid_type", {"uuid": own})
    assert kind == {"success": True, "uuid_type": "guest"}
    assert (await page.call("POST", "/api/get_initial_data", []))["is_authenticated"] is True
    assert await page.status() is None


async def test_logging_in_again_changes_nothing_and_a_browser_comes_back_by_the_cookie(deps):
    client, own = build_app(deps).test_client(), str(uuid4())
    await login(client, own)
    desk = deps.desks.desks[desk_key(own)]
    revision = desk.revision
    await login(client, own)
    assert (list(deps.desks.desks), desk.revision) == ([desk_key(own)], revision)
    assert (await client.get(f"{BASE}/status")).status_code == 200


@pytest.mark.parametrize(
    "session_id",
    [None, "", "me", "local", "user:ann", NEVER.replace("-4333-", "-1333-"), NEVER[:-1], "A" * 36],
)
async def test_what_is_no_uuid_v4_makes_no_desk(deps, session_id):
    said = await login(build_app(deps).test_client(), session_id)
    assert (said["success"], said["error_code"]) == (False, "invalid_session")
    assert deps.desks.desks == {}


async def test_a_link_that_was_replaced_does_not_come_back_by_a_login(deps, desks):
    guest = desks["guest"]
    await guest.ask(RotateLink(link_of(NEVER), None))
    client = build_app(deps).test_client(use_cookies=False)
    said = await login(client, GUEST)
    assert (said["success"], said["error_code"]) == (False, "invalid_session")
    assert (await login(client, NEVER))["success"] is True
    assert len(deps.desks.desks) == len(desks)


async def test_making_desks_and_missing_them_are_counted(with_settings, desks):
    settings = {"new_desk_rate_per_s": 1.0, "new_desk_burst": 2, "miss_rate_per_s": 1.0}
    client = build_app(with_settings(**settings, miss_burst=2)).test_client()
    for _ in range(2):
        await login(client, str(uuid4()))
    with pytest.raises(PageThrew) as threw:
        await login(client, str(uuid4()))
    assert (threw.value.status, threw.value.body["error_code"]) == (429, "too_many_requests")
    assert (await login(client, GUEST))["success"] is True
    page = OldPage(by_client(client))
    asked = [("POST", "/auth/check_uuid_type", {"uuid": NEVER})] * 2
    for call in asked:
        assert (await page.call(*call))["uuid_type"] == "unknown"
    with pytest.raises(PageThrew) as threw:
        await page.call(*asked[0])
    assert threw.value.status == 429
    known = await page.call("POST", "/auth/check_uuid_type", {"uuid": GUEST})
    assert known["uuid_type"] == "guest"


@pytest.mark.parametrize("uuid", [None, 5, [], {}])
async def test_a_uuid_is_text(client, uuid):
    said = await OldPage(by_client(client)).call("POST", "/auth/check_uuid_type", {"uuid": uuid})
    assert (said["success"], said["error_code"]) == (False, "invalid_request")


async def test_a_page_of_another_origin_that_the_operator_named(with_settings, desks):
    client = build_app(with_settings(allow_origin=frozenset({ORIGIN}))).test_client()
    wanted = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-session-id",
    }
    answer = await client.options(f"{BASE}/start", headers=wanted)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"content-type", "x-session-id"} <= set(allowed)
    answer = await client.get(f"{BASE}/status", headers={"Origin": ORIGIN, "X-Session-ID": GUEST})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    answer = await client.get(f"{BASE}/status", headers={"Origin": ORIGIN, "X-Session-ID": NEVER})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Credentials"]) == (401, "true")


async def test_there_the_visitor_s_cookie_proves_nothing(with_settings, desks):
    deps = with_settings(allow_origin=frozenset({ORIGIN}))
    client = build_app(deps).test_client(use_cookies=False)
    cookie = {"Cookie": f"nightdesk={make_auth(deps).sign(GUEST)}"}
    assert (await asked(desks, client, f"{BASE}/stop", **cookie))[0] == "guest"
    own = {**cookie, "Origin": "http://localhost", "Host": "localhost"}
    assert (await asked(desks, client, f"{BASE}/stop", **own))[0] == "guest"
    foreign = {**cookie, "Origin": ORIGIN}
    assert await asked(desks, client, f"{BASE}/stop", **foreign) == (None, 401)
    answer = await client.post(
        "/auth/guest_login", headers={"Origin": ORIGIN, "X-Session-ID": GUEST}
    )
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


async def test_credentials_are_for_these_paths_alone(with_settings, desks):
    client = build_app(with_settings(allow_origin=frozenset({ORIGIN}))).test_client()
    for path in ("/api/desks", f"/api/desks/{GUEST}", "/api/sample", "/healthz"):
        answer = await client.get(path, headers={"Origin": ORIGIN})
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_an_expired_token_is_a_bad_session(deps, desks):
    now = int(time.time())
    page = OldPage(by_client(build_app(deps).test_client()), **bearer(token(exp=now - 1, iat=0)))
    with pytest.raises(PageThrew) as threw:
        await page.status()
    assert (threw.value.status, threw.value.body["error_code"]) == (401, "unauthorized")


async def test_a_desk_that_cannot_be_read_is_no_bad_session(deps, desks):
    """Whoever is told 401 throws the session away."""
    deps.desks.failure = DeskUnavailable("parked")
    with pytest.raises(PageThrew) as threw:
        await OldPage(by_client(build_app(deps).test_client()), GUEST).status()
    assert threw.value.status == 503
