"""Journeys from their plan to their result, as a job and its worker drive them."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.ports import ItemResult, LeasedItem, PlanLimits
from executors.visit.run import VisitExecutor
from executors.visit.spec import VisitSpec
from state.artifacts import safe_parts

LIMITS = PlanLimits(
    max_items=10, max_url_bytes=8_192, max_concurrency=10, max_body_read_bytes=100_000
)
PNG = b"\x89PNG\r\n\x1a\n"


class Context:
    """Takes what an item says, as a worker's does."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str, int, int]] = []
        self.lines: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {}

    def progress(self, fraction: float, stage: str = "", *, done: int = 0, total: int = 0) -> None:
        assert 0 <= fraction <= 1
        self.told.append((fraction, stage, done, total))

    def log(self, level: str, message: str) -> None:
        self.lines.append((level, message))

    async def artifact(self, name: str, data: bytes) -> None:
        self.keep(name, data)

    def keep(self, name: str, data: bytes) -> None:
        assert safe_parts(name)
        assert data.startswith(PNG)
        self.files[name] = data

    @property
    def said(self) -> str:
        """All of it, to look for what must not be there."""
        return f"{self.told} {self.lines} {list(self.files)}"


class Tools:
    def __init__(self, browser: Any) -> None:
        self.browser = browser


class Visitor:
    """Drives items with one browser; `context` has heard all of them."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.context = Context()

    async def visit(self, *items: Any, strikes: int = 0, **spec: Any) -> Any:
        """The result of one item, or those of several in turn, in a job with this spec."""
        subject = VisitSpec()
        plan = subject.plan({"timeout_s": 10, **spec}, list(items), LIMITS)
        filled = subject.fill_secrets(plan.spec, plan.secrets)
        results: list[ItemResult] = []
        async with VisitExecutor().open(filled, Tools(self.browser)) as runner:
            for index, each in enumerate(plan.items):
                item = LeasedItem(index, 0, each.key, each.item, strikes)
                results.append(await runner.run_item(item, self.context))
        for result in results:
            assert len(msgspec.json.encode(result.result)) < 1024 * 1024
        return results[0] if len(results) == 1 else results
