"""The older paths of BatchGo, as its pages were seen to use them: every field that they send."""

from __future__ import annotations

import pytest
import trio

from tests.support.batchgo import TASKS, URLS, playing

V1 = "/api/v1/batchopen"
OLD = "/api/batchopen"
# What the page of 2024 sends, word for word.
PAGE = {
    "taskId": "task_1700000000000_x1y2z3",
    "urls": URLS,
    "cycleCount": 5,
    "proxyUrl": "",
    "refererOption": "custom",
    "selectedSocialMedia": "https://www.facebook.com",
    "customReferer": "https://blog.example/",
    "proxyValidated": True,
    "actualTotalVisits": 10,
    "accessMode": "http",
}


@pytest.fixture
def house(deps):
    """Runs a server; yields (client, server). Whoever uses it also asks for the virtual clock."""
    return lambda **changes: playing(deps, **changes)


async def polled(client, task_id, family=OLD, mode="silent", name="taskId"):
    status, told = await client.get(f"{family}/{mode}-progress?{name}={task_id}&t=123")
    assert (status, told["success"], told["code"]) == (200, True, 0)
    data = told.pop("data")
    assert data == told
    return told


async def test_the_page_polls_before_it_starts_and_until_it_ends(house, autojump_clock):
    async with house() as (client, server):
        task = PAGE["taskId"]
        told = await polled(client, task)
        assert (told["status"], told["progress"], told["taskId"]) == ("pending", 0, task)
        status, started = await client.post(f"{OLD}/silent-start", PAGE)
        assert status == 200
        data = started.pop("data")
        assert started == {
            "success": True,
            "code": 0,
            "taskId": task,
            "task_id": task,
            "status": "running",
            "token_consumed": 10,
            "consumed": 10,
            "balance": 9_990,
            "message": "Task started: 10 URL(s)",
        }
        assert (data["taskId"], data["task_id"], data["url_count"]) == (task, task, 10)
        await trio.sleep(1.5)
        told = await polled(client, task, name="task_id")
        assert told["status"] == "running"
        assert (told["successCount"], told["failCount"], told["pendingCount"]) == (5, 0, 5)
        assert (told["total"], told["progress"]) == (10, 50)
        assert told["duration"] == told["elapsedTime"] == 1_500
        assert told["timestamp"] == int(server.now() * 1_000)
        await trio.sleep(5)
        told = await polled(client, task, family=V1)
        assert (told["status"], told["progress"]) == ("completed", 100)
        assert told["message"] == "10 of 10 URL(s) processed"


async def test_both_spellings_say_the_same(house, autojump_clock):
    body = {
        "task_id": "mine",
        "urls": URLS,
        "cycle_count": 2,
        "access_mode": "http",
        "retry_count": 1,
        "use_proxy": False,
        "proxy_url": "http://user:secret@proxy.example:8080",
        "user_agent": "Mine/1",
        "headers": {"Authorization": "Bearer canary"},
    }
    async with house() as (client, _):
        _, started = await client.post(f"{OLD}/silent-start", body)
        assert started["taskId"] == "mine"
        _, told = await client.get(f"{OLD}/task/mine")
        assert told["config"]["silent"] == {
            "concurrency": 5,
            "timeout": 30,
            "retry_count": 1,
            "use_proxy": True,
            "proxy_rotation": False,
            "access_mode": "http",
            "user_agent": "Mine/1",
            "headers": {"Authorization": "***"},
            "proxy_url": "http://proxy.example:8080",
        }
        assert (told["url_count"], told["cycles"], told["urls"]) == (4, 2, URLS)
        assert "canary" not in str(told)
        assert "secret" not in str(told)
        told = await client.refused(
            400, "invalid_request", "POST", f"{OLD}/silent-start",
            {"urls": URLS, "cycle_count": 2, "cycleCount": 3},
        )  # fmt: skip
        assert told["details"]["field"] == "cycleCount"


async def test_a_referer_is_the_header_that_it_is(house, autojump_clock):
    async with house() as (client, _):
        await client.post(f"{OLD}/silent-start", PAGE)
        _, told = await client.get(f"{OLD}/task/{PAGE['taskId']}")
        assert told["config"]["silent"]["headers"] == {"Referer": "https://blog.example/"}


async def test_a_browser_costs_two_tokens_a_url(house, autojump_clock):
    async with house() as (client, _):
        for word in ("puppeteer", "browser"):
            body = {"urls": URLS, "accessMode": word}
            _, started = await client.post(f"{OLD}/silent-start", body)
            assert started["token_consumed"] == 4


async def test_the_same_start_said_twice_is_one_task(house, autojump_clock):
    async with house() as (client, _):
        _, first = await client.post(f"{OLD}/silent-start", PAGE)
        _, again = await client.post(f"{OLD}/silent-start", PAGE)
        assert again["data"]["id"] == first["data"]["id"]
        assert again["balance"] == first["balance"]
        other = {**PAGE, "urls": ["https://other.example/"]}
        await client.refused(409, "invalid_status", "POST", f"{OLD}/silent-start", other)
        keyed = {"urls": URLS}
        _, one = await client.post(f"{OLD}/silent-start", keyed, **{"Idempotency-Key": "k"})
        _, two = await client.post(f"{OLD}/silent-start", keyed, **{"Idempotency-Key": "k"})
        assert two["task_id"] == one["task_id"]
        _, listed = await client.get(TASKS)
        assert listed["total"] == 2


async def test_failed_reads_error_and_cancelled_terminated(house, autojump_clock):
    async with house() as (client, _):
        body = {"taskId": "bad", "urls": ["https://a.example/broken"], "retry_count": 0}
        await client.post(f"{OLD}/silent-start", body)
        await client.post(
            f"{OLD}/silent-start", {"taskId": "long", "urls": ["https://a.example/slow"]}
        )
        await trio.sleep(5)
        told = await polled(client, "bad")
        assert (told["status"], told["failCount"]) == ("error", 1)
        status, told = await client.post(f"{OLD}/silent-terminate", {"taskId": "long"})
        assert (status, told["success"], told["status"]) == (200, True, "terminated")
        status, told = await client.post(f"{OLD}/silent-terminate", {"task_id": "long"})
        assert (status, told["message"]) == (200, "The task had ended before")
        assert (await polled(client, "long"))["status"] == "terminated"
        await client.refused(
            404, "task_not_found", "POST", f"{OLD}/silent-terminate", {"taskId": "never"}
        )
        told = await client.refused(400, "invalid_request", "GET", f"{OLD}/silent-progress")
        assert told["details"]["field"] == "taskId"
        never = "0f8fad5b-d9cb-469f-a165-70867728950e"
        path = f"{OLD}/silent-progress?taskId={never}"
        await client.refused(404, "task_not_found", "GET", path)


async def test_the_contract_s_three_starts(house, autojump_clock):
    """Its examples, as they stand there."""
    silent = {
        "urls": ["https://example.com"],
        "concurrency": 5,
        "timeout": 30,
        "retry_count": 3,
        "use_proxy": False,
    }
    basic = {
        "urls": ["https://example.com"],
        "delay": 1000,
        "new_window": True,
        "sequential": False,
    }
    autoclick = {
        "urls": ["https://example.com"],
        "start_time": "09:00",
        "end_time": "18:00",
        "interval": 60,
        "work_days": [1, 2, 3, 4, 5],
    }
    async with house() as (client, _):
        for mode, body, cost in (
            ("silent", silent, 1), ("basic", basic, 1), ("autoclick", autoclick, 0),
        ):  # fmt: skip
            status, told = await client.post(f"{OLD}/{mode}-start", body)
            assert (status, told["success"], told["status"]) == (200, True, "running"), told
            assert told["token_consumed"] == cost
            assert told["data"]["mode"] == mode
            await polled(client, told["taskId"], mode=mode)
            status, typed = await client.post(f"{V1}/start?type={mode}", body)
            assert (status, typed["data"]["mode"]) == (200, mode)
            await client.post(f"{V1}/terminate", {"taskId": typed["taskId"]})
        told = await client.refused(400, "invalid_request", "POST", f"{V1}/start?type=x", silent)
        assert told["details"]["field"] == "type"
        told = await client.refused(400, "invalid_request", "POST", f"{OLD}/silent-start", basic)
        assert "belongs to the mode basic" in told["details"]["errors"][0]["reason"]


async def test_lists_and_tidying_up(house, autojump_clock):
    async with house() as (client, _):
        for name in ("one", "two"):
            await client.post(f"{OLD}/silent-start", {"taskId": name, "urls": URLS})
        slow = {"taskId": "slow", "urls": ["https://a.example/slow"]}
        await client.post(f"{OLD}/silent-start", slow)
        await trio.sleep(5)
        _, told = await client.get(f"{OLD}/tasks?limit=2&offset=1")
        assert told["pagination"] == {"total": 3, "limit": 2, "offset": 1}
        assert [task["taskId"] for task in told["data"]] == ["two", "one"]
        assert told["code"] == 0
        _, told = await client.get(f"{OLD}/running-tasks")
        assert [task["taskId"] for task in told["tasks"]] == ["slow"]
        await client.refused(
            409, "invalid_status", "POST", f"{OLD}/force-cleanup", {"taskId": "slow"}
        )
        status, _ = await client.post(f"{OLD}/force-cleanup", {"taskId": "slow", "force": True})
        assert status == 200
        await client.refused(404, "task_not_found", "GET", f"{OLD}/task/slow")
        await client.post(f"{OLD}/silent-start", {**slow, "taskId": "slow2"})
        _, told = await client.post(f"{OLD}/stop-all")
        assert told["stopped"] == 1
        _, told = await client.post(f"{OLD}/clear-completed")
        assert told["cleared"] == 3
        _, told = await client.get(f"{OLD}/tasks")
        assert told["pagination"]["total"] == 0


async def test_what_pages_ask_before_a_start(house, autojump_clock):
    async with house() as (client, _):
        _, told = await client.get(f"{OLD}/validation-config")
        assert (told["success"], told["config"]["enabled"]) == (True, True)
        _, told = await client.get(f"{OLD}/version?feature=batchopen")
        assert told["versions"].keys() == {"basic", "silent", "automated"}
        for version in told["versions"].values():
            assert version.keys() >= {
                "available", "name", "description", "maxUrls", "maxConcurrent", "features",
            }  # fmt: skip
        body = {"urls": URLS, "cycleCount": 3}
        for family in (V1, "/go/api/v1/batchopen", "/api/go/api/v1/batchopen"):
            _, told = await client.post(f"{family}/silent:check", body)
            assert (told["sufficient"], told["required"], told["quantity"]) == (True, 6, 6)
            assert told["balance"] == 10_000
        _, told = await client.post(f"{V1}/silent:check", {"quantity": 10_001})
        assert (told["sufficient"], told["required"]) == (False, 10_001)
        _, told = await client.post(f"{V1}/silent:execute", body)
        assert told["token_consumed"] == 6
