"""What journeys fill in secretly: kept, shown by nothing, and handed to the jobs that need it."""

from __future__ import annotations

import msgspec
import pytest
import trio

from actors.errors import InvalidSpec
from actors.messages import DeleteJob
from executors.secrets import MAX_SECRETS
from state.desks import JOURNEYS as OF_JOURNEYS
from state.journeys import Journey
from state.model import TERMINAL
from state.views import desk_key
from tests.support.canaries import canary
from tests.support.played import playing
from tests.web.conftest import GUEST
from web.kept_values import hidden

ALICE = desk_key(GUEST)
NATIVE = f"/api/desks/{GUEST}/journeys"
OLD = "/api/background_task/tasks"
HEADERS = {"X-Session-ID": GUEST}
FIRST, SECOND = canary("first-password"), canary("second-password")


def fill(value, selector="#password", **more):
    return {"do": "fill", "selector": selector, "value": value, "secret": True, **more}


def left_out(selector="#password"):
    return {"do": "fill", "selector": selector, "secret": True}


def journey(*path, name="Orders", **more):
    return {"name": name, "url": "https://shop.example/", "path": list(path), **more}


@pytest.fixture
async def house(deps):
    """Whoever uses it also asks for the virtual clock."""
    async with playing(deps) as (app, server):
        await server.supervisor.directory.create(ALICE)
        yield app.test_client(), server


class Lists:
    """The list of journeys, asked for natively or as older pages do."""

    def __init__(self, client, path, field) -> None:
        self._client = client
        self._path = path
        self._field = field

    async def put(self, *journeys):
        answer = await self._client.put(
            self._path, json={self._field: list(journeys)}, headers=HEADERS
        )
        text = await answer.get_data(as_text=True)
        assert "canary" not in text
        return answer.status_code, msgspec.json.decode(text)

    async def kept(self, *journeys):
        status, said = await self.put(*journeys)
        assert (status, said.get("success", True)) == (200, True), said
        return said[self._field]

    async def read(self):
        text = await (await self._client.get(self._path, headers=HEADERS)).get_data(as_text=True)
        assert "canary" not in text
        return msgspec.json.decode(text)[self._field]


@pytest.fixture(params=["native", "old"])
def lists(house, request):
    native = request.param == "native"
    return Lists(house[0], *((NATIVE, "journeys") if native else (OLD, "tasks")))


async def file_of(server):
    desk = await server.supervisor.directory.find(ALICE)
    return await server.store.read_journeys(ALICE, desk.published.journeys.digest)


async def secrets(server):
    return sorted((await server.store.load_secrets(ALICE, OF_JOURNEYS)).values())


async def driven(house):
    """What a start of all of them makes: the values of its job's secrets, by their steps."""
    client, server = house
    answer = await client.post(f"{NATIVE}/start", json={})
    text = await answer.get_data(as_text=True)
    assert answer.status_code == 201, text
    job_id = msgspec.json.decode(text)["job"]["id"]
    values = await server.store.load_secrets(ALICE, job_id)
    _, items = await server.store.read_pending(ALICE, job_id)
    assert "canary" not in text + "".join(bytes(item.item).decode() for _, item in items)
    paths = [msgspec.json.decode(item.item).get("path", []) for _, item in items]
    desk = await server.supervisor.directory.find(ALICE)
    published = desk.published
    with trio.fail_after(3_600):
        while published.jobs[job_id].job.status not in TERMINAL:
            published = await desk.wait_newer(published.revision)
    await desk.ask(DeleteJob(job_id))
    return [values[step["value"]["secret"]] for path in paths for step in path if "value" in step]


async def test_it_is_in_no_answer_and_not_in_their_file(house, lists, autojump_clock):
    _, server = house
    for shown in (await lists.kept(journey(fill(FIRST))), await lists.read()):
        assert shown[0]["path"] == [fill(None)]
    assert b"canary" not in await file_of(server)
    assert await secrets(server) == [FIRST]
    assert await driven(house) == [FIRST]


@pytest.mark.parametrize("step", [fill(None), left_out()])
async def test_a_list_that_leaves_it_out_keeps_it(house, lists, autojump_clock, step):
    [kept] = await lists.kept(journey(fill(FIRST)))
    await lists.kept({**kept, "path": [step], "name": "by its id"})
    [kept] = await lists.kept(journey(step, name="by its id"))
    await lists.kept(kept)
    assert await driven(house) == [FIRST]


async def test_one_that_is_given_takes_its_place_and_the_other_is_forgotten(
    house, lists, autojump_clock
):
    _, server = house
    await lists.kept(journey(fill(FIRST), fill(SECOND, "#pin")))
    await lists.kept(journey(fill(SECOND), left_out("#pin")))
    assert await driven(house) == [SECOND, SECOND]
    for _ in range(2):  # the generation before may name it
        await lists.kept(journey(left_out(), left_out("#pin"), completed=True))
        await lists.kept(journey(left_out(), left_out("#pin")))
    assert await secrets(server) == [SECOND, SECOND]
    for name in ("a", "b", "c"):
        await lists.kept(journey({"do": "screenshot"}, name=name))
    assert await secrets(server) == []


async def test_it_follows_its_selector_where_there_is_only_one(house, lists, autojump_clock):
    await lists.kept(journey(fill(FIRST), fill(SECOND, "#pin")))
    await lists.kept(journey({"do": "screenshot"}, left_out("#pin"), left_out()))
    assert await driven(house) == [SECOND, FIRST]


async def test_the_same_place_goes_before_others_of_the_selector(house, lists, autojump_clock):
    await lists.kept(journey(fill(FIRST), fill(SECOND)))
    await lists.kept(journey(left_out(), left_out()))
    assert await driven(house) == [FIRST, SECOND]
    await lists.kept(journey(fill(FIRST), left_out()))
    assert await driven(house) == [FIRST, SECOND]
    before = await lists.read()
    status, said = await lists.put(journey({"do": "screenshot"}, left_out(), left_out()))
    assert status != 200 or said["success"] is False  # which of the two is meant is not known
    assert await lists.read() == before


@pytest.mark.parametrize(
    "wrong",
    [
        journey(left_out("#other")),
        journey(left_out(), name="Another"),
        journey(left_out(), id="12345678"),
        journey({"do": "fill", "selector": "#password"}),
        journey({"do": "fill", "selector": "#password", "secret": False, "value": None}),
        journey({**left_out(), "value": {"secret": "fill.0"}}),
    ],
)
async def test_where_none_is_kept_it_is_missing(house, lists, autojump_clock, wrong):
    await lists.kept(journey(fill(FIRST)))
    _, said = await lists.put(wrong)
    errors = said["errors"] if "errors" in said else said["error"]["details"]["errors"]
    assert [(error["index"], error["field"]) for error in errors] == [(0, "path[0].value")]
    assert await driven(house) == [FIRST]


async def test_what_is_lost_on_the_disk_is_asked_for_anew(house, lists, autojump_clock):
    client, server = house
    await lists.kept(journey(fill(FIRST)))
    await server.store.save_secrets(ALICE, OF_JOURNEYS, {})
    answer = await client.post(f"{NATIVE}/start", json={})
    said = (await answer.get_json())["error"]
    assert (answer.status_code, said["code"]) == (400, "invalid_spec")
    assert "fill it in anew" in said["message"]
    desk = await server.supervisor.directory.find(ALICE)
    assert not desk.published.jobs
    await lists.kept(journey(fill(SECOND)))
    assert await driven(house) == [SECOND]


def test_there_are_so_many_and_no_more():
    def one(count):
        steps = tuple(fill(f"{n}") for n in range(count))
        return Journey(id="0" * 8, name="x", url="https://shop.example/", path=steps)

    assert len(hidden([one(MAX_SECRETS), one(1)]).secrets) == MAX_SECRETS
    with pytest.raises(InvalidSpec):
        hidden([one(MAX_SECRETS + 1)])
