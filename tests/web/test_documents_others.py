"""What is another desk's is not there: refused byte by byte as what never was."""

from __future__ import annotations

import json

import pytest
import trio

from state.views import desk_key
from tests.support.documents import ME, ROWS, A, B, C, serving
from tests.web.conftest import OTHER_GUEST
from tests.web.test_documents_downloads import made

OTHER = {**ME, "X-Session-ID": OTHER_GUEST}
NEVER = "00000000-0000-4000-8000-000000000000"
OF_TASKS = [
    *(("GET", f"{place}/{{}}{tail}") for place in (A, B) for tail in ("", "/progress")),
    *(("GET", f"{place}/{{}}/download/zip") for place in (A, B)),
    *(
        ("POST", f"{place}/{{}}/{action}")
        for place in (A, B)
        for action in ("start", "pause", "resume", "cancel", "retry")
    ),
    *(("POST", f"{C}/{action}/{{}}") for action in ("pause", "resume", "cancel", "retry")),
    *(("GET", f"{C}/{tail}") for tail in ("status/{}", "download/{}/zip")),
    *(("GET", f"{C}/download/{{}}/template-001/{tail}") for tail in ("completed", "1", "x.txt")),
    *(("DELETE", f"{place}/{{}}") for place in (A, B, f"{C}/history")),
]
OF_TEMPLATES = [
    ("GET", "/api/templates/{}"),
    ("DELETE", "/api/templates/{}"),
    ("GET", "/api/templates/{}/download"),
    ("GET", "/api/templates/{}/variables"),
    ("POST", "/api/templates/{}/preview"),
    ("GET", "/api/v2/batch/data-sources/{}"),
    ("DELETE", "/api/v2/batch/data-sources/{}"),
]


async def told(client, method, path, id):
    """(status, the body without the id)."""
    sent = {"json": {}} if path.endswith("preview") else {}
    answer = await client.http.open(path.format(id), method=method, headers=OTHER, **sent)
    return answer.status_code, (await answer.get_data()).replace(id.encode(), b"*")


async def test_another_desk_s_tasks_and_templates_are_as_if_they_never_were(deps, autojump_clock):
    async with serving(deps) as (client, server):
        task = await made(client)
        await server.supervisor.directory.create(desk_key(OTHER_GUEST))
        paths = [(*each, task, NEVER) for each in OF_TASKS]
        paths += [(*each, "template-001", "template-999") for each in OF_TEMPLATES[:-2]]
        paths += [(*each, "ds-001", "ds-999") for each in OF_TEMPLATES[-2:]]
        for method, path, theirs, never in paths:
            found = await told(client, method, path, theirs)
            assert found[0] == 404, (method, path, found)
            assert found == await told(client, method, path, never), (method, path)
        for wanted in ({"templateIds": ["template-001"]}, {"dataSourceId": "ds-001", "data": None}):
            body = {"templateIds": ["template-001"], "outputFormat": "txt", "data": ROWS, **wanted}
            answer = await client.http.post(A, json=body, headers=OTHER)
            assert answer.status_code == 404
        answer = await client.http.delete(A, json={"taskIds": [task]}, headers=OTHER)
        assert answer.status_code == 404
        assert (await client.data("GET", f"{A}/{task}"))["status"] == "completed"


@pytest.mark.parametrize("way", ["path", "subscription"])
async def test_another_desk_s_task_is_not_followed(deps, autojump_clock, way):
    async with serving(deps) as (client, server):
        task = await client.create(A, data=ROWS)
        await server.supervisor.directory.create(desk_key(OTHER_GUEST))
        path = f"/v2/stream/{task}" if way == "path" else "/v2/stream"
        seen = []
        async with client.http.websocket(path, headers=OTHER) as socket:
            if way == "subscription":
                await socket.send(json.dumps({"action": "subscribe", "channel": f"task:{task}"}))
            await client.data("POST", f"{A}/{task}/start")
            await client.ended(task)
            with trio.move_on_after(10):
                while True:
                    seen.append(json.loads(await socket.receive()))
        kinds = {each["type"] for each in seen}
        assert kinds <= {"connected", "subscribed", "error"}
        codes = [each["data"]["code"] for each in seen if each["type"] == "error"]
        assert codes == ["TASK_NOT_FOUND"]
