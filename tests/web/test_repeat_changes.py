"""A job once more, of some of its items or with some of its spec changed, over REST."""

from __future__ import annotations

import pytest
import trio
from msgspec.structs import replace

from actors.ports import PlanLimits
from state.spending import SpendCap
from state.views import desk_key
from tests.support.batchgo import playing
from web.changes import changed

DESK = "/api/desks/me"
URLS = ["https://a.example/broken", "https://b.example/broken", "https://c.example/"]
HEADERS = {"Authorization": "Bearer old", "X-Plain": "1"}
LIMITS = PlanLimits(
    max_items=10, max_url_bytes=2_000, max_concurrency=50, max_body_read_bytes=10**7
)
SPEC = {"retries": 0, "concurrency": 2, "headers": HEADERS}


@pytest.fixture
def house(deps):
    return lambda: playing(deps)


async def made(client, **fields):
    items = [URLS[0], {"url": URLS[1], "headers": {"Cookie": "a=b"}}, URLS[2]]
    job = {"kind": "fetch", "items": items, "spec": SPEC, "name": "first", "start": True, **fields}
    status, told = await client.post(f"{DESK}/jobs", job)
    assert status == 201, told
    await until_over(client, told["job"]["id"])
    return told["job"]["id"]


async def until_over(client, job):
    for _ in range(3_600):
        if (await client.get(f"{DESK}/jobs/{job}"))[1]["job"]["ended_at"] is not None:
            return
        await trio.sleep(1)
    raise AssertionError("the job does not end")


async def repeat(client, job, body, status=201):
    found, told = await client.post(f"{DESK}/jobs/{job}/repeat", body)
    assert found == status, told
    return told


async def refused(client, job, body, status=400):
    """What is wrong with it: (field, reason)s."""
    told = await repeat(client, job, body, status)
    return [(each["field"], each["reason"]) for each in told["error"]["details"]["errors"]]


async def spec_of(client, job):
    _, told = await client.get(f"{DESK}/jobs/{job}")
    return told["spec"]


async def items_of(client, job):
    _, page = await client.get(f"{DESK}/jobs/{job}/items")
    _, waiting = await client.get(f"{DESK}/jobs/{job}/items?status=pending")
    return [item["url"] for item in page["items"] + waiting["items"]]


def secrets_of(server, job):
    return server.store._secrets[desk_key("user:ann"), job]


async def test_only_what_is_found_with_what_is_changed(house, autojump_clock):
    async with house() as (client, _):
        first = await made(client)
        body = {"only": {"status": "failed"}, "changes": {"timeout_s": 60}, "name": "longer"}
        told = await repeat(client, first, body)
        job = told["job"]
        assert (job["name"], job["origin"], job["counts"]["total"]) == ("longer", first, 2)
        assert job["status"] == "queued"
        assert await items_of(client, job["id"]) == URLS[:2]
        before, after = await spec_of(client, first), await spec_of(client, job["id"])
        assert after == {**before, "timeout_s": 60}
        # The others are those that ended well; a filter may find any of them.
        told = await repeat(client, first, {"only": {"text": "c.example"}})
        assert await items_of(client, told["job"]["id"]) == URLS[2:]
        assert told["job"]["name"] == "first"
        await until_over(client, told["job"]["id"])


async def test_secrets_stay_and_new_ones_come(house, autojump_clock):
    async with house() as (client, server):
        first = await made(client)
        kept = (await spec_of(client, first))["headers"]["Authorization"]
        headers = {"Authorization": kept, "Cookie": "c=new", "X-Plain": "2"}
        body = {"changes": {"headers": headers}, "start": False}
        told = await repeat(client, first, body)
        job = told["job"]["id"]
        assert told["job"]["status"] == "pending"
        changed = (await spec_of(client, job))["headers"]
        assert (changed["Authorization"], changed["X-Plain"]) == (kept, "2")
        secrets = secrets_of(server, job)
        assert secrets[changed["Cookie"]["secret"]] == "c=new"
        # What is the other's stays as it was, that of an item too.
        assert secrets.items() > secrets_of(server, first).items()
        assert secrets[kept["secret"]] == "Bearer old"
        assert "a=b" in secrets.values()
        # What is taken away is gone, and null is the default.
        told = await repeat(client, job, {"changes": {"headers": None, "retries": None}})
        spec = await spec_of(client, told["job"]["id"])
        assert (spec["headers"], spec["retries"]) == ({}, 3)
        # A name that the job does not have is no secret of it.
        other = {"Authorization": {"secret": "header.77"}}
        assert await refused(client, first, {"changes": {"headers": other}})


async def test_a_field_that_is_taken_away_is_gone(house, autojump_clock):
    async with house() as (client, _):
        spec = {"retries": 0, "proxy": "http://me:word@proxy.example:8080"}
        first = await made(client, kind="visit", items=[URLS[2]], spec=spec)
        assert (await spec_of(client, first))["proxy"]
        told = await repeat(client, first, {"changes": {"proxy": None}, "start": False})
        assert not (await spec_of(client, told["job"]["id"])).get("proxy")


async def test_what_is_not_changed_is_as_the_job_has_it(house, autojump_clock):
    """A job of an older server may have been planned by other defaults than there are now."""
    async with house() as (client, server):
        first = await made(client)
        known = await server.store.load(desk_key("user:ann"))
        job = replace(known.state.jobs[first], retries=7, concurrency=9, cap=SpendCap(picousd=5))
        (item, *_) = await server.store.read_items(desk_key("user:ann"), first, limit=1)
        fetch, limits = server.executors["fetch"], LIMITS
        after = changed(job, {"timeout_s": 9}, item, fetch, limits)
        assert (after.retries, after.concurrency, after.cap) == (7, 9, job.cap)
        after = changed(job, {"retries": 2, "concurrency": 3}, item, fetch, limits)
        assert (after.retries, after.concurrency, after.cap) == (2, 3, job.cap)


async def test_what_is_wrong_is_said_as_creation_says_it(house, autojump_clock):
    async with house() as (client, _):
        first = await made(client)
        changes = {"timeout_s": 0, "colour": "red"}
        status, told = await client.post(
            f"{DESK}/jobs", {"kind": "fetch", "items": URLS, "spec": changes}
        )
        assert status == 400
        said = [(each["field"], each["reason"]) for each in told["error"]["details"]["errors"]]
        assert await refused(client, first, {"changes": changes}) == said
        assert await refused(client, first, {"only": {"http_status": "abc", "colour": "red"}}) == [
            ("only.colour", "is no filter of items"),
            ("only.http_status", "must be at most 20 of `200`, `4xx`, `200-299` or `none`"),
        ]
        found_none = [("only", "finds no item of this job")]
        assert await refused(client, first, {"only": {"status": "skipped"}}) == found_none
        too_long = await refused(client, first, {"name": "n" * 201})
        assert too_long == [("name", "longer than 200 characters")]
        assert (await refused(client, first, {"only": {"status": 1}}))[0][0] == "only[...]"
        assert len((await client.get(f"{DESK}/jobs"))[1]["jobs"]) == 1


async def test_other_kinds_change_too_and_not_what_items_are_made_of(house, autojump_clock):
    async with house() as (client, server):
        cookie = {"name": "a", "value": "hush", "domain": "a.example"}
        proxy = "http://me:word@proxy.example:8080"
        spec = {"retries": 0, "cookies": [cookie], "proxy": proxy}
        journey = {"url": URLS[0], "path": [{"do": "fill", "selector": "a", "value": "pin",
                                             "secret": True}]}  # fmt: skip
        first = await made(client, kind="visit", items=[journey, URLS[2]], spec=spec)
        before = await spec_of(client, first)
        told = await repeat(client, first, {"changes": {"viewport": {"width": 400, "height": 300}}})
        job = told["job"]["id"]
        assert await spec_of(client, job) == {**before, "viewport": {"width": 400, "height": 300}}
        assert secrets_of(server, job) == secrets_of(server, first)
        await until_over(client, job)
        tab = await made(client, kind="tab", items=URLS, spec={"failover_after_min": 5})
        told = await repeat(client, tab, {"changes": {"delay_ms": 7}})
        assert (await spec_of(client, told["job"]["id"]))["delay_ms"] == 7
        ((field, reason),) = await refused(client, tab, {"changes": {"failover_after_min": None}})
        assert field == "changes.failover_after_min"
        assert "hand the job over anew" in reason
        await until_over(client, told["job"]["id"])


async def test_what_was_done_under_a_key_is_told_again_though_it_can_be_done_no_more(
    house, autojump_clock
):
    once, other = ({"Idempotency-Key": key} for key in ("once", "other"))
    async with house() as (client, _):
        first = await made(client)
        path = f"{DESK}/jobs/{first}/repeat"
        failed = {"only": {"status": "failed"}, "changes": {"timeout_s": 60}}
        answered = await client.post(path, failed, **once)
        assert answered[0] == 201
        status, told = await client.post(path, {"only": {"status": "skipped"}}, **once)
        assert (status, told["error"]["code"]) == (409, "idempotency_conflict")
        assert (await client.ask("DELETE", f"{DESK}/jobs/{first}"))[0] == 200
        assert await client.post(path, failed, **once) == answered
        for key in (other, {}):
            status, told = await client.post(path, failed, **key)
            assert (status, told["error"]["code"]) == (404, "not_found")
        # What it made may be gone, too.
        assert (await client.ask("DELETE", f"{DESK}/jobs/{answered[1]['job']['id']}"))[0] == 200
        status, told = await client.post(path, failed, **once)
        assert (status, told["error"]["code"]) == (410, "job_deleted")


async def test_a_filter_that_finds_nothing_any_more_found_it_once(house, autojump_clock):
    async with house() as (client, _):
        job = {"kind": "fetch", "items": URLS, "spec": SPEC}
        first = (await client.post(f"{DESK}/jobs", job))[1]["job"]["id"]
        path, waiting = f"{DESK}/jobs/{first}/repeat", {"only": {"status": "pending"}}
        answered = await client.post(path, waiting, **{"Idempotency-Key": "once"})
        assert answered[0] == 201
        await client.post(f"{DESK}/jobs/{first}/start")
        await until_over(client, first)
        assert await client.post(path, waiting, **{"Idempotency-Key": "once"}) == answered
        for key in ({}, {"Idempotency-Key": "other"}):
            status, told = await client.post(path, waiting, **key)
            assert status == 400
            reasons = [each["reason"] for each in told["error"]["details"]["errors"]]
            assert reasons == ["finds no item of this job"]
        assert len((await client.get(f"{DESK}/jobs"))[1]["jobs"]) == 2
