"""What kinds there are, what a job would be before it is made, and what one was asked for."""

from __future__ import annotations

from io import BytesIO

import pytest
from msgspec.structs import replace
from quart.datastructures import FileStorage

from actors.rules.change import Change, PlanTier
from executors.table import build_table
from state.ledgers import Ledger
from state.memory import MemoryStore
from state.model import JobStatus
from tests.executors.test_forms import ASKED
from tests.support.desks import last_created
from tests.web.conftest import GUEST
from web.app import build_app
from web.expected import MOST_JOBS
from web.kinds_api import Lack
from web.prices import Prices

DESK = f"/api/desks/{GUEST}"
JOBS, OUTLINE = f"{DESK}/jobs", f"{DESK}/jobs/outline"
URLS = ["https://a.example/1", {"url": "https://b.example/", "method": "HEAD"}]


@pytest.fixture
def deps(deps):
    settings = replace(deps.settings, prices=Prices(by_kind={"fetch": 3}))
    return replace(deps, settings=settings, store=MemoryStore(), executors=build_table())


async def outline(client, **job):
    answer = await client.post(OUTLINE, json={"kind": "fetch", "items": URLS, **job})
    return answer.status_code, await answer.get_json()


async def make(client, deps, desk, **job):
    """A job whose items are on disk; its id."""
    answer = await client.post(JOBS, json={"kind": "fetch", "items": URLS, **job})
    assert answer.status_code == 201, await answer.get_data()
    job_id = (await answer.get_json())["job"]["id"]
    await deps.store.write_inputs(desk.key, job_id, last_created(desk).plan.items)
    return job_id


def ended(desk, job_id, took_s, *, ok):
    for status in (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.COMPLETED):
        if desk.state.jobs[job_id].status is not status:
            desk.move(job_id, status)
    job = desk.state.jobs[job_id]
    counts = replace(job.counts, ok=ok)
    job = replace(job, started_at=100.0, ended_at=100.0 + took_s, counts=counts)
    desk.publish(Change(replace(desk.state, jobs={**desk.state.jobs, job_id: job})))


async def test_nothing_is_made_and_what_is_told_is_what_creation_then_does(client, deps, desk):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=100, balance=100))))
    status, told = await outline(client, name="two", spec={"concurrency": 5})
    assert (status, desk.asked) == (200, [])
    assert (told["kind"], told["name"], told["items"], told["concurrency"]) == (
        "fetch", "two", 2, 5)  # fmt: skip
    assert (told["price_tokens"], told["free_tokens"], told["missing_tokens"]) == (6, 100, 0)
    assert (told["expected"], told["grows_to"]) == (None, 0)
    assert told["first"] == [{"url": "https://a.example/1"}, {"url": "https://b.example/"}]
    job_id = await make(client, deps, desk, name="two", spec={"concurrency": 5})
    made = desk.state.jobs[job_id]
    assert (made.counts.total, made.price_tokens, made.concurrency) == (2, 6, 5)


@pytest.mark.parametrize("kind", ["fetch", "visit", "tab", "crawl", "generate"])
async def test_of_any_kind_it_is_told_as_it_is_made(client, deps, desk, kind):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=100, balance=100))))
    _, spec, items = ASKED[kind]
    items = [each for each in items if not (isinstance(each, dict) and "init_image" in each)]
    told = (await outline(client, kind=kind, spec=spec, items=items))[1]
    job_id = await make(client, deps, desk, kind=kind, spec=spec, items=items)
    made = desk.state.jobs[job_id]
    assert told["items"] == made.counts.total
    assert told["price_tokens"] == made.price_tokens
    assert (told["concurrency"], told["grows_to"]) == (made.concurrency, made.grows_to)


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": ["ftp://x", 5]},
        {"spec": {"concurrency": 0, "colour": "red"}},
        {"kind": "nothing"},
        {"items_of": "nothing"},
        {"origin": "nothing"},
        {"name": 5, "items": {}},
        {"schedule": {"start": "x"}},
    ],
)
async def test_it_is_refused_as_creation_is(client, desk, wrong):
    job = {"kind": "fetch", "items": URLS, **wrong}
    if "items_of" in wrong:
        del job["items"]
    answers = [await client.post(path, json=job) for path in (OUTLINE, JOBS)]
    assert [each.status_code for each in answers] == [400, 400]
    first, second = [await each.get_json() for each in answers]
    assert first == second
    assert desk.asked == []


async def test_a_file_is_counted_too(client, desk):
    file = FileStorage(BytesIO(b"https://a.example/\nhttps://b.example/\n"), "urls.txt")
    answer = await client.post(OUTLINE, form={"job": '{"kind": "fetch"}'}, files={"items": file})
    assert (await answer.get_json())["items"] == 2


async def test_what_is_missing_and_what_a_plan_has_no_room_for(client, deps, desk):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=4, balance=4))))
    assert (await outline(client))[1]["missing_tokens"] == 2
    tiers = {"default": PlanTier(max_items=1)}
    app = build_app(replace(deps, settings=replace(deps.settings, plans=tiers)))
    answer = await app.test_client().post(OUTLINE, json={"kind": "fetch", "items": URLS})
    assert (await answer.get_json())["error"]["code"] == "plan_exceeded"


async def test_time_is_told_by_what_jobs_of_the_kind_took(client, deps, desk):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=900, balance=900))))
    for took_s, ok in ((20, 2), (10, 2), (7, 0)):
        ended(desk, await make(client, deps, desk), took_s, ok=ok)
    visit = await make(client, deps, desk, kind="visit", items=["https://a.example/"])
    ended(desk, visit, 1_000, ok=1)
    expected = (await outline(client, items=["https://a.example/"] * 4))[1]["expected"]
    # One that has done nothing says nothing; nor does another kind.
    assert expected == {"seconds": 30.0, "low_s": 20.0, "high_s": 40.0, "basis": "measured",
                        "jobs": 2, "items": 4}  # fmt: skip
    # Nobody knows how much a crawl will find, whatever others took.
    before = await make(client, deps, desk, kind="crawl", items=["https://a.example/"])
    ended(desk, before, 1_000, ok=1)
    crawl = (await outline(client, kind="crawl", items=["https://a.example/"]))[1]
    assert (crawl["expected"], crawl["grows_to"]) == (None, 1_000)


async def test_time_is_told_by_the_newest_jobs(client, deps, desk):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=900, balance=900))))
    for took_s in (5_000, *[10] * MOST_JOBS):
        ended(desk, await make(client, deps, desk), took_s, ok=2)
    expected = (await outline(client))[1]["expected"]
    assert (expected["high_s"], expected["jobs"]) == (10.0, MOST_JOBS)


async def test_kinds_are_told_with_what_the_machine_lacks(client, deps):
    lacks = {"visit": Lack("no browser"), "document": Lack("no PDF", partly=True)}
    app = build_app(replace(deps, lacks=lambda: lacks, packages={"tab": "tabs"}))
    answer = await (await app.test_client().get("/api/kinds")).get_json()
    kinds = {each["kind"]: each for each in answer["kinds"]}
    assert set(kinds) == set(deps.executors)
    assert (kinds["visit"]["lacks"], kinds["visit"]["partly"]) == ("no browser", False)
    assert (kinds["document"]["lacks"], kinds["document"]["partly"]) == ("no PDF", True)
    assert (kinds["fetch"]["lacks"], kinds["fetch"]["price_tokens"]) == (None, 3)
    assert kinds["tab"]["package"] == "tabs"
    assert kinds["fetch"]["spec"]["properties"]["retries"] == {
        "type": "integer", "minimum": 0, "maximum": 10, "default": 3}  # fmt: skip


async def test_a_job_is_read_back_and_had_again_with_changes(client, deps, desk):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=900, balance=900))))
    spec = {"timeout_s": 5, "headers": {"Authorization": "x", "Accept": "y"}}
    job_id = await make(client, deps, desk, name="first", spec=spec, priority=4)
    asked = await (await client.get(f"{JOBS}/{job_id}/asked")).get_json()
    assert asked == {
        "kind": "fetch", "name": "first", "lane": "fetch", "priority": 4,
        "spec": {"timeout_s": 5, "headers": {"Accept": "y"}},
        "items": ["https://a.example/1", {"url": "https://b.example/", "method": "HEAD"}],
        "items_n": 2, "by_name": True, "secrets": ["headers.Authorization"],
    }  # fmt: skip
    cut = await (await client.get(f"{JOBS}/{job_id}/asked?limit=1")).get_json()
    assert (cut["items"], cut["items_n"]) == (None, 2)
    before = last_created(desk).plan.items
    again = {"kind": "fetch", "items_of": job_id, "spec": {**asked["spec"], "timeout_s": 9}}
    told = await (await client.post(OUTLINE, json=again)).get_json()
    answer = await client.post(JOBS, json={**again, "start": True})
    made = last_created(desk)
    assert (answer.status_code, told["items"]) == (201, 2)
    assert made.plan.items == before
    assert (made.plan.spec["timeout_s"], made.origin) == (9, job_id)
    assert (await answer.get_json())["job"]["origin"] == job_id


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"items": URLS}, "cannot stand beside items"),
        ({"items_of": 5}, "must be the id of a job of this desk"),
        ({"kind": "visit"}, "names a job of kind fetch: its items are of no use here"),
    ],
)
async def test_items_are_those_of_a_job_of_this_desk_and_kind(client, deps, desk, fields, said):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=900, balance=900))))
    job_id = await make(client, deps, desk)
    body = {"kind": "fetch", "items_of": job_id, **fields}
    answer = await client.post(JOBS, json=body)
    [error] = (await answer.get_json())["error"]["details"]["errors"]
    assert (error["field"], error["reason"]) == ("items_of", said)


async def test_items_with_secrets_are_handed_in_again(client, deps, desk):
    desk.publish(Change(replace(desk.state, ledger=Ledger(granted=900, balance=900))))
    items = [{"url": "https://a.example/", "headers": {"Cookie": "a=b"}}]
    job_id = await make(client, deps, desk, items=items)
    asked = await (await client.get(f"{JOBS}/{job_id}/asked")).get_json()
    assert (asked["by_name"], asked["secrets"]) == (False, ["items[0].headers.Cookie"])
    answer = await client.post(JOBS, json={"kind": "fetch", "items_of": job_id})
    assert "have secrets" in (await answer.get_json())["error"]["message"]
