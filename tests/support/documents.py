"""Clients of the documents API: a stocked desk, and calls as their pages and scripts make them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from io import BytesIO

import trio
from quart.datastructures import FileStorage

from executors.documents.run import DocumentsExecutor
from executors.documents.spec import DocumentSpec
from tests.support.library import LETTER, PEOPLE, SOURCES, TEMPLATES, stocking, upload
from tests.web.conftest import GUEST

ME = {"X-Session-ID": GUEST, "Accept-Language": "en"}
A = "/api/v2/batch/tasks"
B = "/api/v2/generation/tasks"
C = "/api/generation"
NOTE = b"# {{ name }}\n"
ENDED = ("completed", "partially_completed", "failed", "cancelled")
# That of the contract's own example.
ROWS = [{"name": "张三", "age": 30}, {"name": "李四", "age": 25}]


class PlayedSpec(DocumentSpec):
    """Plans as `document` does."""

    runner = "tests.support.documents:Played"


class Played(DocumentsExecutor):
    """The worker's half, on the virtual clock: a document takes a second of it, and no thread by
    whose real time that clock would run past the time that a document may take."""

    @asynccontextmanager
    async def open(self, spec, tools):
        async with super().open(spec, _AtOnce(tools)) as runner:
            yield _Paced(runner)


class _AtOnce:
    def __init__(self, tools):
        self._tools = tools

    def __getattr__(self, name):
        return getattr(self._tools, name)

    async def compute(self, work):
        await trio.lowlevel.checkpoint()
        return work()


class _Paced:
    def __init__(self, runner):
        self._runner = runner

    async def run_item(self, item, context):
        await trio.sleep(1.0)
        return await self._runner.run_item(item, context)


class Client:
    """Somebody of the stocked desk."""

    def __init__(self, client):
        self.http = client

    async def __call__(self, method, path, json=None, status=200, headers=ME):
        """What is answered, which has that status."""
        sent = {} if json is None else {"json": json}
        answer = await self.http.open(path, method=method, headers=headers, **sent)
        body = await answer.get_json()
        assert answer.status_code == status, (answer.status_code, body)
        return body

    async def data(self, method, path, json=None, status=200):
        """The same of what is answered well: its `data`."""
        body = await self(method, path, json, status)
        assert body["success"] is True
        assert set(body["meta"]) == {"timestamp", "warnings"}
        return body["data"]

    async def refusal(self, method, path, json, status):
        """The error of what is refused so."""
        body = await self(method, path, json, status)
        assert set(body) == {"success", "error"}
        assert set(body["error"]) == {"code", "message", "details"}
        assert body["success"] is False
        return body["error"]

    async def create(self, path=A, **task):
        """The id of a task of the contract's own example, or of what is said otherwise."""
        task = {"templateIds": ["template-001"], "outputFormat": "txt", "data": ROWS, **task}
        return (await self.data("POST", path, task, 202))["taskId"]

    async def ended(self, task, path=A):
        """The task as soon as it has ended."""
        with trio.fail_after(3_600):
            while True:
                told = await self.data("GET", f"{path}/{task}")
                if told["status"] in ENDED:
                    return told
                await trio.sleep(1)


@asynccontextmanager
async def serving(deps, **settings):
    """Whoever uses it also asks for the virtual clock. Yields (client, server)."""
    async with stocking(deps, executor=PlayedSpec(), **settings) as (client, server):
        for id in ("template-001", "template-002"):
            text = b"Dear {{ name }},\n" if id == "template-001" else NOTE
            name = "Letter.txt" if id == "template-001" else "Note.txt"
            assert (await upload(client, TEMPLATES, name, text, id=id))[0] == 201
        assert (await upload(client, TEMPLATES, "Full.txt", LETTER, id="full"))[0] == 201
        assert (await upload(client, SOURCES, "people.csv", PEOPLE, id="ds-001"))[0] == 201
        yield Client(client), server


async def form(client, path, filename, data, *, method="POST", status=201, **fields):
    """What is answered to a form with a file, which has that status: its data, or its error."""
    answer = await client.http.open(
        path,
        method=method,
        headers=ME,
        form=fields,
        files={"file": FileStorage(BytesIO(data), filename=filename)},
    )
    body = await answer.get_json()
    assert answer.status_code == status, body
    return body["data"] if body["success"] else body["error"]
