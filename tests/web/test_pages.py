"""The page: how a browser gets to its desk, what it is given, and what nobody is."""

from __future__ import annotations

from json import loads

import brotli
import pytest
from msgspec.structs import replace

from state.views import desk_key
from tests.web.conftest import GUEST, OTHER_GUEST
from web.app import build_app
from web.page_files import load_page

HTML = {"Accept": "text/html,application/xhtml+xml"}


def cookie_of(answer) -> str:
    return answer.headers["Set-Cookie"]


async def test_a_browser_gets_a_desk_of_its_own_and_keeps_it(client, deps):
    first = await client.get("/", headers=HTML)
    assert first.status_code == 303
    place = first.headers["Location"]
    page = await client.get(place, headers=HTML)
    assert page.status_code == 200
    again = await client.get("/", headers=HTML)
    assert again.headers["Location"] == place
    assert len(deps.desks.desks) == 1


async def test_a_cookie_of_a_desk_that_is_gone_leads_to_a_new_one(client, deps, desk):
    await client.get(f"/s/{GUEST}", headers=HTML)
    deps.desks.desks.clear()
    answer = await client.get("/", headers=HTML)
    assert answer.status_code == 303
    assert GUEST not in answer.headers["Location"]


async def test_others_are_told_where_the_docs_are(client, deps):
    answer = await client.get("/")
    assert answer.status_code == 200
    assert "/docs" in (await answer.get_data()).decode()
    assert (await client.head("/", headers=HTML)).status_code == 200
    assert deps.desks.desks == {}


async def test_the_cookie_is_kept_from_scripts_and_other_sites(client, desk):
    cookie = cookie_of(await client.get(f"/s/{GUEST}", headers=HTML))
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


async def test_the_cookie_opens_the_desk_as_me(client, desk):
    await client.get(f"/s/{GUEST}", headers=HTML)
    assert (await client.get("/api/desks/me")).status_code == 200


async def test_the_shell_is_the_same_for_every_desk(client, deps, desk):
    await deps.desks.create(desk_key(OTHER_GUEST))
    shells = [
        await (await client.get(path, headers=HTML)).get_data()
        for path in (f"/s/{GUEST}", f"/s/{OTHER_GUEST}", f"/s/{GUEST}/jobs/some-job")
    ]
    assert shells == [b"<!doctype html><title>shell</title>"] * 3


async def test_an_unknown_desk_s_page_is_404_and_says_so(client, deps):
    page = await client.get(f"/s/{GUEST}", headers=HTML)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "Set-Cookie" not in page.headers
    other = await client.get(f"/s/{GUEST}")
    assert (other.status_code, other.mimetype) == (404, "application/json")
    assert deps.desks.desks == {}


async def test_the_local_page_is_there_where_it_is_on(client, with_settings):
    assert (await client.get("/s/local", headers=HTML)).status_code == 404
    local = build_app(with_settings(local_desk=True)).test_client()
    page = await local.get("/s/local", headers=HTML)
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("path", ["/{}", "/uuid={}"])
async def test_other_addresses_lead_to_the_page(client, desk, path):
    answer = await client.get(path.format(GUEST), headers=HTML)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/s/{GUEST}")


async def test_files_are_revalidated_by_their_hash(client):
    answer = await client.get("/page/app/main.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = await client.get("/page/app/main.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, await again.get_data()) == (304, b"")


@pytest.mark.parametrize(
    "path", ["../conftest.py", "README.md", "%2e%2e/x", "app", "", "/etc/passwd", "app/main.js%00"]
)
async def test_nothing_else_is_served(client, path):
    assert (await client.get(f"/page/{path}")).status_code == 404


def test_a_page_without_a_shell_is_refused_at_start(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_page(tmp_path)


async def test_a_large_sample_comes_compressed(deps):
    items = [f"http://127.0.0.1:8400/pages/{number}" for number in range(500)]
    client = build_app(replace(deps, sample_items=items)).test_client()
    plain = await client.get("/api/sample")
    assert "Content-Encoding" not in plain.headers
    packed = await client.get("/api/sample", headers={"Accept-Encoding": "gzip, br"})
    assert (packed.headers["Content-Encoding"], packed.mimetype) == ("br", "application/json")
    data = await packed.get_data()
    assert len(data) < 3000
    assert brotli.decompress(data) == await plain.get_data()
    assert loads(brotli.decompress(data))["items"] == items


async def test_the_sample_is_there_where_there_is_one(client):
    sample = await (await client.get("/api/sample")).get_json()
    assert sample == {"items": [], "journeys": [], "available": False}
