"""How BatchGo says no: the names and statuses of the contract, with the field named."""

from __future__ import annotations

import json

import pytest

from tests.support.batchgo import ENGLISH, TASKS, URLS, playing
from tests.web.conftest import GUEST
from web.dialects.batchgo.texts import REFUSALS
from web.errors import CODES

SILENT = {"name": "n", "mode": "silent", "urls": URLS}
START = "/api/batchopen/silent-start"
HUGE = 10**18


@pytest.fixture
def house(deps):
    """Runs a server; yields (client, server). Whoever uses it also asks for the virtual clock."""
    return lambda **changes: playing(deps, **changes)


def test_every_code_has_its_words_in_both_languages():
    assert REFUSALS.keys() == CODES.keys()
    assert all(text.zh and text.en for text in REFUSALS.values())


def with_config(mode="silent", **config):
    return {**SILENT, "mode": mode, "config": {mode: config}}


def window(**config):
    return with_config("autoclick", **{"start_time": "09:00", "end_time": "18:00", **config})


BAD = [
    ({}, "mode"),
    ({"mode": "silent"}, "urls"),
    ({**SILENT, "mode": "turbo"}, "mode"),
    ({**SILENT, "mode": 7}, "mode"),
    ({**SILENT, "urls": []}, "urls"),
    ({**SILENT, "urls": None}, "urls"),
    ({**SILENT, "urls": "https://example.com"}, "urls"),
    ({**SILENT, "urls": ["https://a.example/", "ftp://b.example/"]}, "urls[1]"),
    ({**SILENT, "urls": ["https://a.example/", 7]}, "urls[1]"),
    ({**SILENT, "cycles": 0}, "cycles"),
    ({**SILENT, "cycles": 1_001}, "cycles"),
    ({**SILENT, "urls": URLS * 100, "cycles": 1_000}, "cycles"),
    ({**SILENT, "priority": 1.5}, "priority"),
    ({**SILENT, "priority": 101}, "priority"),
    ({**SILENT, "priority": -101}, "priority"),
    (with_config(extract=[{"as": "a", "css": "["}]), "config.silent.extract[0].css"),
    (with_config(headers={"Host": "a"}), "config.silent.headers"),
    ({**SILENT, "urls": ["https://a b/"]}, "urls[0]"),
    ({**SILENT, "name": "x" * 201}, "name"),
    ({**SILENT, "name": 5}, "name"),
    ({**SILENT, "start": "yes"}, "start"),
    ({**SILENT, "colour": "red"}, "colour"),
    ({**SILENT, "config": []}, "config"),
    ({**SILENT, "config": {"concurrency": 5}}, "config.concurrency"),
    ({**SILENT, "config": {"basic": {"delay": 5}}}, "config.basic"),
    ({**SILENT, "config": {"silent": 5}}, "config.silent"),
    (with_config(delay=1_000), "config.silent.delay"),
    (with_config(headers={"a b": "c"}), "config.silent.headers"),
    (with_config(headers=["a"]), "config.silent.headers"),
    (with_config(user_agent=""), "config.silent.user_agent"),
    (with_config(use_proxy="yes"), "config.silent.use_proxy"),
    (with_config(proxy_rotation=1), "config.silent.proxy_rotation"),
    (with_config(proxy_url="nonsense"), "config.silent.proxy_url"),
    (with_config(access_mode="teleport"), "config.silent.access_mode"),
    (with_config("basic", new_window="yes"), "config.basic.new_window"),
    (with_config("basic", sequential=0), "config.basic.sequential"),
    (with_config("basic", concurrency=5, sequential=True), "config.basic.concurrency"),
    (with_config("autoclick"), "config.autoclick.start_time"),
    (window(end_time="09:00"), "config.autoclick.end_time"),
    (window(start_time="25:00"), "config.autoclick.start_time"),
    (window(start_time=9), "config.autoclick.start_time"),
    (window(work_days=[1, 7]), "config.autoclick.work_days"),
    (window(work_days=[-1]), "config.autoclick.work_days"),
    (window(work_days=[]), "config.autoclick.work_days"),
    (window(work_days=[1.5]), "config.autoclick.work_days"),
    (window(timezone="Mars/Base"), "config.autoclick.timezone"),
    (window(holidays="ZZ"), "config.autoclick.holidays"),
    (window(random_delay="no"), "config.autoclick.random_delay"),
    (window(random_delay=True, max_random_delay=1_441), "config.autoclick.max_random_delay"),
]
NUMBERS = [-1, HUGE, 1.5, "5", True, [], {}]
BAD += [(with_config(concurrency=value), "config.silent.concurrency") for value in [0, *NUMBERS]]
BAD += [(with_config(retry_count=value), "config.silent.retry_count") for value in NUMBERS]
BAD += [(with_config(timeout=value), "config.silent.timeout") for value in NUMBERS if value != 1.5]
BAD += [(with_config("basic", delay=value), "config.basic.delay") for value in NUMBERS]
BAD += [(window(interval=value), "config.autoclick.interval") for value in [0, *NUMBERS]]


async def test_what_is_wrong_is_named(house, autojump_clock):
    async with house() as (client, _):
        for body, field in BAD:
            told = await client.refused(400, "invalid_request", "POST", TASKS, body)
            assert told["details"]["field"] == field, (body, told)
            assert field in told["message"]
            assert (told["required"], told["balance"]) == (None, None)
        _, listed = await client.get(TASKS)
        assert listed["total"] == 0


async def test_more_urls_than_a_task_may_have(client, desk):
    """On scripted desks: so much is checked in a thread, which no virtual clock heeds."""
    body = {**SILENT, "urls": [f"https://a.example/{n}" for n in range(100_001)]}
    answer = await client.post(TASKS, json=body, headers={"X-Session-ID": GUEST})
    told = await answer.get_json()
    assert (answer.status_code, told["error"]) == (400, "invalid_request")
    assert told["details"]["errors"] == [
        {"index": None, "field": "urls", "reason": "must not hold more than 100000 items"}
    ]
    assert desk.asked == []


async def test_all_that_is_wrong_is_told_at_once(house, autojump_clock):
    body = {**with_config(concurrency=-1, retry_count=99), "urls": ["x", "https://ok.example/"]}
    async with house() as (client, _):
        told = await client.refused(400, "invalid_request", "POST", TASKS, body)
    assert {error["field"] for error in told["details"]["errors"]} == {
        "config.silent.concurrency", "config.silent.retry_count", "urls[0]",
    }  # fmt: skip


SILLY = [
    b'{"mode": "silent", "urls": ["https://a.example/"], "cycles": NaN}',
    b'{"mode": "silent", "urls": ["https://a.example/"], "cycles": 1e999}',
    b'{"mode": "silent", "mode": "basic"}',
    b"{",
    b"[]",
    b'"silent"',
    b"null",
    b"   ",
    b"",
]


async def test_silly_bodies_are_invalid_requests(house, autojump_clock):
    headers = {**ENGLISH, "Content-Type": "application/json"}
    async with house() as (client, _):
        for body in SILLY:
            for path in (TASKS, START):
                answer = await client.client.post(path, data=body, headers=headers)
                told = json.loads(await answer.get_data())
                assert (answer.status_code, told["error"]) == (400, "invalid_request"), body


async def test_pages_and_sizes_have_their_bounds(house, autojump_clock):
    async with house() as (client, _):
        task = (await client.created())["id"]
        for path in (TASKS, f"{TASKS}/{task}/result"):
            for query in ("page=0", "page=-1", "size=0", "size=1001", "page=x", "size=1.5"):
                told = await client.refused(400, "invalid_request", "GET", f"{path}?{query}")
                assert told["details"]["field"] == query.partition("=")[0]
        for query in ("status=sleeping", "mode=turbo"):
            await client.refused(400, "invalid_request", "GET", f"{TASKS}?{query}")


async def test_commands_in_the_wrong_state(house, autojump_clock):
    async with house() as (client, _):
        task = (await client.created())["id"]
        for action in ("pause", "resume", "retry"):
            await client.refused(409, "invalid_status", "POST", f"{TASKS}/{task}/{action}")
        await client.post(f"{TASKS}/{task}/start")
        told = await client.refused(409, "invalid_status", "POST", f"{TASKS}/{task}/start")
        assert told["code"] == 1_409
        await client.until_over(task)
        for action in ("start", "pause", "resume", "cancel", "stop", "terminate"):
            await client.refused(409, "invalid_status", "POST", f"{TASKS}/{task}/{action}")


async def test_a_task_that_is_not_there(house, autojump_clock):
    async with house() as (client, _):
        for task in ("task_1", "0f8fad5b-d9cb-469f-a165-70867728950e"):
            for method, tail in (
                ("GET", ""),
                ("DELETE", ""),
                ("POST", "/start"),
                ("GET", "/result"),
            ):
                await client.refused(404, "task_not_found", method, f"{TASKS}/{task}{tail}")
        await client.refused(404, "not_supported", "GET", "/api/v1/batchgo/weather")
        await client.refused(404, "not_supported", "POST", "/api/batchopen/make-coffee")


async def test_nobody_asks(house, autojump_clock):
    async with house() as (client, _):
        client.headers = {"Accept-Language": "en"}
        told = await client.refused(401, "unauthorized", "GET", TASKS)
        assert told["code"] == 1_401
        client.headers = {}
        told = await client.refused(401, "unauthorized", "GET", "/api/batchopen/tasks")
        assert told["message"].startswith("未登录")


async def test_tokens_are_checked_at_create_and_again_at_start(house, autojump_clock):
    async with house(actors={"opening_tokens": 3}) as (client, _):
        first, second = await client.created(), await client.created()
        told = await client.refused(
            402, "insufficient_tokens", "POST", TASKS, {**SILENT, "cycles": 2}
        )
        assert (told["required"], told["balance"]) == (4, 3)
        assert told["code"] == 1_402
        _, started = await client.post(f"{TASKS}/{first['id']}/start")
        assert started["balance"] == 1
        told = await client.refused(
            402, "insufficient_tokens", "POST", f"{TASKS}/{second['id']}/start"
        )
        assert (told["required"], told["balance"]) == (2, 1)
        told = await client.refused(402, "insufficient_tokens", "POST", START, {"urls": URLS})
        assert (told["required"], told["balance"]) == (2, 1)


async def test_what_only_forges_traffic_is_not_supported(house, autojump_clock):
    asked = [
        ({"refererOption": "social", "selectedSocialMedia": "https://x.com"}, "refererOption"),
        ({"daily_clicks": 500}, "daily_clicks"),
        ({"dailyTarget": 500}, "dailyTarget"),
        ({"randomUserAgent": True}, "randomUserAgent"),
    ]
    async with house() as (client, _):
        for more, field in asked:
            body = {"urls": URLS, **more}
            told = await client.refused(400, "not_supported", "POST", START, body)
            assert told["details"]["field"] == field
            assert field in told["message"]


@pytest.mark.parametrize("referer", ["https://a.example/\r\nX-Forged: 1", "https://例.example/", 5])
async def test_a_referer_that_no_header_can_carry_is_named_as_it_was_written(
    house, autojump_clock, referer
):
    async with house() as (client, _):
        for more in ({}, {"headers": {"X-Mine": "1"}}):
            body = {"urls": URLS, "customReferer": referer, **more}
            told = await client.refused(400, "invalid_request", "POST", START, body)
            assert [each["field"] for each in told["details"]["errors"]] == ["customReferer"]


async def test_two_referers_are_one_fault(house, autojump_clock):
    body = {"urls": URLS, "customReferer": "https://a.example/", "headers": {"referer": "b"}}
    async with house() as (client, _):
        told = await client.refused(400, "invalid_request", "POST", START, body)
    assert [each["field"] for each in told["details"]["errors"]] == ["customReferer"]
