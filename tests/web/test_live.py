"""The live view: a picture of the page that an item is on, while somebody asks for it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.ports import LiveFrame
from state.views import desk_key
from tests.web.conftest import GUEST
from tests.web.test_desk_routes import make_job
from web.app import build_app

JPEG = b"\xff\xd8\xff\xe0 a picture"


class ScriptedView:
    """A LiveView that notes what it was asked for."""

    def __init__(self):
        self.asked = []
        self.shown = None

    def frame(self, desk, job_id, index=None):
        self.asked.append((desk, job_id, index))
        return self.shown


@pytest.fixture
def view():
    return ScriptedView()


@pytest.fixture
def client(deps, view):
    return build_app(replace(deps, live=view)).test_client()


@pytest.fixture
async def url(client, desk):
    job_id = (await make_job(client))["job"]["id"]
    return f"/api/desks/{GUEST}/jobs/{job_id}/live"


async def test_a_picture_is_a_jpeg_that_nobody_keeps(client, view, url):
    view.shown = LiveFrame(7, JPEG)
    answer = await client.get(url)
    assert (answer.status_code, await answer.get_data()) == (200, JPEG)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Nightdesk-Item"] == "7"


async def test_nothing_to_see_is_no_content(client, view, url):
    answer = await client.get(url)
    assert (answer.status_code, await answer.get_data()) == (204, b"")
    assert "X-Nightdesk-Item" not in answer.headers


async def test_the_question_reaches_whoever_shows_it(client, view, url):
    job_id = url.split("/")[-2]
    await client.get(url)
    await client.get(f"{url}?item=3")
    assert view.asked == [(desk_key(GUEST), job_id, None), (desk_key(GUEST), job_id, 3)]


@pytest.mark.parametrize("item", ["", "-1", "x", "1.5", "100000", "1e3"])
async def test_an_item_that_cannot_be_is_400(client, view, url, item):
    assert (await client.get(f"{url}?item={item}")).status_code == 400
    assert view.asked == []


async def test_a_job_that_is_not_there_is_404_and_starts_nothing(client, view, url):
    answer = await client.get(f"/api/desks/{GUEST}/jobs/none/live")
    assert answer.status_code == 404
    assert view.asked == []


async def test_a_server_without_a_browser_shows_nothing(deps, url):
    answer = await build_app(deps).test_client().get(url)
    assert answer.status_code == 204
