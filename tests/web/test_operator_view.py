"""The operator's overview by HTTP: what is answered, when nothing is, and what may be asked."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.support.forged import bearer, token
from web.app import build_app
from web.house_view import DesksAsked, NoHouse
from web.operator_schemas import DesksPage

ROOT = bearer(token(sub="root", admin=True))


class Asked(NoHouse):
    """The shipped house of which nothing is known, which remembers what it was asked."""

    def __init__(self):
        self.asked = []

    async def desks(self, asked):
        self.asked.append(asked)
        return DesksPage([], 0, asked.offset, asked.limit)


@pytest.fixture
def house(deps):
    return Asked()


@pytest.fixture
def client(deps, house):
    return build_app(replace(deps, house=house)).test_client()


async def test_the_same_look_is_not_sent_twice(client):
    first = await client.get("/api/operator/overview", headers=ROOT)
    assert first.status_code == 200
    assert (await first.get_json())["revision"] == 0
    again = await client.get(
        "/api/operator/overview", headers={**ROOT, "If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, await again.get_data()) == (304, b"")


async def test_a_look_of_another_server_is_another(client, deps):
    first = await client.get("/api/operator/overview", headers=ROOT)
    other = build_app(deps).test_client()
    known = {**ROOT, "If-None-Match": first.headers["ETag"]}
    assert (await other.get("/api/operator/overview", headers=known)).status_code == 200


@pytest.mark.parametrize("path", ["overview", "desks", "settings"])
async def test_it_is_for_operators(client, path):
    place = f"/api/operator/{path}"
    assert (await client.get(place)).status_code == 401
    user = await client.get(place, headers=bearer(token(sub="eve")))
    never = await client.get("/api/operator/never", headers=bearer(token(sub="eve")))
    assert user.status_code == never.status_code == 404
    assert await user.get_data() == await never.get_data()


async def test_desks_are_asked_for_by_order_state_and_page(client, house):
    answer = await client.get(
        "/api/operator/desks?order=disk&state=parked&beginning=0f&offset=20&limit=500", headers=ROOT
    )
    assert await answer.get_json() == {"desks": [], "total": 0, "offset": 20, "limit": 500}
    await client.get("/api/operator/desks", headers=ROOT)
    wanted = DesksAsked(order="disk", state="parked", beginning="0f", offset=20, limit=500)
    assert house.asked == [wanted, DesksAsked()]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("order=name", "order"),
        ("state=dead", "state"),
        ("beginning=XYZ", "beginning"),
        (f"beginning={'0' * 65}", "beginning"),
        ("offset=-1", "offset"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
    ],
)
async def test_what_cannot_be_asked_is_named(client, house, query, field):
    answer = await client.get(f"/api/operator/desks?{query}", headers=ROOT)
    assert answer.status_code == 400
    assert (await answer.get_json())["error"]["message"].startswith(f"{field}:")
    assert house.asked == []
