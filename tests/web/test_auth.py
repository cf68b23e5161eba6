"""Who is asking: the rules in their order. Tokens are `test_tokens`, the routes `test_access`."""

from __future__ import annotations

import time

import pytest

from state.views import desk_key
from tests.support.forged import bearer, token
from tests.web.conftest import GUEST, OTHER_GUEST, make_auth
from web.app import build_app
from web.errors import WebError


def test_a_token_names_its_user_s_desk(auth):
    ends_at = int(time.time()) + 60
    asker = auth.identify("me", bearer(token(exp=ends_at)), None)
    assert asker.session_id == "user:ann"
    assert asker.may_create
    assert asker.expires_at == ends_at


def test_the_rules_apply_in_their_order(auth):
    cookie = auth.sign(OTHER_GUEST)
    everything = {**bearer(token()), "x-session-id": GUEST}
    assert auth.identify("me", everything, cookie).session_id == "user:ann"
    assert auth.identify("me", {"x-session-id": GUEST}, cookie).session_id == GUEST
    assert auth.identify("me", {}, cookie).session_id == OTHER_GUEST
    assert auth.identify(GUEST, {"x-session-id": OTHER_GUEST}, cookie).session_id == GUEST
    with pytest.raises(WebError, match="nobody is asking"):
        auth.identify("me", {}, None)
    with pytest.raises(WebError) as caught:
        auth.identify("local", {}, None)
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("desk", [GUEST, "local", "user:ann", "x"])
def test_a_token_opens_its_own_desk_and_by_no_other_name(auth, desk):
    with pytest.raises(WebError) as caught:
        auth.identify(desk, bearer(token()), None)
    assert caught.value.code == "not_found"


def test_a_bad_token_is_not_forgiven_for_what_else_is_there(auth):
    with pytest.raises(WebError):
        auth.identify("me", {**bearer("x"), "x-session-id": GUEST}, auth.sign(GUEST))


def test_the_local_desk_is_asked_for_where_it_is_on(deps):
    auth = make_auth(deps, local_desk=True)
    assert auth.identify("local", {}, None).session_id == "local"
    assert auth.identify("me", {}, None).session_id == "local"


@pytest.mark.parametrize("value", ["", "x", GUEST, '"0f8f.abc"'])
def test_a_cookie_that_we_did_not_sign_is_none(auth, value):
    assert auth.unsign(value) is None
    assert auth.unsign(auth.sign(GUEST)).session_id == GUEST
    assert auth.unsign(auth.sign(GUEST)[:-1]) is None


SPELLINGS = [
    GUEST.upper(),
    GUEST.replace("-", ""),
    f"{{{GUEST}}}",
    f"urn:uuid:{GUEST}",
    GUEST.title(),
    f" {GUEST}",
    f"{GUEST}\n",
    GUEST.replace("0", "０"),
    GUEST.replace("-", "", 1),
    "user:ann",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_only_the_canonical_spelling_of_an_id_names_a_desk(client, desk, auth, spelling):
    for path in ("/api/desks/{}", "/s/{}", "/{}", "/uuid={}"):
        answer = await client.get(path.format(spelling))
        assert answer.status_code == 404
    with pytest.raises(WebError):
        auth.identify("me", {"x-session-id": spelling}, None)


async def test_an_unknown_guest_is_404_and_nothing_is_created(client, deps):
    for method, path in [
        ("GET", f"/api/desks/{OTHER_GUEST}"),
        ("POST", f"/api/desks/{OTHER_GUEST}/jobs"),
        ("GET", f"/s/{OTHER_GUEST}"),
    ]:
        answer = await client.open(path, method=method, json={"kind": "fetch", "items": []})
        assert answer.status_code == 404
    assert deps.desks.desks == {}


async def test_a_user_s_desk_is_made_at_first_use(client, deps):
    answer = await client.get("/api/desks/me", headers=bearer(token()))
    assert answer.status_code == 200
    assert list(deps.desks.desks) == [desk_key("user:ann")]


async def test_the_local_desk_is_made_at_first_use(with_settings):
    deps = with_settings(local_desk=True)
    client = build_app(deps).test_client()
    assert (await client.get("/api/desks/local")).status_code == 200
    assert list(deps.desks.desks) == [desk_key("local")]
