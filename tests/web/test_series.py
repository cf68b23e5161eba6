"""The series of a job over REST: what is told, asked for, refused, and known already."""

from __future__ import annotations

import json

import pytest
from msgspec import Raw
from msgspec.structs import replace

from state.memory import MemoryStore
from state.model import InputItem, JobStatus, OutcomeStatus
from state.spending import Spend
from tests.web.test_desk_routes import make_job
from tests.web.test_results import JOBS, KEY, outcome

OK, FAILED = OutcomeStatus.OK, OutcomeStatus.FAILED
NOW = 1_700_000_060.0


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore(), now=lambda: NOW)


@pytest.fixture
async def job(client, desk, deps):
    """Started at the 1,700,000,000th second, with eight items of which four have ended."""
    urls = [f"https://example.com/{n}" for n in range(8)]
    job_id = (await make_job(client, name="list", items=urls))["job"]["id"]
    desk.move(job_id, JobStatus.QUEUED, run=1)
    desk.move(job_id, JobStatus.RUNNING, started_at=NOW - 60)
    items = [InputItem(Raw(json.dumps(url).encode())) for url in urls]
    await deps.store.write_inputs(KEY, job_id, items)
    await ended(
        deps,
        job_id,
        outcome(0),
        replace(outcome(1, FAILED, b'{"http_status":429}'), at=NOW - 60),
        replace(outcome(2), at=NOW - 30, spend=Spend(calls=1, prompt_tokens=9, picousd=1_500)),
        replace(outcome(3, FAILED, error="timed out"), at=NOW - 30, duration_ms=3_000.0),
    )
    return job_id


async def ended(deps, job_id, *records):
    log = await deps.store.open_outcomes(KEY, job_id)
    await log.append(records)
    await log.sync()
    await log.aclose()


async def series(client, job, query=""):
    answer = await client.get(f"{JOBS}/{job}/series{query}")
    assert answer.status_code == 200, await answer.get_json()
    return await answer.get_json()


async def test_it_tells_what_happened_when(client, desk, job):
    page = await series(client, job, "?points=61")
    first, second = page.pop("buckets")
    assert first == {
        "at": "2023-11-14T22:13:20.000Z",
        "ok": 1, "failed": 1, "skipped": 0, "lost": 0, "errors": {"429": 1},
        "duration_ms": {"min": 12.3, "median": 12.3, "p95": 12.3, "max": 12.3},
        "bytes": 5, "usd": "0", "tokens": 0,
    }  # fmt: skip
    assert (second["at"], second["ok"], second["errors"]) == (
        "2023-11-14T22:13:50.000Z",
        1,
        {"timeout": 1},
    )
    assert (second["usd"], second["tokens"]) == ("0.0000000015", 9)
    total = page.pop("total")
    assert (total["ok"], total["failed"], total["duration_ms"]["max"]) == (2, 2, 3_000.0)
    assert page == {
        "from": "2023-11-14T22:13:20.000Z", "to": "2023-11-14T22:14:21.000Z", "width_s": 1.0,
        "replaced": {"ok": 0, "failed": 0, "skipped": 0}, "growing": True, "astray": 0,
        "bad_lines": 0, "revision": desk.state.jobs[job].revision,
    }  # fmt: skip


async def test_who_has_a_share_link_is_told_all_but_what_it_costs(client, job):
    made = await client.post(f"{JOBS.removesuffix('/jobs')}/shares", json={})
    token = (await made.get_json())["token"]
    answer = await client.get(f"/api/desks/{token}/jobs/{job}/series?points=61")
    shown, whole = await answer.get_json(), await series(client, job, "?points=61")
    assert (whole["total"]["usd"], whole["total"]["tokens"]) == ("0.0000000015", 9)
    for bucket in [*whole["buckets"], whole["total"]]:
        bucket |= {"usd": "0", "tokens": 0}
    assert shown == whole


async def test_a_part_of_it_is_finer_and_what_is_new_comes_alone(client, job):
    part = "from=2023-11-14T22:13:49Z&to=2023-11-14T22:13:52Z"
    page = await series(client, job, f"?points=30&{part}")
    assert page["width_s"] == 0.125
    assert [bucket["at"] for bucket in page["buckets"]] == ["2023-11-14T22:13:50.000Z"]
    newest = await series(client, job, "?points=61&since=2023-11-14T22:13:21.000Z")
    assert [bucket["at"] for bucket in newest["buckets"]] == ["2023-11-14T22:13:50.000Z"]
    assert (newest["total"]["ok"], newest["from"]) == (2, "2023-11-14T22:13:20.000Z")


async def test_what_is_known_is_not_sent_again(client, desk, deps, job):
    first = await client.get(f"{JOBS}/{job}/series")
    etag = first.headers["ETag"]
    again = await client.get(f"{JOBS}/{job}/series", headers={"If-None-Match": etag})
    assert (again.status_code, await again.get_data()) == (304, b"")
    desk.move(job, JobStatus.COMPLETED, ended_at=NOW - 10)
    newer = await client.get(f"{JOBS}/{job}/series", headers={"If-None-Match": etag})
    page = await newer.get_json()
    assert (newer.status_code, page["growing"]) == (200, False)
    # It has ended: its chart does not grow with the day.
    assert page["to"] == "2023-11-14T22:14:10.250Z"


async def test_with_what_was_replaced_left_out_it_is_what_the_job_counts(client, desk, deps, job):
    desk.move(job, JobStatus.PARTIALLY_COMPLETED, ended_at=NOW - 5)
    desk.move(job, JobStatus.QUEUED, run=2)
    await ended(
        deps, job, *[replace(outcome(n), run=2, at=NOW) for n in (1, 3, 4, 5)],
        replace(outcome(6, FAILED), run=2, at=NOW), replace(outcome(7), run=2, at=NOW),
    )  # fmt: skip
    page = await series(client, job)
    total, replaced = page["total"], page["replaced"]
    assert replaced == {"ok": 0, "failed": 2, "skipped": 0}
    counted = {name: total[name] - replaced[name] for name in replaced}
    for status, n in counted.items():
        items = await client.get(f"{JOBS}/{job}/items?status={status}")
        assert (await items.get_json())["total"] == n, status


async def test_one_that_never_ran_has_nothing_to_show(client, deps, desk):
    job_id = (await make_job(client, items=["https://example.com/"]))["job"]["id"]
    await deps.store.write_inputs(KEY, job_id, [InputItem(Raw(b'"https://example.com/"'))])
    page = await series(client, job_id)
    assert (page["buckets"], page["total"]["ok"]) == ([], 0)
    assert page["total"]["duration_ms"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("points=1", "points"),
        ("points=1001", "points"),
        ("points=many", "points"),
        ("from=yesterday", "from"),
        ("since=0", "since"),
        ("from=2023-11-14T22:13:20Z&to=2023-11-14T22:13:19Z", "to"),
    ],
)
async def test_what_is_asked_wrongly_is_named(client, job, query, field):
    answer = await client.get(f"{JOBS}/{job}/series?{query}")
    assert answer.status_code == 400
    (error,) = (await answer.get_json())["error"]["details"]["errors"]
    assert error["field"] == field


@pytest.mark.parametrize("points", [2, 1_000])
async def test_at_the_edges_there_are_as_many_as_asked_for_at_most(client, job, points):
    page = await series(client, job, f"?points={points}")
    assert len(page["buckets"]) <= points
    assert sum(bucket["ok"] for bucket in page["buckets"]) == 2
