"""Single files of a job are removed by name."""

from __future__ import annotations

import pytest

from actors.messages import RemoveArtifacts
from tests.web.conftest import GUEST

ME = {"X-Session-ID": GUEST}
PATH = "/api/desks/me/jobs/{job}/files"


@pytest.fixture
async def job(client, desk):
    body = {"kind": "fetch", "items": ["https://example.com/"]}
    answer = await client.post("/api/desks/me/jobs", json=body, headers=ME)
    return (await answer.get_json())["job"]["id"]


@pytest.fixture
async def removed(client, job):
    """Asks for it: (status, answer)."""

    async def ask(names, job_id=job):
        body = names if isinstance(names, dict) else {"names": names}
        answer = await client.delete(PATH.format(job=job_id), json=body, headers=ME)
        return answer.status_code, await answer.get_json()

    return ask


async def test_the_desk_is_asked_once_for_each_name(removed, desk, job):
    status, said = await removed(["b.txt", "a.txt", "b.txt"])
    assert (status, said["durable"]) == (200, True)
    assert desk.asked[-1] == RemoveArtifacts(job, ("b.txt", "a.txt"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "names"),
        ({"names": []}, "names"),
        ({"names": ["x"] * 1001}, "names"),
        ({"names": [1]}, "names[0]"),
        ({"names": [""]}, "names[0]"),
        ({"names": ["x" * 2501]}, "names[0]"),
        ({"names": ["x"], "all": True}, "all"),
    ],
)
async def test_what_is_wrong_is_said(removed, desk, body, field):
    before = len(desk.asked)
    status, said = await removed(body)
    assert (status, said["error"]["code"]) == (400, "invalid_request")
    assert said["error"]["details"]["errors"][0]["field"] == field
    assert len(desk.asked) == before


async def test_a_job_that_there_is_not_is_a_404(removed):
    status, said = await removed(["x"], "no-job")
    assert (status, said["error"]["code"]) == (404, "not_found")
