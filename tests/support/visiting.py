"""Journeys from their plan to their result, as a job and its worker drive them: a real Chromium,
the browser tool with its gateway, and sites on loopback."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import trio

from actors.ports import ItemResult, LeasedItem, PlanLimits
from executors.visit.run import VisitExecutor
from executors.visit.spec import VisitSpec
from state.artifacts import safe_parts
from state.model import EgressLists
from tests.support.journey_site import JourneySite
from workers.browser.tool import open_browser

LIMITS = PlanLimits(
    max_items=10, max_url_bytes=8_192, max_concurrency=10, max_body_read_bytes=100_000
)
PNG = b"\x89PNG\r\n\x1a\n"
PAGES = 2
# How slow the machine is, is not what is tested.
PATIENCE = {"hung_s": 60.0, "start_timeout_s": 120.0, "close_timeout_s": 60.0}


class Context:
    """Takes what an item says, as a worker's does."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.told: list[tuple[float, str, int, int]] = []
        self.lines: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {}

    def progress(self, fraction: float, stage: str = "", *, done: int = 0, total: int = 0) -> None:
        assert 0 <= fraction <= 1
        self.told.append((fraction, stage, done, total))

    def waits(self, stage: str) -> None:
        self.told.append((0.0, stage, 0, 0))

    def log(self, level: str, message: str) -> None:
        self.lines.append((level, message))

    async def artifact(self, name: str, data: bytes, paid: object = None) -> None:
        await trio.lowlevel.checkpoint()
        assert safe_parts(name)
        assert data.startswith(PNG)
        self.files[name] = data


class Tools:
    def __init__(self, browser: Any) -> None:
        self.browser = browser


class Driven(msgspec.Struct):
    """What came of one item, and what it said meanwhile."""

    outcome: ItemResult
    context: Context
    site: JourneySite

    @property
    def result(self) -> dict[str, Any]:
        return self.outcome.result

    @property
    def steps(self) -> list[tuple[str, bool]]:
        return [(step["label"], step["ok"]) for step in self.result["steps"]]

    @property
    def said(self) -> str:
        """All that it told anybody, to look for what must not be there."""
        told = (self.context.told, self.context.lines, list(self.context.files))
        return f"{told} {self.outcome}"


Items = list[Any]
# With the site, and another one, the items of a job and its spec.
Scenario = Callable[[JourneySite, JourneySite], tuple[Items, dict[str, Any]]]


def drive_all(
    scenarios: Mapping[str, Scenario],
    *,
    at_once: int = PAGES,
    then: Scenario | None = None,
    **settings: Any,
) -> dict[str, list[Driven]]:
    """Each scenario as a job of its own, so many at a time, all with one browser tool; `then` is
    the job that comes after each."""
    return trio.run(_drive_all, scenarios, at_once, then, settings)


async def _drive_all(
    scenarios: Mapping[str, Scenario],
    at_once: int,
    then: Scenario | None,
    settings: dict[str, Any],
) -> dict[str, list[Driven]]:
    found: dict[str, list[Driven]] = {}
    limit = trio.CapacityLimiter(at_once)
    with tempfile.TemporaryDirectory() as scratch:
        async with (
            open_browser(
                {"scratch": scratch, "pages": PAGES, **PATIENCE, **settings},
                {"allow_target": ["127.0.0.1"]},
            ) as host,
            trio.open_nursery() as sites,
        ):
            async with trio.open_nursery() as nursery:
                for name, scenario in scenarios.items():
                    browser = host.for_job(EgressLists(), lambda index, data: None, lambda: False)
                    site, other = JourneySite(), JourneySite()
                    await sites.start(site.run)
                    await sites.start(other.run)
                    jobs = [each(site, other) for each in (scenario, then) if each is not None]
                    found[name] = []
                    nursery.start_soon(_drive, jobs, browser, limit, site, found[name])
            sites.cancel_scope.cancel()
    return found


async def _drive(
    jobs: list[tuple[Items, dict[str, Any]]],
    browser: Any,
    limit: trio.CapacityLimiter,
    site: JourneySite,
    driven: list[Driven],
) -> None:
    async with limit:
        for items, spec in jobs:
            await _drive_job(items, spec, browser, site, driven)


async def _drive_job(
    items: Items, spec: dict[str, Any], browser: Any, site: JourneySite, driven: list[Driven]
) -> None:
    subject = VisitSpec()
    plan = subject.plan({"timeout_s": 60, **spec}, items, LIMITS)
    filled = subject.fill_secrets(plan.spec, plan.secrets)
    async with VisitExecutor().open(filled, Tools(browser)) as runner:
        for index, each in enumerate(plan.items):
            item, context = LeasedItem(index, 0, each.key, each.item), Context(index)
            outcome = await runner.run_item(item, context)
            assert len(msgspec.json.encode(outcome.result)) < 1024 * 1024
            driven.append(Driven(outcome, context, site))
