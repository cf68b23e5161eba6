"""What the dialect refuses is told in its own words: a task's, not a job's, in both languages."""

from __future__ import annotations

import pytest

from actors.errors import InvalidStatus
from actors.rules.change import PlanTier
from tests.support.batchgo import ANN, TASKS, URLS, Client, playing
from web.dialects.batchgo.status_texts import CAUSES
from web.dialects.batchgo.texts import RETRIED, RETRIED_CHOSEN

OLD = "/api/batchopen"
WINDOW = {"start_time": "09:00", "end_time": "18:00"}


def test_every_cause_of_the_core_has_words():
    assert CAUSES.keys() > InvalidStatus.CAUSES
    assert all(text.zh and text.en for text in CAUSES.values())


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_a_status_does_not_allow_is_told_of_tasks(deps, autojump_clock, language):
    """In the words of the path that was asked: no status of jobs is among them."""
    async with playing(deps) as (other, _):
        client = Client(other.client, {**ANN, "Accept-Language": language})
        task = await client.created(urls=[URLS[0], "https://example.com/broken"])
        path = f"{TASKS}/{task['id']}"
        alias = {"taskId": "mine", "urls": URLS}
        await client.post(f"{path}/start")
        slow = await client.created(urls=["https://example.com/slow"])
        offer = await client.created("autoclick", config=WINDOW)
        for command in ("start", "terminate"):
            await client.post(f"/api/autoclick/tasks/{offer['id']}/{command}")
        await client.post(f"{TASKS}/{slow['id']}/start")
        await client.post(f"{OLD}/silent-start", alias)
        assert (await client.until_over(task["id"]))["failed_count"] == 1
        asked = [
            ("POST", f"{path}/start", None, "completed", "started"),
            ("POST", f"{path}/pause", None, "completed", "paused"),
            ("POST", f"{path}/cancel", None, "completed", "cancelled"),
            ("POST", f"{path}/retry?text=nowhere", None, "completed", "nothing_to_retry"),
            ("POST", f"{TASKS}/{slow['id']}/resume", None, "running", "resumed"),
            ("POST", f"{TASKS}/{slow['id']}/retry", None, "running", "retried"),
            ("POST", f"{TASKS}/{offer['id']}/retry", None, "cancelled", "schedule_ended"),
            ("POST", f"/api/autoclick/tasks/{offer['id']}/start", None, "terminated", "started"),
            ("POST", f"{OLD}/silent-start", {**alias, "urls": ["https://b.example/"]},
             "completed", "id_taken"),
            ("POST", f"{OLD}/force-cleanup", {"taskId": slow["id"]}, "running", "not_ended"),
        ]  # fmt: skip
        for method, path, body, status, cause in asked:
            told = await client.refused(409, "invalid_status", method, path, body)
            assert (told["details"]["status"], told["details"]["cause"]) == (status, cause)
            assert told["message"] == CAUSES[cause].told(language, status=status)


async def test_what_a_plan_has_no_room_for_is_told_by_its_own_name(deps, autojump_clock):
    plans = {"default": PlanTier(max_items=3, max_concurrency=4)}
    async with playing(deps, actors={"plans": plans}) as (client, _):
        body = {"mode": "silent", "urls": URLS, "cycles": 2}
        told = await client.refused(403, "plan_exceeded", "POST", TASKS, body)
        assert told["details"] == {"plan": "default", "field": "urls", "limit": 3, "value": 4}
        assert told["message"] == "the plan 'default' allows urls up to 3, and this has 4"
        body = {"mode": "silent", "urls": URLS, "config": {"silent": {"concurrency": 5}}}
        told = await client.refused(403, "plan_exceeded", "POST", TASKS, body)
        assert told["details"]["field"] == "config.silent.concurrency"
        body = {"urls": URLS, "concurrency": 5}
        chinese = Client(client.client, ANN)
        told = await chinese.refused(403, "plan_exceeded", "POST", f"{OLD}/silent-start", body)
        assert told["message"] == "超出套餐“default”的限制：concurrency 最多 4，本任务为 5"


@pytest.mark.parametrize("number", ["NaN", "1e999", str(10**30), "-Infinity"])
async def test_a_number_that_is_none_names_its_field(deps, autojump_clock, number):
    data = b'{"mode": "silent", "config": {"silent": {"timeout": %s}}}' % number.encode()
    field = "config.silent.timeout"
    async with playing(deps) as (client, _):
        for language, said in (("zh", f"问题出在字段 {field}"), ("en", f"in {field})")):
            headers = {**ANN, "Accept-Language": language, "Content-Type": "application/json"}
            answer = await client.client.post(TASKS, data=data, headers=headers)
            told = await answer.get_json()
            assert (answer.status_code, told["error"]) == (400, "invalid_request")
            assert told["details"]["field"] == field
            assert told["message"].endswith(said)


async def test_urls_that_are_missing_are_one_fault(deps, autojump_clock):
    async with playing(deps) as (client, _):
        told = await client.refused(400, "invalid_request", "POST", TASKS, {"mode": "silent"})
        assert told["details"]["errors"] == [
            {"index": None, "field": "urls", "reason": "is missing"}
        ]


async def test_a_retry_of_some_says_so(deps, autojump_clock):
    async with playing(deps) as (client, _):
        task = await client.created(urls=["https://a.example/broken", "https://b.example/broken"])
        path = f"{TASKS}/{task['id']}"
        await client.post(f"{path}/start")
        await client.until_over(task["id"])
        _, told = await client.post(f"{path}/retry?text=a.example")
        assert told["message"] == RETRIED_CHOSEN.en
        await client.until_over(task["id"])
        _, told = await client.post(f"{path}/retry")
        assert told["message"] == RETRIED.en
