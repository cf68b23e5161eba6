"""Results and figures of BatchGo's tasks, lists of them, and tasks that go by a schedule."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import trio
from msgspec.structs import replace

from tests.support.batchgo import ENGLISH, TASKS, URLS, playing
from tests.support.servers import EPOCH

ROW = {
    "index", "url", "status", "http_status", "final_url", "duration_ms", "attempts", "bytes",
    "sha256", "error",
}  # fmt: skip
FIGURES = {
    "duration_s", "success_rate", "average_response_ms", "tokens_per_url", "urls_per_token",
    "urls_per_s", "error_rate",
}  # fmt: skip
BROKEN = "https://a.example/broken"


@pytest.fixture
def house(deps):
    """Runs a server; yields (client, server). Whoever uses it also asks for the virtual clock."""
    return lambda **changes: playing(deps, **changes)


async def ended(client, **fields):
    task = await client.created(start=True, **fields)
    return f"{TASKS}/{task['id']}", await client.until_over(task["id"])


async def test_results_have_the_contract_s_fields_and_figures(house, autojump_clock):
    async with house() as (client, _):
        config = {"concurrency": 1, "retry_count": 0}
        path, told = await ended(client, urls=[*URLS, BROKEN], config=config)
        assert (told["status"], told["failed_count"]) == ("completed", 1)
        status, result = await client.get(f"{path}/result")
        assert status == 200
        assert (result["task_id"], result["status"], result["total"]) == (
            told["id"],
            "completed",
            3,
        )
        assert all(row.keys() >= ROW for row in result["results"])
        assert [row["status"] for row in result["results"]] == ["success", "success", "failed"]
        assert result["results"][2]["http_status"] == 404
        figures = result["statistics"]
        assert figures.keys() == FIGURES
        assert figures["duration_s"] == pytest.approx(3, abs=0.5)
        assert figures["success_rate"] == pytest.approx(2 / 3, abs=1e-5)
        assert figures["error_rate"] == pytest.approx(1 / 3, abs=1e-5)
        assert figures["average_response_ms"] == pytest.approx(1_000, abs=1)
        assert (figures["tokens_per_url"], figures["urls_per_token"]) == (1, 1)
        assert figures["urls_per_s"] == pytest.approx(1, abs=0.2)
        assert result["result"]["results"] == result["results"]


async def test_results_by_pages_and_filters(house, autojump_clock):
    async with house() as (client, _):
        urls = [*URLS, BROKEN]
        path, _ = await ended(client, urls=urls, config={"retry_count": 0})
        for query, found in (
            ("page=2&size=2", [2]),
            ("status=failed", [2]),
            ("status=success", [0, 1]),
            ("http_status=4xx", [2]),
            ("text=google", [1]),
            ("status=pending", []),
        ):
            _, result = await client.get(f"{path}/result?{query}")
            assert [row["index"] for row in result["results"]] == found, query
        answer = await client.client.get(f"{path}/export?status=failed", headers=ENGLISH)
        assert [row["url"] for row in json.loads(await answer.get_data())] == [BROKEN]
        for kind in ("json", "jsonl", "csv"):
            answer = await client.client.get(f"{path}/export?format={kind}", headers=ENGLISH)
            assert b"google.com" in await answer.get_data()
        await client.refused(400, "invalid_request", "GET", f"{path}/export?format=pdf")


async def test_figures_of_a_task_that_runs_and_of_one_that_is_retried(house, autojump_clock):
    async with house() as (client, _):
        urls = [*URLS, BROKEN, "https://a.example/slow"]
        task = await client.created(urls=urls, config={"retry_count": 0})
        path = f"{TASKS}/{task['id']}"
        _, result = await client.get(f"{path}/result")
        assert set(result["statistics"].values()) == {0}
        await client.post(f"{path}/start")
        await trio.sleep(2)
        _, result = await client.get(f"{path}/result")
        assert result["statistics"]["average_response_ms"] == pytest.approx(1_000, abs=1)
        await client.until_over(task["id"])
        _, result = await client.get(f"{path}/result")
        assert result["statistics"]["average_response_ms"] == pytest.approx(15_750, abs=1)
        _, told = await client.post(f"{path}/retry")
        assert told["token_consumed"] == 5
        told = await client.until_over(task["id"])
        _, result = await client.get(f"{path}/result")
        assert result["statistics"]["tokens_per_url"] == 1.25


async def test_a_poll_reads_only_what_is_new(house, autojump_clock):
    async with house() as (client, server):
        urls = [f"https://a.example/{n}" for n in range(100)]
        task = await client.created(urls=urls, config={"concurrency": 1}, start=True)
        path = f"{TASKS}/{task['id']}/result?size=1"
        read, counted = server.store.read_outcomes, []

        async def counting(*args, **wanted):
            page = await read(*args, **wanted)
            counted.append(len(page.records))
            return page

        server.store.read_outcomes = counting
        for _ in range(20):
            await trio.sleep(5)
            await client.get(path)
        # A hundred outcomes once each, and the one that every page shows.
        assert sum(counted) <= 100 + 20


async def test_lists_page_and_filter(house, autojump_clock):
    async with house() as (client, _):
        made = [await client.created(name=f"t{n}") for n in range(5)]
        basic = await client.created("basic", name="b")
        await client.post(f"{TASKS}/{made[0]['id']}/start")
        _, told = await client.get(f"{TASKS}?page=1&size=2")
        assert (told["total"], told["page"], told["size"]) == (6, 1, 2)
        assert [task["name"] for task in told["tasks"]] == ["b", "t4"]
        assert told["tasks"][0]["urls"] == URLS
        _, told = await client.get(f"{TASKS}?page=3&size=2")
        assert [task["name"] for task in told["tasks"]] == ["t1", "t0"]
        _, told = await client.get(f"{TASKS}?mode=basic")
        assert [task["id"] for task in told["tasks"]] == [basic["id"]]
        _, told = await client.get(f"{TASKS}?status=running")
        assert [task["name"] for task in told["tasks"]] == ["t0"]
        _, told = await client.get(f"{TASKS}?page=9")
        assert (told["tasks"], told["total"]) == ([], 6)


async def test_paused_resumed_cancelled_deleted(house, autojump_clock):
    async with house() as (client, _):
        task = await client.created(urls=["https://a.example/slow"] * 3, config={"concurrency": 1})
        path = f"{TASKS}/{task['id']}"
        for action, status in (
            ("start", "running"), ("pause", "paused"), ("resume", "running"),
            ("terminate", "cancelled"),
        ):  # fmt: skip
            code, told = await client.post(f"{path}/{action}")
            assert (code, told["status"], told["task"]["status"]) == (200, status, status)
        status, told = await client.ask("DELETE", path)
        assert (status, told["id"]) == (200, task["id"])
        await client.refused(404, "task_not_found", "GET", path)


async def test_a_scheduled_task_makes_its_passes(house, autojump_clock):
    """14 November 2023, 22:13:20 UTC is a Tuesday."""
    config = {
        "start_time": "22:00",
        "end_time": "02:00",
        "interval": 60,
        "work_days": [2],
        "timezone": "UTC",
    }
    async with house() as (client, _):
        task = await client.created("autoclick", config=config)
        assert task["token_cost"] == 4
        assert len(task["next_passes"]) == 5
        path = f"{TASKS}/{task['id']}"
        _, told = await client.post(f"{path}/start")
        assert (told["status"], told["token_consumed"]) == ("running", 0)
        first = datetime.fromtimestamp(EPOCH, UTC).replace(hour=23, minute=0, second=0)
        assert datetime.fromisoformat(told["scheduled_time"]) == first
        _, result = await client.get(f"{path}/result")
        assert result["results"] == []
        _, told = await client.get(f"{path}/progress")
        assert told["message"] == "Waiting for the next pass of the schedule"
        await trio.sleep(50 * 60)
        _, told = await client.get(path)
        assert (told["status"], told["success_count"], told["token_consumed"]) == ("running", 2, 4)
        assert len(told["passes"]) == 1
        _, result = await client.get(f"{path}/result")
        assert [row["status"] for row in result["results"]] == ["success", "success"]
        assert result["statistics"]["tokens_per_url"] == 2
        _, made = await client.get(f"{TASKS}/{told['passes'][0]['task_id']}")
        assert (made["mode"], made["status"]) == ("autoclick", "completed")
        _, listed = await client.get(TASKS)
        assert listed["total"] == 1
        _, told = await client.post(f"{path}/stop")
        assert told["status"] == "cancelled"


async def test_the_local_desk_of_a_loopback_install_and_a_guest(house, deps, autojump_clock):
    local = replace(deps, settings=replace(deps.settings, local_desk=True))
    async with playing(local) as (client, _):
        client.headers = {}
        task = await client.created()
        assert task["user_id"] == "local"


async def test_the_autoclick_page_s_own_body_is_a_scheduled_task(house, autojump_clock):
    body = {"offerUrl": "https://offer.example/", "country": "CN", "timeWindow": "06:00-24:00"}
    async with house() as (client, _):
        status, told = await client.post(TASKS, {**body, "referer": "", "proxyUrl": ""})
        assert (status, told["mode"], told["urls"]) == (201, "autoclick", [body["offerUrl"]])
        config = told["config"]["autoclick"]
        assert (config["start_time"], config["end_time"]) == ("06:00", "24:00")
        assert config["timezone"] == "Asia/Shanghai"
        await client.refused(400, "not_supported", "POST", TASKS, {**body, "dailyClicks": 500})
