"""The clients of the documents API, each as a whole program against a real server: what they were
seen to call, in their order, reading what they read and nothing else."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from io import BytesIO
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
import trio

from tests.support.papers import word
from tests.support.serving import ask, open_socket

PAGE = "http://localhost:5173"
EMPTY_JSON = [("Content-Type", "application/json")]
ENDS = ("task_completed", "task_failed", "task_cancelled")


@pytest.fixture
def port(start_server):
    return urlsplit(start_server("--allow-origin", PAGE).url).port


class Program:
    """A client that shows nothing: the desk `local` is meant."""

    def __init__(self, port, origin=None):
        self.port = port
        self._headers = [] if origin is None else [("Origin", origin)]

    async def fetch(self, method, path, body=b"", headers=(), status=200):
        """(headers, bytes) of what is answered, which has that status."""
        sent = [*self._headers, *headers]
        with trio.fail_after(60):
            found, headers, data = await ask(self.port, method, path, sent, body)
        assert found == status, (method, path, found, data)
        return headers, data

    async def __call__(self, method, path, body=None, status=200):
        """`data` of the answer; without a body it is empty and said to be JSON, as they send it."""
        sent = b"" if body is None else json.dumps(body).encode()
        told = json.loads((await self.fetch(method, path, sent, EMPTY_JSON, status))[1])
        assert told["success"] is (status < 300)
        return told["data"] if told["success"] else told["error"]

    async def upload(self, path, file, data, /, status=201, **fields):
        """The answer's `data` to a form with a file."""
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in fields.items()
        ]
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{file}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), data, b"\r\n--b--\r\n"])
        headers = [("Content-Type", "multipart/form-data; boundary=b")]
        told = json.loads((await self.fetch("POST", path, body, headers, status))[1])
        return told["data"]

    @asynccontextmanager
    async def listening(self, path, **subscription):
        """A socket that has subscribed; yields what gives the messages, one after the other."""
        headers = [(name.encode(), value.encode()) for name, value in self._headers]
        with trio.fail_after(60):
            async with open_socket(self.port, path, headers) as socket:
                await socket.send(json.dumps({"action": "subscribe", **subscription}))

                async def next_told():
                    message = json.loads(await socket.receive())
                    # Scripts read the one of every message, pages the other.
                    assert message["payload"] == message["data"]
                    return message

                assert (await next_told())["type"] == "connected"
                told = await next_told()
                while told["type"] != "subscribed":
                    told = await next_told()
                assert told["channels"] == subscription.get(
                    "channels", [subscription.get("channel")]
                )
                yield next_told


def unpacked(data):
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def stock(program):
    await program.upload("/api/v2/batch/templates", "信.docx", word("{name}，{age}岁"), **ONE)
    await program.upload("/api/v2/batch/templates", "note.md", b"# {{ name }}\n", **TWO)


ONE, TWO = {"templateId": "template-001"}, {"templateId": "template-002"}
TASK = {
    "dataSourceId": "ds-001",
    "templateIds": ["template-001"],
    "outputFormat": "docx",
    "mode": "sequential",
    "data": [{"name": "张三", "age": 30}, {"name": "李四", "age": 25}],
}


@pytest.mark.parametrize(
    ("tasks", "stream", "working"),
    [
        ("/api/v2/batch/tasks", "/v2/stream", "running"),
        ("/api/v2/generation/tasks", "/api/v2/stream", "processing"),
    ],
)
async def test_the_script(port, tasks, stream, working):
    program = Program(port)
    await stock(program)
    for path in ("/api/v2/health", "/health"):
        told = json.loads((await program.fetch("GET", path))[1])
        assert told["status"] == "healthy"
        assert {"services", "version", "uptime"} <= told.keys()

    made = await program("POST", tasks, TASK, 202)
    task = made["taskId"]
    assert (made["status"], made["estimatedDocumentCount"]) == ("pending", 2)
    assert {"estimatedTime", "websocketUrl"} <= made.keys()
    listed = await program("GET", f"{tasks}?page=1&pageSize=10&status=pending")
    assert [each["taskId"] for each in listed["items"]] == [task]
    assert (await program("GET", f"{tasks}/{task}"))["status"] == "pending"
    started = await program("POST", f"{tasks}/{task}/start")
    assert started["status"] in (working, "completed")
    assert started["startedAt"]

    # It subscribes after it has said start: a short task may have ended.
    wanted = {"channels": ["task_progress"], "filters": {"taskId": task}}
    async with program.listening(stream, **wanted) as next_told:
        seen = []
        while (told := await next_told())["type"] not in ENDS:
            assert told["taskId"] == task
            if told["type"] == "task_progress":
                seen.append(told["payload"]["progress"])
    assert (told["type"], seen == sorted(seen)) == ("task_completed", True)
    assert told["payload"]["result"]["successful"] == 2
    told = await program("GET", f"{tasks}/{task}/progress")
    assert (told["progress"], told["completedSteps"], told["totalSteps"]) == (100, 2, 2)
    assert {"currentStep", "estimatedTimeRemaining"} <= told.keys()
    _, data = await program.fetch("GET", f"{tasks}/{task}/download/zip")
    files = unpacked(data)
    rows = json.loads(files.pop("manifest.json"))["files"]
    assert [row["file"] for row in rows] == ["信-1.docx", "信-2.docx"] == sorted(files)
    assert "张三，30岁" in unpacked(files["信-1.docx"])["word/document.xml"].decode()

    error = await program("POST", tasks, {"templateIds": []}, 400)
    assert (error["code"], bool(error["message"])) == ("VALIDATION_ERROR", True)
    missing = "/api/v2/batch/tasks/task_1_x/progress"
    assert (await program("GET", missing, status=404))["code"] == "TASK_NOT_FOUND"


@pytest.mark.parametrize("tasks", ["/api/v2/batch/tasks", "/api/v2/generation/tasks"])
async def test_the_script_s_controls(port, tasks):
    program = Program(port)
    await stock(program)
    rows = [{"name": f"n{number}", "age": number} for number in range(8_000)]
    task = (await program("POST", tasks, {**TASK, "data": rows}, 202))["taskId"]
    nothing = await program("GET", f"{tasks}/{task}/download/zip", status=500)
    assert nothing["code"] == "DOWNLOAD_FAILED"
    async with program.listening("/v2/stream", channel=f"task:{task}") as next_told:

        async def until(kind):
            while (told := await next_told())["type"] != kind:
                assert told["type"] not in ENDS
            return told["payload"]

        await program("POST", f"{tasks}/{task}/start")
        await until("task_started")
        while (await until("task_progress"))["current"] == 0:
            pass
        told = await program("POST", f"{tasks}/{task}/pause")
        assert (told["status"], bool(told["pausedAt"])) == ("paused", True)
        assert (await until("task_paused"))["progress"] < 100
        # What is there can be saved while the rest waits.
        _, data = await program.fetch("GET", f"{tasks}/{task}/download/zip")
        files = unpacked(data)
        listed = json.loads(files.pop("manifest.json"))["files"]
        # Those that were begun may still end meanwhile.
        assert set() != {row["file"] for row in listed} <= files.keys()
        assert (await program("POST", f"{tasks}/{task}/resume"))["resumedAt"]
        await until("task_started")
        told = await program("POST", f"{tasks}/{task}/cancel")
        assert (told["status"], bool(told["cancelledAt"])) == ("cancelled", True)
        assert 0 < told["completedDocuments"] < 8_000
        while (ended := await next_told())["type"] != "task_cancelled":
            assert ended["type"] not in ENDS
    error = await program("POST", f"{tasks}/{task}/resume", status=409)
    assert error["code"] == "CONFLICT"


async def of_library(page):
    """All that pages do with templates; returns the ids of two."""
    note = b"Dear {{ name }} of {{ city }},\n"
    about = {"description": "d", "category": "mail", "tags": '["a"]', "mappings": "{}"}
    ids = []
    for name in ("Letter.txt", "Note.txt"):
        told = await page.upload("/api/templates", name, note, name=name[:-4], **about)
        ids.append(told["id"])
    listed = await page("GET", "/api/templates?page=1&pageSize=50")
    shown = {"name", "description", "category", "version", "usageCount", "placeholderCount"}
    assert [shown <= each.keys() for each in listed["items"]] == [True, True]
    template = f"/api/templates/{ids[0]}"
    told = await page("GET", template)
    assert [each["key"] for each in told["metadata"]["placeholders"]] == ["name", "city"]
    assert (told["category"], told["tags"]) == ("mail", ["a"])
    assert (await page("PUT", template, {"description": "e"}))["description"] == "e"
    assert (await page.fetch("GET", f"{template}/download"))[1] == note
    found = await page.upload("/api/templates/extract-placeholders", "x.txt", note, 200)
    assert {"key", "rawPlaceholder", "dataType", "required"} <= found[0].keys()
    told = await page.upload("/api/templates/validate", "x.txt", note, 200)
    assert {"valid", "errors", "warnings", "placeholders"} <= told.keys()
    assert (await page("GET", f"{template}/variables"))["variables"]
    told = await page("POST", f"{template}/preview", {"data": {"name": "Ada"}})
    assert told["previewUrl"].startswith("/api/templates/")
    return ids


async def test_the_pages(port):
    """Of another origin, whose server they have been told of; by the paths without a version."""
    page = Program(port, PAGE)
    asked = [("Access-Control-Request-Method", "POST")]
    asked.append(("Access-Control-Request-Headers", "content-type"))
    headers, _ = await page.fetch("OPTIONS", "/api/generation/batch", headers=asked, status=204)
    assert headers["access-control-allow-origin"] == PAGE

    ids = await of_library(page)
    table = b"name,city\nAda,London\nBob,Bonn\n,Bonn\nEve,Rome\n"
    await page.upload("/api/v2/batch/data-sources", "p.csv", table, dataSourceId="ds_1")

    options = {"batchSize": 100, "parallelProcessing": True, "createZip": True}
    wanted = {"dataSourceId": "ds_1", "templateIds": ids, "outputFormat": "txt"}
    more = {"filters": {"condition": "data.city !== 'Rome'", "limit": 10}, "notification": {}}
    made = await page("POST", "/api/generation/batch", {**wanted, "options": options, **more}, 202)
    task, counts = made["taskId"], [each["estimatedCount"] for each in made["items"]]
    assert (counts, made["estimatedDocumentCount"], made["estimatedTime"] >= 1) == ([3, 3], 6, True)
    both = {"channels": ["task_progress", "generation_status"], "filters": {"taskId": task}}
    async with page.listening("/api/v2/stream?token=", **both) as next_told:
        items = {}
        while any(items.get(id, {}).get("completedCount") != 2 for id in ids):
            told = (await next_told())["data"]
            if "templateId" in told:
                items[told["templateId"]] = told
    status = await page("GET", f"/api/generation/status/{task}")
    assert (status["status"], status["progress"]) == ("completed", 100)
    assert status["summary"] | {"total": 6, "completed": 4, "failed": 2} == status["summary"]
    (listed,) = (await page("GET", "/api/generation/history?page=1&pageSize=20"))["items"]
    assert (listed["taskId"], listed["failedDocuments"]) == (task, 2)
    everything = unpacked((await page.fetch("GET", listed["downloadUrl"]))[1])
    assert len(everything) == 5
    for item in status["items"]:
        part = unpacked((await page.fetch("GET", item["downloads"]["completedUrl"]))[1])
        assert len(part) == 3
        place = f"/api/generation/download/{task}/{item['templateId']}"
        assert (await page.fetch("GET", f"{place}/2"))[1] == b"Dear Bob of Bonn,\n"
    history = f"/api/generation/history/{task}"
    assert (await page("DELETE", history))["deleted"] == 1
    assert (await page("GET", history.replace("history", "status"), status=404))["code"]
    for id in ids:
        await page.fetch("DELETE", f"/api/templates/{id}", status=204)


async def test_a_page_that_nobody_has_named_learns_nothing(port):
    foreign = Program(port, "https://pages.example")
    await foreign.fetch("POST", "/api/generation/batch", b"{}", EMPTY_JSON, status=403)
    asked = open_socket(port, "/v2/stream", [(b"Origin", b"https://pages.example")])
    with pytest.raises(AssertionError):
        await asked.__aenter__()


async def test_a_script_goes_on_after_the_server_was_killed(start_server):
    """It comes again with the newest revision that it has seen, to the same task."""
    first = start_server()
    program = Program(urlsplit(first.url).port)
    await stock(program)
    rows = [{"name": f"n{number}", "age": number} for number in range(600)]
    task = (await program("POST", "/api/v2/batch/tasks", {**TASK, "data": rows}, 202))["taskId"]
    wanted = {"channels": ["task_progress"], "filters": {"taskId": task}}
    async with program.listening("/v2/stream", **wanted) as next_told:
        await program("POST", f"/api/v2/batch/tasks/{task}/start")
        while (told := await next_told())["type"] != "task_progress" or not told["data"]["current"]:
            assert told["type"] not in ENDS
        seen = told["revision"]
        first.kill()
    program = Program(urlsplit(start_server().url).port)
    kinds = []
    async with program.listening("/v2/stream", **wanted, after=seen) as next_told:
        while not kinds or kinds[-1] not in ENDS:
            kinds.append((await next_told())["type"])
    assert [kind for kind in kinds if kind != "task_progress"][-1] == "task_completed"
    _, data = await program.fetch("GET", f"/api/v2/batch/tasks/{task}/download/zip")
    files = unpacked(data)
    rows = json.loads(files.pop("manifest.json"))["files"]
    assert [row["row"] for row in rows] == [*range(600)]
    assert {row["file"] for row in rows} == files.keys()
