"""AutoClick's own paths: schedules in its pages' words, and what is not done for anybody."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.errors import DeskUnavailable
from actors.messages import DeleteJob, PauseJob, StartJob
from state.memory import MemoryStore
from state.model import JobStatus
from state.views import desk_key
from tests.support.forged import bearer, token
from web.app import build_app

TASKS = "/api/autoclick/tasks"
SCHEDULES = "/api/batchopen/autoclick/schedules"
OFFER = {
    "offerUrl": "https://example.com/", "country": "US", "timeWindow": "06:00-24:00",
    "referer": "", "proxyUrl": "",
}  # fmt: skip


@pytest.fixture
async def ann(deps):
    return await deps.desks.create(desk_key("user:ann"), guest=False)


@pytest.fixture
def ask(deps, ann):
    client = build_app(replace(deps, store=MemoryStore())).test_client()

    async def send(method, path, status=200, **more):
        answer = await client.open(path, method=method, headers=bearer(token()), **more)
        told = await answer.get_json()
        assert answer.status_code == status, told
        return told

    return send


def job_of(desk):
    return list(desk.state.jobs.values())[-1]


async def test_an_offer_is_a_schedule_of_visits(ask, ann):
    told = (await ask("POST", TASKS, json=OFFER))["task"]
    job = job_of(ann)
    schedule = job.schedule
    assert (job.kind, job.feature, job.status) == ("visit", "autoclick", JobStatus.PENDING)
    assert (schedule.start, schedule.end, schedule.timezone) == (
        "06:00", "24:00", "America/Los_Angeles",
    )  # fmt: skip
    assert job.price_tokens == 2
    assert (told["country"], told["timeWindow"], told["status"]) == ("US", "06:00-24:00", "pending")
    assert told["dailyClicks"] == 18
    listed = await ask("GET", TASKS)
    assert [task["dailyClicks"] for task in listed["tasks"]] == [18]
    assert listed["data"] == listed["tasks"]


async def test_every_scheduled_task_is_listed_whoever_made_it(ask, ann):
    body = {"urls": ["https://example.com/"], "start_time": "09:00", "end_time": "18:00"}
    await ask("POST", "/api/batchopen/autoclick-start", json={**body, "interval": 90})
    await ask("POST", "/api/batchopen/silent-start", json={"urls": ["https://example.com/"]})
    (told,) = (await ask("GET", TASKS))["tasks"]
    assert (told["dailyClicks"], told["status"]) == (6, "running")
    (schedule,) = (await ask("GET", SCHEDULES))["data"]
    assert (schedule["status"], schedule["dailyTarget"]) == ("ENABLED", 6)


async def test_start_stop_and_terminate(ask, ann):
    task = (await ask("POST", TASKS, json=OFFER))["task"]["id"]
    assert (await ask("POST", f"{TASKS}/{task}/start"))["task"]["status"] == "running"
    await ask("POST", f"{TASKS}/{task}/start", 409)
    assert (await ask("POST", f"{TASKS}/{task}/stop"))["task"]["status"] == "pending"
    assert isinstance(ann.asked[-1], PauseJob)
    assert (await ask("POST", f"{TASKS}/{task}/start"))["task"]["status"] == "running"
    assert (await ask("POST", f"{TASKS}/{task}/terminate"))["task"]["status"] == "terminated"
    assert (await ask("POST", f"{TASKS}/{task}/terminate"))["task"]["status"] == "terminated"
    told = await ask("POST", f"{TASKS}/nobody/start", 404)
    assert told["error"] == "task_not_found"


async def test_schedules_are_made_changed_enabled_and_deleted(ask, ann):
    body = {
        "name": "mine", "urls": ["https://a.example/", "https://b.example/"],
        "timezone": "Asia/Tokyo", "timeWindow": "22:00-02:00", "referer": {"type": "none"},
    }  # fmt: skip
    made = (await ask("POST", SCHEDULES, json=body))["data"]
    assert (made["name"], made["status"], made["dailyTarget"]) == ("mine", "DISABLED", 8)
    on = (await ask("POST", f"{SCHEDULES}/{made['id']}/enable"))["data"]
    assert on["status"] == "ENABLED"
    assert on["nextRunAt"] is not None
    changed = await ask("PUT", f"{SCHEDULES}/{made['id']}", json={**body, "interval": 120})
    assert (changed["data"]["status"], changed["data"]["dailyTarget"]) == ("ENABLED", 4)
    (only,) = (await ask("GET", SCHEDULES))["data"]
    assert only["id"] == changed["data"]["id"]
    off = (await ask("POST", f"{SCHEDULES}/{only['id']}/disable"))["data"]
    assert off["status"] == "DISABLED"
    await ask("DELETE", f"{SCHEDULES}/{only['id']}")
    assert (await ask("GET", SCHEDULES))["data"] == []
    assert ann.state.jobs == {}


@pytest.mark.parametrize("lost", [PauseJob, StartJob, DeleteJob])
async def test_a_change_that_is_cut_short_leaves_no_two_schedules_on(ask, ann, monkeypatch, lost):
    """Each would be paid for."""
    old = (await ask("POST", SCHEDULES, json=OFFER))["data"]["id"]
    await ask("POST", f"{SCHEDULES}/{old}/enable")
    whole = ann.ask

    async def cut(command, *more):
        if isinstance(command, lost):
            raise DeskUnavailable("the desk is gone")
        return await whole(command, *more)

    monkeypatch.setattr(ann, "ask", cut)
    await ask("PUT", f"{SCHEDULES}/{old}", 503, json={**OFFER, "interval": 120})
    listed = (await ask("GET", SCHEDULES))["data"]
    assert old in [each["id"] for each in listed]
    assert [each["status"] for each in listed].count("ENABLED") <= 1


async def test_a_change_that_is_wrong_leaves_what_was(ask, ann):
    made = (await ask("POST", SCHEDULES, json={**OFFER, "name": "mine"}))["data"]
    bad = {**OFFER, "timeWindow": "09:00-09:00"}
    await ask("PUT", f"{SCHEDULES}/{made['id']}", 400, json=bad)
    assert [each["id"] for each in (await ask("GET", SCHEDULES))["data"]] == [made["id"]]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"dailyClicks": 500}, "dailyClicks"),
        ({"dailyTarget": 5}, "dailyTarget"),
        ({"daily_clicks": "many"}, "daily_clicks"),
        ({"referer": {"type": "social", "value": "https://social.example/"}}, "referer"),
        ({"identityPerVisit": True}, "identityPerVisit"),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", [TASKS, SCHEDULES])
async def test_made_up_traffic_is_not_supported(ask, ann, path, changed, field):
    told = await ask("POST", path, 400, json={**OFFER, **changed})
    assert (told["success"], told["error"]) == (False, "not_supported")
    assert told["details"]["field"] == field
    assert field in told["message"]
    assert told["details"]["errors"][0]["reason"].startswith(f"{field} is not supported")
    assert ann.state.jobs == {}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"timeWindow": "06:00"}, "timeWindow"),
        ({"timeWindow": "6-24"}, "timeWindow"),
        ({"timeWindow": 5}, "timeWindow"),
        ({"timeWindow": "25:00-26:00"}, "start_time"),
        ({"timeWindow": "09:00-09:00"}, "end_time"),
        ({"country": "XX"}, "country"),
        ({"country": 5}, "country"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"offerUrl": None}, "offerUrl"),
        ({"offerUrl": "ftp://example.com"}, "urls[0]"),
        ({"offerUrl": 5}, "urls[0]"),
        ({"interval": 0}, "interval"),
        ({"interval": 1.5}, "interval"),
        ({"work_days": [7]}, "work_days"),
        ({"referer": "facebook"}, "referer"),
        ({"referer": {"type": "custom", "value": 5}}, "referer"),
        ({"clicks": 5}, "clicks"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_named(ask, ann, changed, field):
    told = await ask("POST", TASKS, 400, json={**OFFER, **changed})
    assert (told["error"], told["details"]["field"]) == ("invalid_request", field)
    assert ann.state.jobs == {}


async def test_a_referer_of_one_s_own_is_a_header_like_any_other(ask, ann):
    referer = {"type": "custom", "value": "https://mine.example/"}
    told = (await ask("POST", TASKS, json={**OFFER, "referer": referer}))["task"]
    assert told["referer"] == "https://mine.example/"
    assert job_of(ann).spec["headers"] == {"Referer": "https://mine.example/"}


async def test_a_proxy_s_password_is_nowhere_to_be_seen(ask, ann):
    proxy = "http://user:sesame@proxy.example:8080"
    await ask("POST", TASKS, json={**OFFER, "proxyUrl": proxy})
    assert "sesame" not in str(await ask("GET", TASKS))
    assert "sesame" not in str(job_of(ann))


async def test_the_execution_is_told_before_the_first_pass(ask, ann):
    task = (await ask("POST", TASKS, json=OFFER))["task"]["id"]
    for path in (
        f"/api/v2/autoclick/schedules/{task}/execution/current",
        f"/api/autoclick/snapshot?scheduleId={task}",
        "/api/autoclick/snapshot",
        "/api/autoclick/live",
    ):
        told = await ask("GET", path)
        assert (told["data"]["type"], told["data"]["id"]) == ("execution_update", None)
        assert (told["data"]["scheduleId"], told["data"]["status"]) == (task, "idle")
    await ask("GET", "/api/autoclick/snapshot?scheduleId=nobody", 404)
