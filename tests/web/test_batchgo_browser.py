"""Silent tasks by a browser, and AutoClick's, draw on the desk's pool of proxies as others do."""

from __future__ import annotations

import pytest

from tests.support.batchgo import ENGLISH, playing

OLD = "/api/batchopen"
LIST = "https://lists.example/proxies.txt"
PROXY = "http://user:secret@proxy.example:8080"


@pytest.fixture
def spec_of(deps):
    """Has a task made; what its job's spec says of proxies, and its config."""

    async def made(path, body):
        async with playing(deps) as (client, _):
            status, told = await client.post(path, body)
            assert status == 200, told
            listed = await client.client.get("/api/desks/me/jobs", headers=ENGLISH)
            [job] = (await listed.get_json())["jobs"]
            assert job["kind"] == "visit"
            found = await client.client.get(f"/api/desks/me/jobs/{job['id']}", headers=ENGLISH)
            return (await found.get_json())["spec"]

    return made


def browser(**fields):
    return {"urls": ["https://example.com"], "accessMode": "puppeteer", **fields}


@pytest.mark.parametrize(
    ("fields", "spec"),
    [
        ({}, (False, True, False)),
        ({"use_proxy": True}, (True, False, False)),
        ({"use_proxy": True, "proxy_rotation": True}, (True, True, False)),
        ({"proxyUrl": LIST}, (True, False, False)),
        ({"use_proxy": True, "proxyUrl": PROXY}, (False, True, True)),
    ],
)
async def test_a_silent_task_by_a_browser(spec_of, autojump_clock, fields, spec):
    said = await spec_of(f"{OLD}/silent-start", browser(**fields))
    own = said["proxy"] is not None
    assert (said["proxy_pool"], said["proxy_rotation"], own) == spec


@pytest.mark.parametrize(("given", "spec"), [(LIST, (True, False)), (PROXY, (False, True))])
async def test_an_autoclick_task(spec_of, autojump_clock, given, spec):
    offer = {"offerUrl": "https://example.com/", "timeWindow": "06:00-24:00", "proxyUrl": given}
    said = await spec_of("/api/autoclick/tasks", offer)
    assert (said["proxy_pool"], said["proxy"] is not None) == spec
