"""An older page against a real server: sockets, a page on another origin, and a second browser."""

from __future__ import annotations

import json
from uuid import uuid4

import trio

from tests.support.old_page import DONE, OldPage
from tests.support.played import playing
from tests.support.serving import ask, served

ORIGIN = "http://pages.example:3000"
# Played in no time: these tests run on the real clock.
TASKS = [
    {"name": f"任务{n}", "url": f"https://quick.example/{n}", "path": [{"do": "screenshot"}] * 3}
    for n in range(4)
]


def by_socket(port):
    """`send` on a connection of its own for each call, as from a page of another origin."""

    async def send(method, path, headers, body):
        said = [*headers.items(), ("Origin", ORIGIN), ("Sec-Fetch-Site", "cross-site")]
        status, head, answer = await ask(port, method, path, said, body)
        assert head["access-control-allow-origin"] == ORIGIN
        assert head["access-control-allow-credentials"] == "true"
        return status, answer

    return send


async def over(page):
    """What it shows at last; it polls without a pause, and every answer makes sense."""
    before = (0, 0)
    with trio.fail_after(60):
        while True:
            shown = await page.poll()
            done, total, percent, current, says = shown
            assert (total, percent) == (4, done * 25)
            assert 0 <= current <= 100
            assert before <= (done, percent)
            before = (done, percent)
            if says:
                return shown


async def test_a_guest_s_whole_visit_from_another_origin(deps):
    own = str(uuid4())
    async with playing(deps, allow_origin=frozenset({ORIGIN})) as (app, _), served(app) as port:
        page = OldPage(by_socket(port), own)
        kind = await page.call("POST", "/auth/check_uuid_type", {"uuid": own})
        assert kind["uuid_type"] == "unknown"
        await page.call("POST", "/auth/guest_login", {})
        assert (await page.call("POST", "/api/get_initial_data", []))["is_authenticated"]
        assert await page.poll() is None
        await page.save(TASKS)
        assert (await page.start([0, 1, 2, 3]))["success"] is True
        # The tab is closed; another browser opens the address and is told the same.
        other = OldPage(by_socket(port), prefix=f"/uuid={own}")
        assert await over(other) == (4, 4, 100, 100, DONE)
        assert await page.poll() == (4, 4, 100, 100, DONE)
        assert [task["completed"] for task in await page.tasks()] == [True] * 4


async def test_screenshots_are_where_the_status_says(deps):
    own = str(uuid4())
    async with playing(deps, allow_origin=frozenset({ORIGIN})) as (app, _), served(app) as port:
        page = OldPage(by_socket(port), own)
        await page.call("POST", "/auth/guest_login")
        await page.save(TASKS)
        await page.start([0, 1, 2, 3])
        await over(page)
        shots = [url for task in (await page.status())["tasks"] for url in task["screenshots"]]
        assert len(shots) == 12
        # A picture is asked for without any header.
        status, _, picture = await ask(port, "GET", shots[0])
        assert (status, picture[:4]) == (200, b"\x89PNG")


async def test_two_starts_at_once_make_one_job(deps):
    own = str(uuid4())
    async with playing(deps, allow_origin=frozenset({ORIGIN})) as (app, _), served(app) as port:
        page = OldPage(by_socket(port), own)
        await page.call("POST", "/auth/guest_login")
        slow = [{**task, "url": task["url"].replace("quick", "slow")} for task in TASKS]
        await page.save(slow)
        answers = []

        async def start():
            answers.append(await page.start([0, 1, 2, 3]))

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(start)
        assert sorted(answer["success"] for answer in answers) == [False] * 4 + [True]
        assert {answer.get("error_code") for answer in answers} == {None, "already_running"}
        headers = [("X-Session-ID", own)]
        _, _, listed = await ask(port, "GET", "/api/desks/me/jobs", headers)
        assert json.loads(listed)["total"] == 1
        await page.stop()
