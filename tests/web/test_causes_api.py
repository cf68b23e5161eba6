"""Why items failed, over REST: list, retry and repeat mean the same by its groups."""

from __future__ import annotations

import pytest

from tests.support.batchgo import playing
from tests.web.test_repeat_changes import DESK, items_of, made, refused, repeat, until_over

URLS = [f"https://{host}.example/{name}" for host in "ab" for name in ("broken", "x/broken", "ok")]


@pytest.fixture
def house(deps):
    return lambda: playing(deps)


async def causes_of(client, job):
    status, told = await client.get(f"{DESK}/jobs/{job}/causes")
    assert status == 200, told
    return told


async def test_a_group_a_list_and_an_act_are_of_the_same_items(house, autojump_clock):
    async with house() as (client, _):
        job = await made(client, items=URLS)
        told = await causes_of(client, job)
        assert told["failed"] == 4
        first, second = told["causes"]
        assert first.keys() == {
            "cause", "host", "n", "advice", "hosts_n", "hosts", "examples", "since", "latest",
            "filter",
        }  # fmt: skip
        assert (first["cause"], first["host"], first["n"]) == ("404", "a.example", 2)
        assert (first["advice"], first["examples"], second["examples"]) == (
            "missing",
            [0, 1],
            [3, 4],
        )
        asked = "&".join(f"{name}={value}" for name, value in first["filter"].items())
        _, page = await client.get(f"{DESK}/jobs/{job}/items?{asked}")
        assert [item["index"] for item in page["items"]] == first["examples"]
        made_of = await repeat(client, job, {"only": first["filter"], "start": False})
        assert await items_of(client, made_of["job"]["id"]) == URLS[:2]
        status, answer = await client.post(f"{DESK}/jobs/{job}/retry?{asked}")
        assert (status, answer["job"]["counts"]["failed"]) == (200, 2)
        # The others count as they did, also while those are done again.
        assert [each["host"] for each in (await causes_of(client, job))["causes"]] == ["b.example"]
        await until_over(client, job)
        assert [each["n"] for each in (await causes_of(client, job))["causes"]] == [2, 2]


async def test_items_come_sorted_and_what_is_wrong_is_told(house, autojump_clock):
    async with house() as (client, _):
        job = await made(client, items=URLS)
        path = f"{DESK}/jobs/{job}/items"
        _, page = await client.get(f"{path}?sort=status&order=desc&limit=3&offset=1")
        assert ([item["index"] for item in page["items"]], page["total"]) == ([1, 3, 4], 6)
        _, page = await client.get(f"{path}?order=desc&limit=2")
        assert [item["index"] for item in page["items"]] == [5, 4]
        _, page = await client.get(f"{path}?host=B.example&attempts_from=1&duration_to_ms=9999999")
        assert [item["index"] for item in page["items"]] == [3, 4, 5]
        wrong = "sort=colour&order=up&attempts_from=-1&duration_from_ms=x&cause=" + "c" * 101
        status, told = await client.get(f"{path}?{wrong}&host={'h' * 301}")
        assert status == 400
        assert [each["field"] for each in told["error"]["details"]["errors"]] == [
            "host", "cause", "attempts_from", "duration_from_ms", "sort", "order",
        ]  # fmt: skip
        status, told = await client.get(f"{path}?status=pending&host=a&sort=time")
        assert [each["field"] for each in told["error"]["details"]["errors"]] == ["host", "sort"]
        status, _ = await client.get(f"{DESK}/jobs/nothing/causes")
        assert status == 404
        assert await refused(client, job, {"only": {"cause": "500"}}) == [
            ("only", "finds no item of this job")
        ]
