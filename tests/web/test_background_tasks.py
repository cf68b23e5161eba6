"""The background tasks of older pages, by the contract: played journeys on real desks."""

from __future__ import annotations

import hashlib
import json

import pytest
import trio

from state.views import desk_key
from tests.support.old_page import DONE, OldPage, by_client
from tests.support.played import FOUND, playing
from tests.support.servers import EPOCH
from tests.web.conftest import GUEST

TEN_STEPS = [{"do": "scroll", "to": "end"}] * 9 + [{"do": "screenshot"}]
URL = "https://shop.example/"


def task(name, **fields):
    return {"name": name, "url": URL, "path": TEN_STEPS, **fields}


FOUR = [task(f"任务{number}") for number in range(4)]


@pytest.fixture
def house(deps):
    """Runs a server; yields (page, server). Whoever uses it also asks for the virtual clock."""

    class Opened:
        def __init__(self):
            self._house = playing(deps)

        async def __aenter__(self):
            app, server = await self._house.__aenter__()
            await server.supervisor.directory.create(desk_key(GUEST))
            return OldPage(by_client(app.test_client()), GUEST), server

        async def __aexit__(self, *error):
            return await self._house.__aexit__(*error)

    return Opened


async def until_over(page):
    with trio.fail_after(3_600):
        while True:
            told = await page.status()
            if told["status"] != "running":
                return told
            await trio.sleep(3)


async def test_the_scene_of_the_contract(house, autojump_clock):
    """Four tasks; the page is closed at 10 %, opened again at 2 of 4, and told the end."""
    async with house() as (page, _):
        await page.save(FOUR)
        said = await page.start([0, 1, 2, 3])
        assert said["success"] is True
        await trio.sleep(1.5)
        assert await page.poll() == (0, 4, 0, 10, "")
        await trio.sleep(21)
        assert await page.poll() == (2, 4, 50, 20, "")
        await trio.sleep(20)
        assert await page.poll() == (4, 4, 100, 100, DONE)


async def test_every_field_that_pages_read(house, autojump_clock):
    async with house() as (page, server):
        await page.save([task("跳过", expires_at=EPOCH - 1), *FOUR])
        await page.start([1, 0, 3], auto_generate=True)
        await trio.sleep(14.5)
        told = await page.status()
        start = told["start_time"]
        assert EPOCH <= start <= EPOCH + 1
        base = f"/api/desks/{GUEST}/jobs/{told['job_id']}/artifacts"
        rows = [
            (1, "任务0", "completed", [f"{base}/00000-009-shot.png"]),
            (0, "跳过", "skipped", []),
            (3, "任务2", "running", []),
        ]
        assert told == {
            "status": "running",
            "total_tasks": 3,
            "completed_tasks": 2,
            "failed_tasks": 0,
            "skipped_tasks": 1,
            "progress_percent": 66,
            "current_task_progress": 40,
            "error": "",
            "start_time": start,
            "elapsed_time_s": round(server.now() - start, 1),
            "last_update": told["last_update"],
            "task_indices": [1, 0, 3],
            "current_task_index": 2,
            "current_task": "任务2",
            "singleProcessedPoints": 4,
            "singleTotalPoints": 10,
            "auto_generate": True,
            "paused": False,
            "job_id": told["job_id"],
            "tasks": [
                {
                    "index": index,
                    "name": name,
                    "url": URL,
                    "status": status,
                    "error": "it has expired" if status == "skipped" else "",
                    "screenshots": screenshots,
                }
                for index, name, status, screenshots in rows
            ],
        }
        assert start <= told["last_update"] <= server.now()


async def test_nothing_yet_is_null_and_no_refusal(house, autojump_clock):
    async with house() as (page, _):
        assert await page.status() is None
        assert await page.tasks() == []


async def test_a_job_that_was_swept_is_nothing(house, autojump_clock):
    async with house() as (page, _):
        await page.save(FOUR)
        await page.start([0])
        assert (await until_over(page))["status"] == "completed"
        await trio.sleep(24 * 3600 - 100)
        assert (await page.status())["status"] == "completed"
        await trio.sleep(200)
        assert await page.status() is None
        assert (await page.tasks())[0]["completed"] is True


async def test_a_failed_task_is_followed_by_the_next(house, autojump_clock):
    async with house() as (page, _):
        await page.save([task("坏", url=URL + "broken"), task("没有路径", path=None), task("好")])
        await page.start([0, 1, 2])
        told = await until_over(page)
        assert (told["status"], told["completed_tasks"], told["failed_tasks"]) == (
            "completed",
            3,
            2,
        )
        assert [(each["status"], each["error"]) for each in told["tasks"]] == [
            ("failed", "no such button"),
            ("failed", "it has no path"),
            ("completed", ""),
        ]
        assert [each["completed"] for each in await page.tasks()] == [False, False, True]


async def test_where_nothing_went_well_the_error_says_what(house, autojump_clock):
    async with house() as (page, _):
        await page.save([task("坏", url=URL + "broken")])
        await page.start([0])
        told = await until_over(page)
        assert told["status"] == "error"
        assert told["error"] == "没有任务成功：1 个任务失败，第一个是「坏」：no such button"
        assert (told["progress_percent"], told["current_task_progress"]) == (100, 100)


async def test_a_path_is_generated_and_kept(house, autojump_clock):
    async with house() as (page, _):
        await page.save([{"url": URL}])
        await page.start([0], auto_generate=True)
        assert (await until_over(page))["status"] == "completed"
        (kept,) = await page.tasks()
        assert (kept["path"], kept["generated"], kept["completed"]) == (FOUND, True, True)


@pytest.mark.parametrize(
    ("sent", "skipped"),
    [({}, 0), ({"ignore_completed": True}, 0), ({"ignore_completed": False}, 1)],
)
async def test_completed_tasks_are_run_unless_that_is_refused(house, autojump_clock, sent, skipped):
    async with house() as (page, _):
        await page.save([task("完成", completed=True), task("未完成")])
        await page.start([0, 1], school_username="x", school_usernames=["x"], **sent)
        told = await until_over(page)
        assert (told["skipped_tasks"], told["completed_tasks"]) == (skipped, 2)


async def test_stopping_ends_the_task_at_hand_and_keeps_what_has_ended(house, autojump_clock):
    async with house() as (page, _):
        await page.save(FOUR)
        await page.start([0, 1, 2])
        await trio.sleep(12)
        assert (await page.stop())["success"] is True
        told = await page.status()
        assert told["status"] == "stopped"
        assert [each["status"] for each in told["tasks"]] == ["completed", "stopped", "stopped"]
        assert [each["completed"] for each in await page.tasks()] == [True, False, False, False]
        assert (await page.start([1]))["success"] is True


async def test_pause_and_resume(house, autojump_clock):
    async with house() as (page, _):
        await page.save(FOUR)
        await page.start([0, 1])
        await trio.sleep(2)
        assert (await page.call("POST", "/api/pause_run", []))["success"] is True
        await trio.sleep(60)
        told = await page.status()
        assert (told["status"], told["paused"], told["completed_tasks"]) == ("running", True, 1)
        assert (told["current_task_index"], told["current_task_progress"]) == (1, 0)
        assert (await page.call("POST", "/api/pause_run"))["success"] is True
        assert (await page.call("POST", "/api/resume_run"))["success"] is True
        assert (await until_over(page))["completed_tasks"] == 2


async def test_a_task_that_was_retried_waits_for_its_new_end(house, autojump_clock):
    async with house() as (page, _):
        await page.save([task("坏", url=URL + "broken"), task("好")])
        job = (await page.start([0, 1]))["job_id"]
        await until_over(page)
        await page.call("POST", f"/api/desks/{GUEST}/jobs/{job}/retry")
        await trio.sleep(0.5)
        told = await page.status()
        assert [each["status"] for each in told["tasks"]] == ["running", "completed"]
        assert (told["completed_tasks"], told["progress_percent"]) == (1, 50)
        assert (await until_over(page))["failed_tasks"] == 1


async def test_the_older_words(house, autojump_clock):
    async with house() as (page, _):
        opens, ends = EPOCH + 3_600, EPOCH - 1
        await page.save(
            [
                task("过期", expires_at=ends),
                task("未开", not_before=opens),
                task("完成", completed=True),
                {"url": URL},
            ]
        )
        told = (await page.call("POST", "/api/load_tasks", []))["tasks"]
        assert [(each["status"], each["info_text"][:3]) for each in told] == [
            (0, "已过期"),
            (0, "开始于"),
            (1, "已完成"),
            (0, "未完成"),
        ]
        assert told[1]["start_time"] == "2023-11-14T23:13:20.000Z"
        assert (told[2]["run_coords"], told[3]["run_coords"]) == (TEN_STEPS, [])
        assert set(told[0]) == {
            "run_name", "status", "start_time", "end_time", "info_text", "run_coords",
        }  # fmt: skip
        for asked in ([2], {"index": 2}):
            details = (await page.call("POST", "/api/get_task_details", asked))["details"]
            assert details == told[2]
        assert (await page.call("POST", "/api/get_task_details"))["details"] is None


async def test_a_list_is_taken_alone_or_by_its_name(house, autojump_clock):
    async with house() as (page, _):
        for body in (FOUR, {"tasks": FOUR}, {"tasks": await page.tasks() or FOUR, "more": 1}):
            saved = await page.save(body)
            assert saved["success"] is True
            assert saved["tasks"] == await page.tasks()
            assert [each["name"] for each in saved["tasks"]] == [each["name"] for each in FOUR]


async def test_the_state_is_kept_under_the_hash_of_the_session(house, autojump_clock):
    """And neither the session nor what only it may know stands in what others are told."""
    async with house() as (page, server):
        await page.save(FOUR)
        await page.start([0])
        assert await server.store.exists(hashlib.sha256(GUEST.encode()).hexdigest())
        told = await page.status()
        for each in told["tasks"]:
            del each["screenshots"]
        assert GUEST not in json.dumps(told)
