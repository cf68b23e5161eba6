"""Items of the fetch kind from their plan to their result, as a job and its worker do it."""

from __future__ import annotations

from typing import Any

import msgspec
import trio

from actors.ports import ItemResult, LeasedItem, PlanLimits
from executors.fetch.run import FetchExecutor
from executors.fetch.spec import FetchSpec
from workers.net.client import open_http
from workers.net.dial import TlsContexts

LIMITS = PlanLimits(
    max_items=10, max_url_bytes=8_192, max_concurrency=10, max_body_read_bytes=100_000
)


class Context:
    """Takes what an item says, as a worker's does."""

    def log(self, level: str, message: str) -> None:
        assert message.isprintable()

    async def artifact(self, name: str, data: bytes, paid: object = None) -> None:
        await trio.lowlevel.checkpoint()


class Tools:
    def __init__(self, http: Any) -> None:
        self.http = http


async def fetch(tls: TlsContexts, *items: Any, allow: str = "127.0.0.1", **spec: Any) -> Any:
    """The result of one item, or those of several in turn, in a job with this spec."""
    subject = FetchSpec()
    plan = subject.plan({"retries": 0, "timeout_s": 10, **spec}, list(items), LIMITS)
    filled = subject.fill_secrets(plan.spec, plan.secrets)
    results: list[ItemResult] = []
    async with (
        open_http({"allow_target": [allow]}, tls=tls) as http,
        FetchExecutor().open(filled, Tools(http)) as runner,
    ):
        for index, each in enumerate(plan.items):
            item = LeasedItem(index, 0, each.key, each.item)
            results.append(await runner.run_item(item, Context()))
    assert msgspec.json.encode([result.result for result in results])
    return results[0] if len(results) == 1 else results
