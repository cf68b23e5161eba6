"""Keeps a job's secrets out of what a site makes of them: it may show what it was sent.

Used by `executors.crawl.run`, for jobs that send any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from actors.ports import FoundItem, ItemContext, ItemResult
from executors.crawl.job import CrawlOptions
from executors.headers import is_secret
from executors.scrubbing import Scrubber
from state.spending import Spend

# Shorter values of cookies (`lang=en`) are words like any other.
MIN_COOKIE_CHARS = 8


def secrets_of(options: CrawlOptions) -> list[str]:
    """What sites are sent and must not say."""
    secrets = [value for name, value in options.headers.items() if is_secret(name)]
    cookies = [value for name, value in options.headers.items() if name.lower() == "cookie"]
    if options.source is not None and options.source.cookie:
        secrets.append(options.source.cookie)
        cookies.append(options.source.cookie)
    # A site that says what it was sent says a cookie by itself.
    pairs = (pair.partition("=")[2].strip() for each in cookies for pair in each.split(";"))
    return [*secrets, *(value for value in pairs if len(value) >= MIN_COOKIE_CHARS)]


def scrubbed(result: ItemResult, scrub: Scrubber) -> ItemResult:
    """The same result without them."""
    told: dict[str, Any] = scrub.all_of(result.result)
    error = None if result.error is None else scrub.text(result.error)
    return replace(result, result=told, error=error)


class DiscreetContext:
    """An ItemContext whose item makes no item of an address that a secret stands in."""

    def __init__(self, context: ItemContext, scrub: Scrubber) -> None:
        self._context = context
        self._scrub = scrub

    @property
    def index(self) -> int:
        return self._context.index

    def progress(self, fraction: float, stage: str = "", *, done: int = 0, total: int = 0) -> None:
        self._context.progress(fraction, self._scrub.text(stage), done=done, total=total)

    def waits(self, stage: str) -> None:
        self._context.waits(self._scrub.text(stage))

    def log(self, level: str, message: str) -> None:
        self._context.log(level, self._scrub.text(message))

    async def artifact(self, name: str, data: bytes, paid: Spend | None = None) -> None:
        await self._context.artifact(name, data, paid)

    async def add_items(self, found: Sequence[FoundItem]) -> None:
        await self._context.add_items([item for item in found if not self._tells(item)])

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        await self._context.reserve(most, so_far)

    async def settle(self, so_far: Spend) -> None:
        await self._context.settle(so_far)

    async def enclosed(self) -> bytes:
        return await self._context.enclosed()

    def _tells(self, item: FoundItem) -> bool:
        text = item.key + msgspec.json.encode(item.item).decode()
        return self._scrub.text(text) != text
