"""What failed of a job is done again: all of it, or only what the filters of its items find."""

from __future__ import annotations

import pytest

from tests.support.batchgo import ENGLISH, TASKS, playing

URLS = ["https://a.example/broken", "https://b.example/broken", "https://c.example/"]


@pytest.fixture
def house(deps):
    return lambda: playing(deps)


class Job:
    """A task that has ended with two failures, seen by the native API."""

    def __init__(self, client, task):
        self.client = client
        self.task = task
        self.path = f"/api/desks/me/jobs/{task['id']}"

    async def retry(self, query="", status=200, **headers):
        found, told = await self.client.ask("POST", f"{self.path}/retry{query}", **headers)
        assert found == status, told
        return told

    async def until_over(self):
        return await self.client.until_over(self.task["id"])

    async def attempts(self):
        """By index: when each item has ended last."""
        _, page = await self.client.get(f"{self.path}/items")
        return [item["at"] for item in page["items"]]


async def ended(client):
    task = await client.created(urls=URLS, config={"retry_count": 0})
    await client.post(f"{TASKS}/{task['id']}/start")
    job = Job(client, task)
    await job.until_over()
    return job


async def test_only_what_is_found_is_done_again_and_paid(house, autojump_clock):
    async with house() as (client, _):
        job = await ended(client)
        before = await job.attempts()
        _, held = await client.get("/api/v1/tokens/balance")
        told = await job.retry("?status=failed&http_status=404&text=b.example")
        assert told["job"]["counts"]["failed"] == 1
        await job.until_over()
        after = await job.attempts()
        assert [one != other for one, other in zip(before, after, strict=True)] == [
            False, True, False,
        ]  # fmt: skip
        _, left = await client.get("/api/v1/tokens/balance")
        assert held["balance"] - left["balance"] == 1


async def test_while_it_waits_the_others_are_still_failed(house, autojump_clock):
    async with house() as (client, _):
        job = await ended(client)
        slow = await client.created(urls=["https://x.example/slow"], config={"retry_count": 0})
        await client.post(f"{TASKS}/{slow['id']}/start")
        _, made = await client.get(f"{job.path}")
        await job.retry("?text=b.example")
        _, failed = await client.get(f"{job.path}/items?status=failed")
        _, result = await client.get(f"{TASKS}/{job.task['id']}/result?status=failed")
        assert made["job"]["counts"]["failed"] == 2
        assert [row["index"] for row in failed["items"]] == [0]
        assert [row["index"] for row in result["results"]] == [0]


async def test_batchgo_says_it_in_its_own_words(house, autojump_clock):
    async with house() as (client, _):
        job = await ended(client)
        path = f"{TASKS}/{job.task['id']}/retry?text=a.example"
        status, told = await client.post(path)
        assert (status, told["token_consumed"]) == (200, 4)
        await client.until_over(job.task["id"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?text=nothing", 409, "invalid_status"),
        ("?status=ok", 400, "invalid_request"),
        ("?http_status=abc", 400, "invalid_request"),
    ],
)
async def test_what_finds_nothing_or_is_no_filter_is_refused(
    house, autojump_clock, query, status, code
):
    async with house() as (client, _):
        job = await ended(client)
        told = await job.retry(query, status)
        assert told["error"]["code"] == code


async def test_a_key_is_for_one_choice(house, autojump_clock):
    async with house() as (client, _):
        job = await ended(client)
        key = {"Idempotency-Key": "k"}
        first = await job.retry("?text=b.example", **key)
        again = await job.retry("?text=b.example", **key)
        assert again["job"]["spent_tokens"] == first["job"]["spent_tokens"] == 4
        told = await job.retry("?text=a.example", 409, **key)
        assert told["error"]["code"] == "idempotency_conflict"


async def test_a_job_of_nobody_is_not_there(house, autojump_clock):
    async with house() as (client, _):
        path = "/api/desks/me/jobs/0123456789abcdef/retry?text=a"
        answer = await client.client.post(path, headers=ENGLISH)
        assert answer.status_code == 404
