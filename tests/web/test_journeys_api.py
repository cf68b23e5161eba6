"""The journeys of a desk over REST: the real desk, the memory store, played journeys."""

from __future__ import annotations

import pytest
import trio

from state.views import desk_key
from tests.support.played import FOUND, playing
from tests.web.conftest import GUEST

JOURNEYS = f"/api/desks/{GUEST}/journeys"
ORDERS = {"name": "Orders", "url": "https://shop.example/", "path": [{"do": "screenshot"}] * 3}
BARE = {"name": "Bare", "url": "https://shop.example/bare"}
BROKEN = {**ORDERS, "name": "Broken", "url": "https://shop.example/broken"}


@pytest.fixture
def house(deps):
    """Runs a server; yields (client, server). Whoever uses it also asks for the virtual clock."""

    def run(**settings):
        return Opened(playing(deps, **settings))

    return run


class Opened:
    """A played house with the guest's desk in it."""

    def __init__(self, house):
        self._house = house

    async def __aenter__(self):
        app, server = await self._house.__aenter__()
        await server.supervisor.directory.create(desk_key(GUEST))
        return app.test_client(), server

    async def __aexit__(self, *error):
        return await self._house.__aexit__(*error)


async def put(client, journeys, **more):
    answer = await client.put(JOURNEYS, json={"journeys": journeys, **more})
    return answer.status_code, await answer.get_json()


async def read(client):
    return (await (await client.get(JOURNEYS)).get_json())["journeys"]


async def start(client, body=None, **options):
    answer = await client.post(f"{JOURNEYS}/start", json=body or {}, **options)
    return answer.status_code, await answer.get_json()


async def end_of(client, job_id):
    """The job as soon as it has ended."""
    with trio.fail_after(3_600):
        while True:
            answer = await client.get(f"/api/desks/{GUEST}/jobs/{job_id}")
            job = (await answer.get_json())["job"]
            if job["ended_at"] is not None:
                return job
            await trio.sleep(1)


async def test_a_desk_begins_without_journeys(house, autojump_clock):
    async with house() as (client, _):
        answer = await client.get(JOURNEYS)
        said = await answer.get_json()
        assert (said["journeys"], said["digest"], said["durable"]) == ([], None, True)
        known = {"If-None-Match": answer.headers["ETag"]}
        assert (await client.get(JOURNEYS, headers=known)).status_code == 304


async def test_a_list_is_kept_as_it_was_sent(house, autojump_clock):
    opens = "2026-01-31T09:00:00+08:00"
    async with house() as (client, _):
        status, said = await put(client, [{**ORDERS, "not_before": opens}, BARE["url"]])
        assert status == 200
        assert await read(client) == said["journeys"]
        first, second = said["journeys"]
        assert first["path"] == ORDERS["path"]
        assert first["not_before"] == "2026-01-31T01:00:00.000Z"
        assert (second["name"], second["path"], second["completed"]) == (BARE["url"], None, False)
        assert len({first["id"], second["id"]}) == 2


async def test_what_was_read_can_be_written_back(house, autojump_clock):
    async with house() as (client, _):
        _, said = await put(client, [ORDERS, BARE])
        status, again = await put(client, said["journeys"], replaces=said["digest"])
        assert (status, again["journeys"], again["digest"]) == (
            200,
            said["journeys"],
            said["digest"],
        )


async def test_a_journey_keeps_its_id_by_name_and_url(house, autojump_clock):
    async with house() as (client, _):
        _, said = await put(client, [ORDERS, BARE, BARE])
        orders, bare, twin = (each["id"] for each in said["journeys"])
        changed = {**ORDERS, "path": [{"do": "scroll", "to": "end"}]}
        _, said = await put(client, [BARE, changed, BARE, {**BARE, "name": "new"}])
        ids = [each["id"] for each in said["journeys"]]
        assert ids[:3] == [bare, orders, twin]
        assert ids[3] not in (orders, bare, twin)


async def test_another_s_list_is_not_replaced_unseen(house, autojump_clock):
    async with house() as (client, _):
        assert (await put(client, [ORDERS], replaces=None))[0] == 200
        kept = await read(client)
        for replaces in (None, "0" * 64):
            status, said = await put(client, [BARE], replaces=replaces)
            assert (status, said["error"]["code"]) == (409, "journeys_changed")
        assert await read(client) == kept


@pytest.mark.parametrize(
    ("journeys", "index", "field"),
    [
        ([{"name": "x"}], 0, "url"),
        (["https://shop.example/", 1], 1, None),
        ([{**ORDERS, "path": [{"do": "clik"}]}], 0, "path[0].do"),
        ([{**ORDERS, "more": 1}], 0, "more"),
        ([{**ORDERS, "id": "no"}], 0, "id"),
    ],
)
async def test_a_wrong_journey_is_named(house, autojump_clock, journeys, index, field):
    async with house() as (client, _):
        status, said = await put(client, journeys)
        assert (status, said["error"]["code"]) == (400, "invalid_spec")
        error = said["error"]["details"]["errors"][0]
        assert (error["index"], error["field"]) == (index, field)
        assert await read(client) == []


@pytest.mark.parametrize(
    "body", [[], {}, {"journeys": {}}, {"journeys": [], "x": 1}, {"journeys": [], "replaces": 1}]
)
async def test_a_wrong_document_is_refused(house, autojump_clock, body):
    async with house() as (client, _):
        answer = await client.put(JOURNEYS, json=body)
        assert answer.status_code == 400
        assert (await answer.get_json())["error"]["code"] == "invalid_request"


async def test_the_number_of_journeys_at_its_edge(house, autojump_clock):
    async with house(max_journeys=2) as (client, _):
        assert (await put(client, [BARE] * 2))[0] == 200
        status, said = await put(client, [BARE] * 3)
        assert (status, said["error"]["details"]["errors"][0]["field"]) == (400, "journeys")


async def test_all_of_them_are_run_as_one_job(house, autojump_clock):
    async with house() as (client, server):
        await put(client, [ORDERS, BROKEN, ORDERS])
        status, said = await start(client)
        assert (status, said["durable"]) == (201, True)
        job = said["job"]
        assert (job["kind"], job["lane"], job["name"]) == ("visit", "background", "Orders +2")
        ended = await end_of(client, job["id"])
        assert (ended["status"], ended["counts"]["ok"], ended["counts"]["failed"]) == (
            "partially_completed",
            2,
            1,
        )
        assert [each["completed"] for each in await read(client)] == [True, False, True]
        published = (await server.supervisor.directory.find(desk_key(GUEST))).published
        assert published.jobs[job["id"]].job.retention_s == 24 * 3600


async def test_a_choice_keeps_its_order(house, autojump_clock):
    async with house() as (client, _):
        await put(client, [ORDERS, BARE, BROKEN])
        _, said = await start(client, {"indices": [2, 0], "options": {"timeout_s": 5}})
        seen = await client.get(f"/api/desks/{GUEST}/jobs/{said['job']['id']}")
        spec = (await seen.get_json())["spec"]
        assert spec["task_indices"] == [2, 0]
        assert (spec["timeout_s"], spec["without_path"]) == (5, "fail")
        await end_of(client, said["job"]["id"])
        items = await client.get(f"/api/desks/{GUEST}/jobs/{said['job']['id']}/items")
        urls = [item["url"] for item in (await items.get_json())["items"]]
        assert urls == [BROKEN["url"], ORDERS["url"]]


async def test_a_running_job_has_taught_the_journeys_what_it_has_done(house, autojump_clock):
    async with house() as (client, _):
        await put(client, [BARE, ORDERS])
        before = (await client.get(JOURNEYS)).headers["ETag"]
        _, said = await start(client, {"auto_generate": True})
        await trio.sleep(3)
        first, second = await read(client)
        assert (first["path"], first["generated"], first["completed"]) == (FOUND, True, True)
        assert (second["generated"], second["completed"]) == (False, False)
        known = {"If-None-Match": before}
        assert (await client.get(JOURNEYS, headers=known)).status_code == 200
        await end_of(client, said["job"]["id"])
        assert [each["completed"] for each in await read(client)] == [True, True]


async def test_an_edited_path_is_no_generated_one(house, autojump_clock):
    async with house() as (client, _):
        await put(client, [BARE])
        _, said = await start(client, {"auto_generate": True})
        await end_of(client, said["job"]["id"])
        (journey,) = await read(client)
        _, kept = await put(client, [journey])
        assert kept["journeys"][0]["generated"] is True
        _, kept = await put(client, [{**journey, "path": [{"do": "scroll", "to": "end"}]}])
        assert kept["journeys"][0]["generated"] is False


async def test_completed_ones_are_skipped_only_where_that_is_asked(house, autojump_clock):
    async with house() as (client, _):
        await put(client, [{**ORDERS, "completed": True}])
        for ignore, skipped in ((False, 1), (True, 0)):
            _, said = await start(client, {"ignore_completed": ignore})
            ended = await end_of(client, said["job"]["id"])
            assert ended["counts"]["skipped"] == skipped


async def test_there_is_one_such_job_at_a_time(house, autojump_clock):
    async with house() as (client, _):
        await put(client, [ORDERS])
        _, first = await start(client)
        status, said = await start(client)
        assert (status, said["error"]["code"]) == (409, "lane_busy")
        await client.post(f"/api/desks/{GUEST}/jobs/{first['job']['id']}/cancel")
        assert (await start(client))[0] == 201


async def test_more_places_than_there_are_are_not_even_looked_at(house, autojump_clock):
    """A million of them, each compared with all before it, would hold up the server for minutes."""
    async with house() as (client, _):
        await put(client, [ORDERS, BARE])
        status, said = await start(client, {"indices": [0] * 10_000})
        assert status == 400
        (error,) = said["error"]["details"]["errors"]
        assert error["reason"] == "must not hold more than there are: 2"


async def test_a_repeated_start_is_one(house, autojump_clock):
    async with house() as (client, _):
        await put(client, [ORDERS])
        key = {"Idempotency-Key": "once"}
        (_, first), (_, again) = await start(client, headers=key), await start(client, headers=key)
        assert first == again


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"indices": [2]}, "indices"),
        ({"indices": [-1]}, "indices"),
        ({"indices": [0, 0]}, "indices"),
        ({"indices": [True]}, "indices[0]"),
        ({"auto_generate": 1}, "auto_generate"),
        ({"more": 1}, "more"),
        ({"options": {"task_indices": [0]}}, "options.task_indices"),
        ({"options": {"without_path": "open"}}, "options.without_path"),
        ({"options": {"timeout_s": 0}}, "timeout_s"),
        ({"options": {"no_such": 1}}, "no_such"),
    ],
)
async def test_a_choice_that_cannot_be_is_refused(house, autojump_clock, body, field):
    async with house() as (client, _):
        await put(client, [ORDERS, BARE])
        status, said = await start(client, body)
        assert status == 400
        assert said["error"]["details"]["errors"][0]["field"] == field
        listed = await (await client.get(f"/api/desks/{GUEST}/jobs")).get_json()
        assert listed["jobs"] == []


async def test_nothing_is_no_job(house, autojump_clock):
    async with house() as (client, _):
        for indices in ({}, {"indices": []}):
            status, said = await start(client, indices)
            assert (status, said["error"]["code"]) == (400, "invalid_spec")


async def test_a_damaged_list_is_said_and_can_be_replaced(house, autojump_clock):
    async with house() as (client, server):
        await put(client, [ORDERS])
        await server.store.keep_journeys(desk_key(GUEST), [])
        answer = await client.get(JOURNEYS)
        assert answer.status_code == 410
        assert (await answer.get_json())["error"]["code"] == "files_damaged"
        assert (await put(client, [BARE]))[0] == 200
        assert [each["name"] for each in await read(client)] == ["Bare"]
