"""Schedules over REST: shown before there is a job, given with one, told of by it."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from state.schedules import PassRecord, Schedule
from tests.web.conftest import GUEST
from web.app import build_app

PREVIEW = f"/api/desks/{GUEST}/schedule/preview"
JOBS = f"/api/desks/{GUEST}/jobs"
# 2026-11-20, 16:30 UTC: a Friday.
NOW = 1_795_192_200.0
OFFICE = {
    "start": "09:00",
    "end": "18:00",
    "interval_min": 60,
    "work_days": [1, 2, 3, 4, 5],
    "timezone": "UTC",
}


class Calendar:
    """XX has the next Monday off."""

    def __init__(self):
        self.loaded = 0

    async def load(self):
        self.loaded += 1

    def knows(self, country):
        return country == "XX"

    def is_holiday(self, country, day):
        return day == date(2026, 11, 23)

    def is_made_up(self, country, day):
        return False


@pytest.fixture
def calendar():
    return Calendar()


@pytest.fixture
def client(deps, calendar):
    return build_app(replace(deps, calendar=calendar, now=lambda: NOW)).test_client()


async def preview(client, **changes):
    answer = await client.post(PREVIEW, json={**OFFICE, **changes})
    return answer.status_code, await answer.get_json()


async def test_the_next_five_passes(client, desk):
    status, answer = await preview(client)
    assert status == 200
    assert [p["at"] for p in answer["passes"]] == [
        "2026-11-20T17:00:00.000Z",
        "2026-11-23T09:00:00.000Z",
        "2026-11-23T10:00:00.000Z",
        "2026-11-23T11:00:00.000Z",
        "2026-11-23T12:00:00.000Z",
    ]
    assert all(p["due_at"] == p["at"] for p in answer["passes"])
    assert desk.asked == []


async def test_the_seed_settles_the_delays(client, desk):
    seen = [await preview(client, max_delay_min=30, seed=seed) for seed in ("a", "a", "b")]
    assert seen[0] == seen[1] != seen[2]
    assert all(p["at"] <= p["due_at"] for p in seen[2][1]["passes"])


async def test_holidays_are_loaded_and_kept_to(client, desk, calendar):
    _, answer = await preview(client, holidays="XX")
    assert [p["at"][8:10] for p in answer["passes"]] == ["20", "24", "24", "24", "24"]
    assert calendar.loaded == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start": "9"}, "start"),
        ({"start": 9}, "start"),
        ({"end": "09:00"}, "end"),
        ({"interval_min": 0}, "interval_min"),
        ({"interval_min": -5}, "interval_min"),
        ({"interval_min": 1.5}, "interval_min"),
        ({"interval_min": 10**18}, "interval_min"),
        ({"interval_min": True}, "interval_min"),
        ({"max_delay_min": 1_441}, "max_delay_min"),
        ({"work_days": []}, "work_days"),
        ({"work_days": [7]}, "work_days"),
        ({"work_days": ["1"]}, "work_days[0]"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"holidays": "YY"}, "holidays"),
        ({"surprise": 1}, "surprise"),
        ({"seed": "s" * 201}, "seed"),
    ],
)
async def test_what_is_wrong_is_named(client, desk, change, field):
    status, answer = await preview(client, **change)
    assert (status, answer["error"]["code"]) == (400, "invalid_request")
    assert [e["field"] for e in answer["error"]["details"]["errors"]] == [field]
    wrong = {**OFFICE, **change}
    if field == "seed":
        return
    body = {"kind": "fetch", "items": ["http://a.example"], "schedule": wrong}
    answer = await client.post(JOBS, json=body)
    assert answer.status_code == 400
    details = (await answer.get_json())["error"]["details"]
    assert [e["field"].partition(".")[0] for e in details["errors"]] == ["schedule"]
    assert desk.asked == []


async def test_a_job_is_made_with_a_schedule_and_tells_its_passes(client, desk):
    body = {"kind": "fetch", "items": ["http://a.example"], "schedule": OFFICE, "start": True}
    answer = await client.post(JOBS, json=body)
    job = (await answer.get_json())["job"]
    assert answer.status_code == 201
    assert job["status"] == "scheduled"
    assert desk.asked[0].schedule == Schedule(
        start="09:00", end="18:00", interval_min=60, work_days=(1, 2, 3, 4, 5), timezone="UTC"
    )
    kept = desk.state.jobs[job["id"]]
    records = (PassRecord(NOW, NOW + 60, job_id="j"), PassRecord(NOW + 1, NOW + 2, skipped="busy"))
    jobs = {**desk.state.jobs, job["id"]: replace(kept, passes=records)}
    desk.state = replace(desk.state, jobs=jobs)
    desk.progress(job["id"], None)
    answer = await (await client.get(f"{JOBS}/{job['id']}")).get_json()
    assert answer["passes"] == [
        {
            "slot_at": "2026-11-20T16:30:00.000Z",
            "at": "2026-11-20T16:31:00.000Z",
            "job_id": "j",
            "skipped": None,
        },
        {
            "slot_at": "2026-11-20T16:30:01.000Z",
            "at": "2026-11-20T16:30:02.000Z",
            "job_id": None,
            "skipped": "busy",
        },
    ]


async def test_a_job_without_a_schedule_has_no_passes(client, desk):
    body = {"kind": "fetch", "items": ["http://a.example"]}
    job = (await (await client.post(JOBS, json=body)).get_json())["job"]
    answer = await (await client.get(f"{JOBS}/{job['id']}")).get_json()
    assert answer["passes"] == []
