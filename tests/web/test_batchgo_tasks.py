"""Tasks of BatchGo by the contract's own examples: made, listed, run and told, on real desks."""

from __future__ import annotations

import pytest

from tests.support.batchgo import TASKS, URLS, playing

MODEL = {
    "id", "user_id", "name", "mode", "status", "urls", "url_count", "config", "processed_count",
    "success_count", "failed_count", "token_cost", "token_consumed", "start_time", "end_time",
    "scheduled_time", "error_message", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
def house(deps):
    """Runs a server; yields (client, server). Whoever uses it also asks for the virtual clock."""
    return lambda **changes: playing(deps, **changes)


async def test_the_contract_s_example_is_made_started_and_told(house, autojump_clock):
    async with house() as (client, _):
        status, made = await client.post(
            TASKS,
            {
                "name": "批处理任务",
                "mode": "silent",
                "urls": ["https://example.com", "https://google.com"],
                "config": {"silent": {"concurrency": 5, "timeout": 30, "retry_count": 3}},
            },
        )
        assert status == 201
        assert made.keys() >= MODEL
        assert made["task"].keys() >= MODEL
        assert {name: made[name] for name in made["task"]} == made["task"]
        assert made["user_id"] == "ann"
        assert (made["status"], made["mode"], made["name"]) == ("pending", "silent", "批处理任务")
        assert (made["urls"], made["url_count"]) == (URLS, 2)
        assert (made["token_cost"], made["token_consumed"]) == (2, 0)
        assert made["config"]["silent"]["concurrency"] == 5
        path = f"{TASKS}/{made['id']}"
        status, started = await client.post(f"{path}/start")
        assert (status, started["status"], started["token_consumed"]) == (200, "running", 2)
        assert started["balance"] == made["balance"] - 2
        told = await client.until_over(made["id"])
        assert (told["status"], told["processed_count"], told["success_count"]) == (
            "completed", 2, 2,
        )  # fmt: skip
        assert told["start_time"] < told["end_time"]
