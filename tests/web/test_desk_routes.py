"""The desk and its jobs over REST, as docs/native-api.md tells them."""

from __future__ import annotations

import trio
from msgspec import convert
from msgspec.structs import replace

from actors.errors import MailboxFull, StorageUnavailable
from actors.messages import LiveProgress
from actors.rules.change import Change
from nightdesk.client import Job as ClientJob
from state.model import AtWork, Counts, JobStatus, Restored
from tests.web.conftest import GUEST

DESK = f"/api/desks/{GUEST}"
JSON = {"Content-Type": "application/json"}
ITEMS = ["https://example.com/1", "https://example.com/2"]


async def make_job(client, **fields):
    body = {"kind": "fetch", "items": ITEMS, **fields}
    answer = await client.post(f"{DESK}/jobs", json=body)
    assert answer.status_code == 201, await answer.get_data()
    return await answer.get_json()


async def test_a_new_desk_is_minted_and_found(client):
    answer = await client.post("/api/desks")
    made = await answer.get_json()
    assert answer.status_code == 201
    assert made["url"] == f"http://localhost/s/{made['desk_id']}"
    seen = await client.get(f"/api/desks/{made['desk_id']}")
    assert seen.status_code == 200


async def test_create_answers_the_whole_job(client, desk):
    made = await make_job(client, name="spring list", priority=3, start=True)
    job = made["job"]
    assert made == {"job": job, "revision": made["revision"], "durable": True}
    assert job["name"] == "spring list"
    assert job["status"] == "queued"
    assert job["lane"] == "fetch"
    assert job["counts"] == {"total": 2, "done": 0, "ok": 0, "failed": 0, "skipped": 0}
    assert set(job["progress"]) == {
        "percent", "stage", "rate_per_s", "eta_s", "in_flight", "waiting", "items",
    }  # fmt: skip
    assert job["created_at"].endswith("Z")
    assert job["started_at"] is None


async def test_a_job_shows_its_live_progress(client, desk):
    job_id = (await make_job(client, start=True))["job"]["id"]
    desk.move(job_id, JobStatus.RUNNING, started_at=1_700_000_000.5)
    desk.progress(
        job_id,
        LiveProgress(counts=Counts(total=2, ok=1), in_flight=1, rate_per_s=3.14159, eta_s=0.318),
    )
    answer = await (await client.get(f"{DESK}/jobs/{job_id}")).get_json()
    assert answer["revision"] == desk.revision
    assert answer["job"]["started_at"] == "2023-11-14T22:13:20.500Z"
    assert answer["job"]["progress"] == {
        "percent": 50.0, "stage": "", "rate_per_s": 3.1, "eta_s": 0.3, "in_flight": 1, "waiting": 0,
        "items": [],
    }  # fmt: skip


async def test_items_at_work_are_shown_with_their_steps(client, desk):
    job_id = (await make_job(client, start=True))["job"]["id"]
    desk.move(job_id, JobStatus.RUNNING, started_at=1_700_000_000.5)
    working = (
        AtWork(index=0, fraction=0.57, stage="click Log in", done=4, total=7, at=1_700_000_001.25),
        AtWork(index=1, fraction=0.9999, at=1_700_000_001.5),
        AtWork(index=3, fraction=1.0, at=1_700_000_001.5),
    )
    desk.progress(job_id, LiveProgress(counts=Counts(total=2), working=working))
    job = (await (await client.get(f"{DESK}/jobs/{job_id}")).get_json())["job"]
    assert job["progress"]["items"][0] == {
        "index": 0, "percent": 57.0, "stage": "click Log in", "done": 4, "total": 7,
        "at": "2023-11-14T22:13:21.250Z",
    }  # fmt: skip
    shares = [(item["index"], item["percent"]) for item in job["progress"]["items"]]
    assert shares == [(0, 57.0), (1, 99.9), (3, 100.0)]
    snapshot = await (await client.get(DESK)).get_json()
    assert snapshot["jobs"] == [job]
    told = convert(job, ClientJob).progress.items[0]
    assert (told.index, told.percent, told.done, told.total) == (0, 57.0, 4, 7)


async def test_every_command_is_asked_and_answered(client, desk):
    job_id = (await make_job(client))["job"]["id"]
    for action, status in [
        ("start", "queued"),
        ("pause", "paused"),
        ("resume", "queued"),
        ("cancel", "cancelled"),
        ("retry", "queued"),
    ]:
        answer = await client.post(f"{DESK}/jobs/{job_id}/{action}")
        body = await answer.get_json()
        assert (answer.status_code, body["job"]["status"]) == (200, status)
        assert body["durable"] is True
        assert body["revision"] == desk.revision
    answer = await client.delete(f"{DESK}/jobs/{job_id}")
    assert await answer.get_json() == {
        "deleted": job_id, "revision": desk.revision, "durable": True,
    }  # fmt: skip
    assert (await client.get(f"{DESK}/jobs/{job_id}")).status_code == 404


async def test_a_command_that_the_status_forbids_is_409(client, desk):
    job_id = (await make_job(client))["job"]["id"]
    answer = await client.post(f"{DESK}/jobs/{job_id}/resume")
    assert answer.status_code == 409
    assert (await answer.get_json())["error"]["code"] == "invalid_status"


async def test_the_same_key_gets_the_same_answer_and_another_request_409(client, desk):
    headers = {"Idempotency-Key": "k1"}
    body = {"kind": "fetch", "items": ITEMS}
    first = await client.post(f"{DESK}/jobs", json=body, headers=headers)
    again = await client.post(f"{DESK}/jobs", json=body, headers=headers)
    assert again.status_code == 201
    assert await again.get_json() == await first.get_json()
    as_long = {**body, "items": [ITEMS[0], "https://example.com/3"]}
    other = await client.post(f"{DESK}/jobs", json=as_long, headers=headers)
    assert other.status_code == 409
    assert (await other.get_json())["error"]["code"] == "idempotency_conflict"
    assert len(desk.state.jobs) == 1


async def test_me_and_the_id_are_the_same_request_to_an_idempotency_key(client, desk):
    headers = {"Idempotency-Key": "k1", "X-Session-ID": GUEST}
    body = {"kind": "fetch", "items": ITEMS}
    first = await client.post(f"{DESK}/jobs", json=body, headers=headers)
    again = await client.post("/api/desks/me/jobs", json=body, headers=headers)
    assert await again.get_json() == await first.get_json()


async def test_a_key_out_of_bounds_is_refused(client, desk):
    for key in ("", "x" * 201, "a\tb"):
        answer = await client.post(
            f"{DESK}/jobs", json={"kind": "fetch", "items": ITEMS}, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 400, key
        error = (await answer.get_json())["error"]
        assert error["details"]["errors"][0]["field"] == "Idempotency-Key"


async def test_jobs_are_listed_newest_first_by_page_and_filter(client, desk):
    ids = [(await make_job(client, name=str(n), start=n == 2))["job"]["id"] for n in range(5)]
    page = await (await client.get(f"{DESK}/jobs?page=2&size=2")).get_json()
    assert [job["id"] for job in page["jobs"]] == [ids[2], ids[1]]
    assert (page["total"], page["page"], page["size"]) == (5, 2, 2)
    assert page["revision"] == desk.revision
    queued = await (await client.get(f"{DESK}/jobs?status=queued")).get_json()
    assert [job["id"] for job in queued["jobs"]] == [ids[2]]
    none = await (await client.get(f"{DESK}/jobs?kind=visit")).get_json()
    assert none["jobs"] == []


async def test_all_wrong_parameters_are_named_at_once(client, desk):
    answer = await client.get(f"{DESK}/jobs?status=odd&page=0&size=x")
    error = (await answer.get_json())["error"]
    assert answer.status_code == 400
    assert [wrong["field"] for wrong in error["details"]["errors"]] == ["status", "page", "size"]


async def test_the_revision_is_the_etag_and_an_unchanged_desk_304(client, desk):
    seen = await client.get(DESK)
    assert seen.headers["ETag"] == f'"{desk.revision}"'
    assert seen.headers["Cache-Control"] == "no-store"
    assert (await seen.get_json())["revision"] == desk.revision
    headers = {"If-None-Match": seen.headers["ETag"]}
    again = await client.get(DESK, headers=headers)
    assert (again.status_code, await again.get_data()) == (304, b"")
    assert again.headers["ETag"] == seen.headers["ETag"]
    await make_job(client)
    assert (await client.get(DESK, headers=headers)).status_code == 200


async def test_the_poll_with_nothing_new_never_reaches_quart(client, desk, deps):
    seen = await client.get(DESK)
    client.app.before_request_funcs[None].append(_must_not_run)
    again = await client.get(DESK, headers={"If-None-Match": seen.headers["ETag"]})
    assert again.status_code == 304


async def _must_not_run():
    raise AssertionError("the door should have answered")


async def test_a_long_poll_waits_for_the_next_revision(client, desk, autojump_clock):
    before = desk.revision
    answers = []

    async def poll():
        answers.append(await client.get(f"{DESK}?after={before}&wait=25"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(poll)
        await trio.testing.wait_all_tasks_blocked()
        assert not answers
        assert desk.subscribers == 1
        await make_job(client)
    assert (await answers[0].get_json())["revision"] == desk.revision
    assert desk.subscribers == 0


async def test_a_long_poll_that_sees_nothing_is_304_at_its_end(client, desk, autojump_clock):
    began = trio.current_time()
    answer = await client.get(f"{DESK}?after={desk.revision}&wait=25")
    assert answer.status_code == 304
    assert trio.current_time() - began == 25


async def test_a_wait_is_cut_to_its_limit(client, desk, autojump_clock):
    began = trio.current_time()
    answer = await client.get(f"{DESK}?after={desk.revision}&wait=1e9")
    assert answer.status_code == 304
    assert trio.current_time() - began == 60


async def test_an_unknown_revision_is_answered_at_once(client, desk, autojump_clock):
    for after in (0, desk.revision + 1000):
        answer = await client.get(f"{DESK}?after={after}&wait=25")
        assert answer.status_code == 200


async def test_stopping_ends_long_polls(client, desk, deps, autojump_clock):
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.get, f"{DESK}?after={desk.revision}&wait=25")
        await trio.testing.wait_all_tasks_blocked()
        deps.stopping.set()
    assert trio.current_time() == began


async def test_a_full_mailbox_and_a_broken_disk_have_their_statuses(client, desk):
    job_id = (await make_job(client))["job"]["id"]
    for failure, status, code in [
        (MailboxFull("busy"), 429, "mailbox_full"),
        (StorageUnavailable("disk"), 503, "storage_unavailable"),
        (StorageUnavailable("disk", full=True), 507, "storage_full"),
    ]:
        desk.failure = failure
        answer = await client.post(f"{DESK}/jobs/{job_id}/start")
        assert answer.status_code == status
        assert (await answer.get_json())["error"]["code"] == code
        assert ("Retry-After" in answer.headers) == (status != 507)


async def test_one_job_shows_what_was_asked_for_and_no_secret(client, desk):
    asked = {
        "concurrency": 7,
        "headers": {"X-Team": "blue", "Authorization": "Bearer hush"},
        "proxies": ["http://user:hush@127.0.0.1:1"],
    }
    job_id = (await make_job(client, spec=asked))["job"]["id"]
    answer = await client.get(f"{DESK}/jobs/{job_id}")
    spec = (await answer.get_json())["spec"]
    assert (spec["concurrency"], spec["retries"]) == (7, 3)
    assert spec["headers"]["X-Team"] == "blue"
    assert set(spec["headers"]["Authorization"]) == set(spec["proxies"][0]) == {"secret"}
    assert b"hush" not in await answer.get_data()


async def test_a_restored_desk_says_so_until_it_is_acknowledged(client, desk):
    desk.publish(Change(replace(desk.state, restored=Restored(4, 1_700_000_000.0, "cut short"))))
    flags = (await (await client.get(DESK)).get_json())["flags"]
    assert flags["restored"] == {
        "revision": 4, "at": "2023-11-14T22:13:20.000Z", "reason": "cut short",
    }  # fmt: skip
    for _ in range(2):
        answer = await client.post(f"{DESK}/acknowledge")
        assert answer.status_code == 200
        assert await answer.get_json() == {"revision": desk.revision, "durable": True}
    assert (await (await client.get(DESK)).get_json())["flags"]["restored"] is None


async def test_a_body_that_is_not_asked_for_is_not_looked_at_where_it_is_long(client, desk):
    """It would be parsed in the loop, for all users."""
    answer = await client.post(
        f"{DESK}/acknowledge", data=b'{"a":[' + b"1," * 600 + b"]", headers=JSON
    )
    assert answer.status_code == 400
    assert (await answer.get_json())["error"]["code"] == "invalid_request"
    short = await client.post(f"{DESK}/acknowledge", data=b'{"a":', headers=JSON)
    assert (await short.get_json())["error"]["code"] == "invalid_json"
