"""What the background tasks' dialect refuses: 200 for whatever a person should read."""

from __future__ import annotations

import json

import pytest

from actors.errors import DeskUnavailable, MailboxFull, StorageUnavailable
from state.memory import MemoryStore
from state.views import desk_key
from tests.support.desks import last_created
from tests.support.old_page import BASE, OldPage, PageThrew, by_client
from tests.support.played import playing
from tests.web.conftest import GUEST
from web.app import build_app
from web.dialects.background.refusals import SPOKEN
from web.dialects.background.texts import REFUSALS
from web.dialects.languages import language_of
from web.errors import CODES

URL = "https://shop.example/"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def house(deps):
    """Runs a server; yields (page, client). Whoever uses it also asks for the virtual clock."""

    class Opened:
        async def __aenter__(self):
            self._house = playing(deps, max_journeys=5)
            app, server = await self._house.__aenter__()
            await server.supervisor.directory.create(desk_key(GUEST))
            client = app.test_client(use_cookies=False)
            return OldPage(by_client(client), GUEST), client

        async def __aexit__(self, *error):
            return await self._house.__aexit__(*error)

    return Opened


STARTS = [
    ({}, "nothing_chosen"),
    ({"task_indices": []}, "nothing_chosen"),
    ({"task_indices": None}, "nothing_chosen"),
    ([], "nothing_chosen"),
    ({"task_indices": "0"}, "invalid_indices"),
    ({"task_indices": {"0": 1}}, "invalid_indices"),
    ({"task_indices": [0, "1"]}, "invalid_indices"),
    ({"task_indices": [True]}, "invalid_indices"),
    ({"task_indices": [0.0]}, "invalid_indices"),
    ({"task_indices": [2]}, "invalid_indices"),
    ({"task_indices": [-1]}, "invalid_indices"),
    ({"task_indices": [2**63]}, "invalid_indices"),
    ({"task_indices": [0, 1, 0]}, "invalid_indices"),
    ({"task_indices": [0], "auto_generate": "true"}, "invalid_request"),
    ({"task_indices": [0], "auto_generate": 1}, "invalid_request"),
    ({"task_indices": [0], "ignore_completed": 0}, "invalid_request"),
    ("start", "invalid_request"),
    ([0], "invalid_request"),
    (5, "invalid_request"),
]


@pytest.mark.parametrize(("body", "code"), STARTS)
async def test_a_start_that_cannot_be(house, autojump_clock, body, code):
    async with house() as (page, _):
        await page.save([URL, URL])
        said = await page.call("POST", f"{BASE}/start", body)
        assert (said["success"], said["error_code"]) == (False, code)
        assert said["message"]
        assert await page.status() is None


async def test_a_start_without_a_list(house, autojump_clock):
    async with house() as (page, _):
        assert (await page.start([0]))["error_code"] == "no_tasks"


async def test_a_second_start_while_one_runs(house, autojump_clock):
    async with house() as (page, _):
        await page.save([{"url": URL, "path": [{"do": "screenshot"}] * 9}])
        job = (await page.start([0]))["job_id"]
        said = await page.start([0])
        assert (said["success"], said["error_code"]) == (False, "already_running")
        assert (await page.status())["job_id"] == job


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{BASE}/stop", "nothing_to_stop"),
        ("/api/pause_run", "nothing_to_stop"),
        ("/api/resume_run", "not_paused"),
    ],
)
async def test_commands_to_nothing(house, autojump_clock, path, code):
    async with house() as (page, _):
        for _ in range(2):
            said = await page.call("POST", path)
            assert (said["success"], said["error_code"]) == (False, code)
            await page.save([{"url": URL, "path": [{"do": "screenshot"}]}])
            await page.start([0])
            await page.stop()


async def test_what_runs_is_not_paused(house, autojump_clock):
    async with house() as (page, _):
        await page.save([{"url": URL, "path": [{"do": "screenshot"}] * 9}])
        await page.start([0])
        assert (await page.call("POST", "/api/resume_run"))["error_code"] == "not_paused"


@pytest.mark.parametrize(
    ("body", "code", "index", "field"),
    [
        ([{"url": "file:///etc/passwd"}], "invalid_tasks", 0, "url"),
        ([URL, {"url": URL, "path": [{"do": "click"}]}], "invalid_tasks", 1, "path[0]"),
        ([{"url": URL, "not_before": "tomorrow"}], "invalid_tasks", 0, "not_before"),
        ([URL] * 6, "invalid_request", None, "journeys"),
    ],
)
async def test_a_wrong_list_says_where(house, autojump_clock, body, code, index, field):
    async with house() as (page, _):
        said = await page.save(body)
        assert (said["success"], said["error_code"]) == (False, code)
        assert said["errors"][0]["index"] == index
        assert said["errors"][0]["field"].startswith(field)
        assert await page.tasks() == []


@pytest.mark.parametrize("body", [None, {}, {"tasks": None}, {"tasks": {}}, 5, "x"])
async def test_no_list_at_all(house, autojump_clock, body):
    async with house() as (page, _):
        assert (await page.save(body))["error_code"] == "invalid_request"


@pytest.mark.parametrize("body", [b"{", b'{"a":1,"a":2}', b"[NaN]", b"\xff", b"{} x"])
async def test_no_json(house, autojump_clock, body):
    async with house() as (_, client):
        for method, path in (("PUT", f"{BASE}/tasks"), ("POST", f"{BASE}/stop")):
            said = {"X-Session-ID": GUEST, **JSON}
            answer = await client.open(path, method=method, data=body, headers=said)
            assert answer.status_code == 200
            assert (await answer.get_json())["error_code"] == "invalid_json"


async def test_the_language_is_the_page_s(house, autojump_clock):
    async with house() as (page, client):
        english = OldPage(by_client(client), GUEST, **{"Accept-Language": "en-GB, zh;q=0.5"})
        assert (await page.stop())["message"] == "当前没有正在执行的后台任务"
        assert (await english.stop())["message"] == "Nothing runs in the background now"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9", "en"),
        ("fr, en;q=0.4", "en"),
        ("en;q=0, fr", "zh"),
        ("EN-gb, zh;q=0.5", "en"),
        ("fr", "zh"),
        ("*", "zh"),
        ("\xff;;q=x,,", "zh"),
    ],
)
def test_which_language_is_wanted(header, language):
    assert language_of(header) == language


def test_every_code_has_its_words():
    assert set(REFUSALS) == set(CODES)
    assert set(CODES) >= SPOKEN
    for code in SPOKEN:
        assert 400 <= CODES[code][0] < 500 or code == "storage_full"


@pytest.fixture
def page(deps, desk):
    """Of a scripted desk, which fails as it is told."""
    deps.store.read_journeys = MemoryStore().read_journeys
    return OldPage(by_client(build_app(deps).test_client()), GUEST)


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (StorageUnavailable("no room", full=True), 200, "storage_full"),
        (StorageUnavailable("broken"), 503, "storage_unavailable"),
        (MailboxFull("too many"), 429, "mailbox_full"),
        (DeskUnavailable("parked"), 503, "desk_unavailable"),
        (ZeroDivisionError("a bug"), 500, "internal"),
    ],
)
async def test_what_the_desk_cannot_do(page, desk, failure, status, code):
    desk.failure = failure
    try:
        said, answered = await page.save([URL]), 200
    except PageThrew as threw:
        said, answered = threw.body, threw.status
    assert (answered, said["error_code"], said["success"]) == (status, code, False)
    assert set(said) == {"success", "message", "error_code"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", f"{BASE}/nothing", {}, 404, "not_found"),
        ("DELETE", f"{BASE}/tasks", {}, 405, "method_not_allowed"),
        ("PUT", f"{BASE}/tasks", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("PUT", f"{BASE}/tasks", {"Content-Encoding": "gzip"}, 415, "unsupported_media_type"),
        ("PUT", f"{BASE}/tasks", {"Origin": "https://evil.example"}, 403, "forbidden_origin"),
        ("GET", f"{BASE}/status", {"Host": "evil.example"}, 421, "wrong_host"),
        ("GET", f"{BASE}/status?token=x", {}, 401, "unauthorized"),
        ("POST", f"/s/{GUEST}{BASE}/nothing", {}, 404, "not_found"),
    ],
)
async def test_what_no_page_can_help(deps, desk, method, path, headers, status, code):
    headers = {"X-Session-ID": GUEST, **JSON, **headers}
    client = build_app(deps).test_client()
    answer = await client.open(path, method=method, headers=headers, data=b"[]")
    said = await answer.get_json()
    assert (answer.status_code, said["error_code"], said["success"]) == (status, code, False)
    assert desk.asked == []


async def test_a_body_that_is_too_large(with_settings, desk):
    client = build_app(with_settings(max_body_bytes=100)).test_client()
    headers = {"X-Session-ID": GUEST, **JSON}
    answer = await client.put(f"{BASE}/tasks", data=json.dumps([URL] * 50), headers=headers)
    assert answer.status_code == 413
    assert (await answer.get_json())["error_code"] == "body_too_large"


async def test_what_is_refused_is_in_the_audit_log_by_the_command_it_would_have_been(page, desk):
    await page.save([{"url": "x"}])
    await page.stop()
    await page.start([])
    noted = [(what, code) for what, _, code in desk.refused]
    assert noted == [
        ("set_journeys", "invalid_spec"),
        ("cancel_job", "invalid_status"),
        ("create_job", "invalid_request"),
    ]
    with pytest.raises(StopIteration):
        last_created(desk)
