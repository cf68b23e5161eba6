"""Tasks of the documents API: made, started, followed and ended, by the paths of every family."""

from __future__ import annotations

import pytest

from tests.support.documents import ME, ROWS, A, B, C, serving

EMPTY_JSON = {**ME, "Content-Type": "application/json"}
CONTRACT = {
    "dataSourceId": "ds-001",
    "templateIds": ["template-001"],
    "outputFormat": "txt",
    "mode": "sequential",
    "data": ROWS,
}


async def test_the_contract_s_example_word_for_word(deps, autojump_clock):
    async with serving(deps) as (client, _):
        told = await client.data("POST", A, CONTRACT, 202)
        task = told["taskId"]
        assert told["status"] == "pending"
        assert told["websocketUrl"] == f"/v2/stream/{task}"
        assert told["totalDocuments"] == told["estimatedDocumentCount"] == 2
        assert told["estimatedTime"] >= 1
        assert told["estimatedDuration"] > 0
        assert told["items"] == [
            {"templateId": "template-001", "templateName": "Letter", "estimatedCount": 2}
        ]
        started = await client.data("POST", f"{A}/{task}/start")
        assert (started["taskId"], started["status"]) == (task, "running")
        assert started["startedAt"].endswith("Z")
        assert (await client.ended(task))["status"] == "completed"
        told = await client.data("GET", f"{A}/{task}/progress")
        assert (told["progress"], told["currentStep"]) == (100, "finalizing")
        assert (told["completedSteps"], told["totalSteps"]) == (2, 2)
        assert told["estimatedTimeRemaining"] == 0


@pytest.mark.parametrize("path", [A, "/api/batch/tasks", B, "/api/generation/tasks"])
async def test_commands_of_families_a_and_b(deps, autojump_clock, path):
    """Bodies are empty and said to be JSON, as the clients send them."""
    working = "running" if "batch" in path else "processing"
    async with serving(deps) as (client, _):
        task = await client.create(path, data=[{"name": str(n)} for n in range(50)])

        async def tell(action, status=200):
            answer = await client.http.post(f"{path}/{task}/{action}", headers=EMPTY_JSON)
            body = await answer.get_json()
            assert answer.status_code == status, body
            return body["data"] if status == 200 else body["error"]

        assert (await tell("pause", 409))["code"] == "CONFLICT"
        assert (await tell("start"))["status"] == working
        # To say it again does no harm.
        assert (await tell("start"))["status"] == working
        told = await tell("pause")
        assert (told["status"], "pausedAt" in told) == ("paused", True)
        assert (await client.data("GET", f"{path}/{task}"))["status"] == "paused"
        told = await tell("resume")
        assert (told["status"], "resumedAt" in told) == (working, True)
        assert (await tell("pause"))["status"] == "paused"
        # A start goes on with what is paused.
        assert (await tell("start"))["status"] == working
        told = await tell("cancel")
        assert (told["status"], "cancelledAt" in told) == ("cancelled", True)
        assert told["completedDocuments"] >= 0
        assert told["message"].startswith("The task was cancelled")
        assert (await tell("cancel", 409))["code"] == "CONFLICT"
        assert (await tell("start", 409))["code"] == "CONFLICT"


async def test_a_task_of_family_c_starts_by_itself(deps, autojump_clock):
    body = {
        "dataSourceId": "ds-001",
        "templateIds": ["template-001", "full"],
        "outputFormat": "txt",
        "options": {"batchSize": 100, "parallelProcessing": True, "createZip": True},
        "filters": {"condition": "row.city != '北京'", "limit": 10},
    }
    async with serving(deps) as (client, _):
        told = await client.data("POST", f"{C}/batch", body, 202)
        task = told["taskId"]
        assert told["status"] == "processing"
        assert [item["estimatedCount"] for item in told["items"]] == [2, 2]
        assert (await client.ended(task, A))["status"] == "completed"
        told = await client.data("GET", f"{C}/status/{task}")
        assert (told["status"], told["progress"]) == ("completed", 100)
        assert told["startedAt"]
        assert "estimatedEndTime" not in told
        assert told["items"][0] == {
            "templateId": "template-001",
            "templateName": "Letter",
            "status": "completed",
            "progress": 100,
            "completedCount": 2,
            "totalCount": 2,
            "failedCount": 0,
            "downloads": {
                "completedUrl": f"/api/generation/download/{task}/template-001/completed"
            },
        }
        four = {"total": 4, "completed": 4, "failed": 0, "pending": 0}
        assert told["summary"] == four | {f"{key}Documents": n for key, n in four.items()}
        options = (await client.data("GET", f"{A}/{task}"))["options"]
        assert (options["concurrency"], options["timeoutMs"]) == (100, 30_000)


async def test_what_failed_of_each_template_and_a_retry(deps, autojump_clock):
    """A row without a city is only one template's fault."""
    rows = [{"name": "Ada", "city": "London"}, {"name": "Bob"}]
    async with serving(deps) as (client, _):
        both = ["template-001", "full"]
        task = await client.create(f"{C}/batch", data=rows, templateIds=both)
        assert (await client.ended(task, A))["status"] == "partially_completed"
        told = await client.data("GET", f"{C}/status/{task}")
        # Older clients know no partial end.
        assert told["status"] == (await client.data("GET", f"{B}/{task}"))["status"] == "completed"
        counts = [(x["completedCount"], x["failedCount"], x["status"]) for x in told["items"]]
        assert counts == [(2, 0, "completed"), (1, 1, "completed")]
        assert told["summary"]["failedDocuments"] == 1
        told = await client.data("POST", f"{C}/retry/{task}")
        assert told["status"] == "processing"
        told = await client.ended(task, A)
        assert (told["completedDocuments"], told["failedDocuments"]) == (3, 1)


async def test_commands_of_family_c_need_no_body(deps, autojump_clock):
    async with serving(deps) as (client, _):
        rows = [{"name": str(n)} for n in range(50)]
        task = await client.create(f"{C}/batch", data=rows)
        for action, status in (
            ("pause", "paused"),
            ("resume", "processing"),
            ("cancel", "cancelled"),
        ):
            assert (await client.data("POST", f"{C}/{action}/{task}"))["status"] == status
            assert (await client.data("GET", f"{C}/status/{task}"))["status"] == status


async def test_lists_are_paged_and_filtered(deps, autojump_clock):
    async with serving(deps) as (client, _):
        first = await client.create()
        others = [await client.create() for _ in range(4)]
        await client.data("POST", f"{A}/{first}/start")
        await client.ended(first)
        told = await client.data("GET", f"{A}?page=1&pageSize=3")
        assert [item["taskId"] for item in told["items"]] == others[:0:-1]
        assert told["pagination"] == {"page": 1, "pageSize": 3, "total": 5, "totalPages": 2}
        for path, status, found in (
            (A, "pending", 4),
            (B, "completed", 1),
            (A, "running", 0),
            (A, "processing", 0),
        ):
            told = await client.data("GET", f"{path}?status={status}")
            assert told["pagination"]["total"] == found
        error = await client.refusal("GET", f"{A}?status=done", None, 400)
        assert (error["code"], error["details"]["field"]) == ("VALIDATION_ERROR", "status")


async def test_tasks_are_deleted_one_by_one_or_together(deps, autojump_clock):
    async with serving(deps) as (client, _):
        ids = [await client.create() for _ in range(4)]
        told = await client.data("DELETE", f"{A}/{ids[0]}")
        assert (told["deleted"], told["taskIds"]) == (1, ids[:1])
        error = await client.refusal("DELETE", A, {"taskIds": [ids[1], ids[0]]}, 404)
        assert error["code"] == "TASK_NOT_FOUND"
        assert (await client.data("GET", A))["pagination"]["total"] == 3
        told = await client.data("DELETE", B, {"taskIds": [ids[1], ids[1], ids[2]]})
        assert told["deleted"] == 2
        assert (await client.data("DELETE", f"{C}/history/{ids[3]}"))["deleted"] == 1
        assert (await client.data("GET", A))["items"] == []


async def test_one_key_makes_one_task(deps, autojump_clock):
    async with serving(deps) as (client, _):
        sent = {"headers": {**ME, "Idempotency-Key": "once"}, "status": 202}
        first = await client("POST", A, CONTRACT, **sent)
        assert (await client("POST", A, CONTRACT, **sent))["data"] == first["data"]
        assert (await client.data("GET", A))["pagination"]["total"] == 1
        body = await client("POST", A, {**CONTRACT, "mode": "parallel"}, 409, sent["headers"])
        assert body["error"]["code"] == "CONFLICT"
