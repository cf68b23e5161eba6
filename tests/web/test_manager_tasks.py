"""Tasks of the task manager: listed, seen and told what to do, as its pages do it."""

from __future__ import annotations

import json

import pytest
import trio

from actors.errors import InvalidStatus
from tests.support.managing import DESK, managing
from web.dialects.taskmanager.status_texts import CAUSES

ALL = {"pagination": {"page": 1, "page_size": 100}, "status": "", "type": ""}
NEVER = {"task_id": "11111111-2222-4333-8444-555555555555"}


async def ids(client, **asked):
    listed = await client.data("POST", "/api/tasks", {**ALL, **asked})
    return [task["id"] for task in listed["tasks"]]


async def test_a_task_from_its_making_to_its_end(deps, autojump_clock):
    async with managing(deps) as (client, _):
        told = await client("POST", "/api/generate", {"prompt": "a cat", "steps": 30})
        assert told["message"] == "The task was made"
        task = told["data"]
        assert task["id"] == task["task_id"]
        assert (task["type"], task["status"], task["progress"]) == ("generate", "pending", 0)
        assert json.loads(task["config"])["steps"] == 30
        assert "name" not in task
        await trio.sleep(5)
        task = await client.task(task["id"])
        assert (task["status"], task["progress"], task["stage"]) == ("running", 25, "step 5 of 20")
        assert task["result"] is None
        task = await client.until(task["id"])
        assert (task["status"], task["progress"]) == ("completed", 100)
        # Whole addresses: the page that shows them is of another origin.
        images = [f"http://localhost/api/tasks/{task['id']}/images/1"]
        assert json.loads(task["result"]) == {"images": images, "count": 1, "loops": 1}
        assert task["images_generated"] == task["images_success"] == 1
        assert task["error"] is task["error_message"] is None
        assert task["completed_at"] == task["updated_at"]


async def test_one_of_a_type_runs_at_a_time_and_types_run_side_by_side(deps, autojump_clock):
    async with managing(deps) as (client, _):
        first, second = [await client.generate(f"cat {n}") for n in range(2)]
        crawl = await client.data("POST", "/api/crawl/create", {"type": "tag", "query": "cat"})
        await trio.sleep(5)
        statuses = [(await client.task(id))["status"] for id in (first, second, crawl["id"])]
        assert statuses == ["running", "pending", "running"]
        third = await client.generate("cat 2")
        places = [(await client.task(id))["queue_position"] for id in (first, second, third)]
        assert places == [None, 1, 2]
        assert (await client.until(second))["status"] == "completed"


async def test_tasks_are_listed_newest_first_by_status_type_and_page(deps, autojump_clock):
    async with managing(deps) as (client, _):
        made = [await client.generate(prompt) for prompt in ("one", "fail", "three")]
        crawl = await client.data("POST", "/api/crawl/create", {"type": "tag", "query": "cat"})
        for id in made:
            await client.until(id)
        await client.until(crawl["id"])
        assert await ids(client) == [crawl["id"], *reversed(made)]
        assert await ids(client, type="crawl") == [crawl["id"]]
        assert await ids(client, status="failed") == [made[1]]
        assert await ids(client, status="running") == []
        page = {"page": 2, "page_size": 3, "total": 0}
        listed = await client.data("POST", "/api/tasks", {**ALL, "pagination": page})
        assert [task["id"] for task in listed["tasks"]] == made[:1]
        assert listed["pagination"] == {"page": 2, "page_size": 3, "total": 4, "total_pages": 2}
        # The same by a query, and with nothing said at all.
        listed = await client.data("GET", "/api/tasks?page=2&page_size=3&type=generate&status=")
        assert listed["tasks"] == []
        assert listed["pagination"]["total"] == 3
        assert len((await client.data("POST", "/api/tasks"))["tasks"]) == 4
        nothing = {"pagination": None, "status": None, "type": None}
        assert len((await client.data("POST", "/api/tasks", nothing))["tasks"]) == 4
        [failed] = (await client.data("GET", "/api/tasks?status=failed"))["tasks"]
        assert failed["error"] == failed["error_message"] == "no such sampler"


async def test_a_stopped_task_is_shown_cancelled_and_can_be_started_again(deps, autojump_clock):
    async with managing(deps) as (client, _):
        task = await client.generate()
        waits = await client.generate("another")
        await trio.sleep(5)
        for id in (waits, task):
            stopped = await client.data("POST", "/api/task/stop", {"task_id": id})
            assert (stopped["status"], stopped["id"]) == ("cancelled", id)
        # To say it again does no harm.
        assert await client.data("POST", "/api/task/stop", {"task_id": task})
        started = await client("POST", "/api/task/start", {"task_id": task})
        assert started["message"] == "The task was started"
        assert started["data"]["status"] == "pending"
        again = await client("POST", "/api/task/start", {"task_id": task})
        assert again["message"] == "The task waits or is at work already"
        assert (await client.until(task))["status"] == "completed"
        assert (await client.task(waits))["status"] == "cancelled"


async def test_what_was_cancelled_is_not_started_again(deps, autojump_clock):
    async with managing(deps) as (client, _):
        task = await client.generate()
        assert (await client.data("POST", "/api/cancel", {"task_id": task}))["status"] == (
            "cancelled"
        )
        said, _ = await client.refusal("POST", "/api/task/start", {"task_id": task}, 409)
        assert said.startswith("The task was cancelled for good")
        said, _ = await client.refusal("POST", "/api/task/stop", {"task_id": task}, 409)
        assert said == "the task is cancelled, it cannot be stopped or cancelled"
        chinese = {"Accept-Language": "zh-CN"}
        said, _ = await client.refusal("POST", "/api/task/start", {"task_id": task}, 409, **chinese)
        assert said == "任务已被取消，不能重新启动；请新建任务"
        said, _ = await client.refusal("POST", "/api/task/stop", {"task_id": task}, 409, **chinese)
        assert said == "任务已取消，不能停止或取消"


def test_every_cause_that_a_status_does_not_allow_has_words():
    assert CAUSES.keys() == InvalidStatus.CAUSES


async def test_what_failed_is_done_again_by_a_start(deps, autojump_clock):
    async with managing(deps) as (client, _):
        task = await client.generate("fail")
        assert (await client.until(task))["error"] == "no such sampler"
        started = await client.data("POST", "/api/task/start", {"task_id": task})
        assert (started["id"], started["status"], started["error"]) == (task, "pending", None)


async def test_what_is_complete_is_done_anew_as_another_task(deps, autojump_clock):
    async with managing(deps) as (client, server):
        body = {"type": "tag", "query": "cat", "cookie": "PHPSESSID=open", "name": "Cats"}
        first = await client.data("POST", "/api/crawl/create", body)
        await client.until(first["id"])
        told = await client("POST", "/api/task/start", {"task_id": first["id"]})
        again = told["data"]
        assert again["id"] != first["id"]
        assert told["message"] == f"The task is done again as {again['id']}"
        assert (again["config"], again["name"]) == (first["config"], "Cats")
        assert "PHPSESSID=open" in (await server.store.load_secrets(DESK, again["id"])).values()
        assert (await client.until(again["id"]))["status"] == "completed"
        assert await ids(client) == [again["id"], first["id"]]


async def test_a_running_task_is_cancelled_and_forgotten(deps, autojump_clock):
    async with managing(deps) as (client, _):
        task = await client.generate()
        await trio.sleep(5)
        told = await client("POST", "/api/delete", {"task_id": task})
        assert told["message"] == "The task was deleted"
        assert "data" not in told
        assert await ids(client) == []
        await client.refusal("POST", "/api/delete", {"task_id": task}, 404)


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("completed", [1, 2, 3, 4]),
        ("failed", [0, 2, 3, 4]),
        ("cancelled", [0, 1, 3, 4]),
        ("all", []),
    ],
)
async def test_tasks_are_cleaned_up_by_how_they_ended(deps, autojump_clock, kind, left):
    async with managing(deps) as (client, _):
        made = [await client.generate(prompt) for prompt in ("one", "fail", "three")]
        await client.data("POST", "/api/task/stop", {"task_id": made[2]})
        await client.until(made[1])
        made += [await client.generate(prompt) for prompt in ("runs", "waits")]
        await trio.sleep(5)
        told = await client.data("POST", "/api/task/cleanup", {"cleanup_type": kind})
        assert told == {"cleaned_count": 5 - len(left)}
        assert await ids(client) == [made[n] for n in reversed(left)]


async def test_hundreds_of_tasks_are_cleaned_up_at_once(deps, autojump_clock):
    async with managing(deps) as (client, _):
        for n in range(300):
            await client.generate(f"cat {n}")
        told = await client.data("POST", "/api/task/cleanup", {"cleanup_type": "all"})
        assert told == {"cleaned_count": 300}
        assert await ids(client) == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/tasks", {"status": "done"}, "status"),
        ("/api/tasks", {"type": "fetch"}, "type"),
        ("/api/tasks", {"pagination": {"page": 0}}, "pagination.page"),
        ("/api/tasks", {"pagination": {"page_size": 5_000}}, "pagination.page_size"),
        ("/api/tasks", {"page": 1}, "page"),
        ("/api/status", {}, "task_id"),
        ("/api/status", {"task_id": 1}, "task_id"),
        ("/api/task/cleanup", {"cleanup_type": "some"}, "cleanup_type"),
        ("/api/task/cleanup", None, "cleanup_type"),
    ],
)
async def test_what_is_wrong_is_named(deps, autojump_clock, path, body, field):
    async with managing(deps) as (client, _):
        _, fields = await client.refusal("POST", path, body)
        assert fields == [field]


@pytest.mark.parametrize(
    "path", ["/api/status", "/api/task/start", "/api/task/stop", "/api/cancel", "/api/delete"]
)
async def test_a_task_that_is_not_there_is_told_by_its_name(deps, autojump_clock, path):
    async with managing(deps) as (client, _):
        said, _ = await client.refusal("POST", path, NEVER, 404)
        assert NEVER["task_id"] in said


async def test_what_a_crawl_found_is_listed(deps, autojump_clock):
    async with managing(deps) as (client, _):
        crawl = await client.data("POST", "/api/crawl/create", {"type": "tag", "query": "cat"})
        await client.until(crawl["id"])
        told = await client.data("POST", "/api/crawl/results", {"task_id": crawl["id"]})
        [found] = told["results"]
        assert (found["index"], found["status"]) == (0, "ok")
        assert found["image_path"].endswith(f"_crawl_{crawl['id']}/00000-1.png")
        assert told["pagination"]["total"] == 1
        made = await client.generate()
        await client.refusal("POST", "/api/crawl/results", {"task_id": made}, 404)


async def test_tasks_of_tags_have_addresses_of_their_own(deps, autojump_clock):
    async with managing(deps) as (client, _):
        made = await client.generate()
        for method, path in (("GET", "/api/tag/status"), ("POST", "/api/tag/stop")):
            await client.refusal(method, f"{path}?task_id={made}", None, 404)
            _, fields = await client.refusal(method, path)
            assert fields == ["task_id"]


async def test_what_the_server_is(deps, autojump_clock):
    async with managing(deps) as (client, _):
        await client.until(await client.generate())
        told = await client.data("POST", "/api/system/info")
        assert told["tasks"].keys() == {"pending", "running", "completed", "failed", "cancelled"}
        assert (told["tasks"]["completed"], sum(told["tasks"].values())) == (1, 1)
        assert told["version"] == "1.2.3"
        assert await client.data("GET", "/api/models") == []
