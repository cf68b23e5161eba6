"""What is made of a page that was had: its links become items, and it is kept where that is wanted.

Used by `executors.crawl.run`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from actors.ports import ItemContext
from executors.bodies import artifact_name
from executors.crawl.asking import Reader
from executors.crawl.items import (
    Address,
    Image,
    Page,
    Sitemap,
    is_validator,
)
from executors.crawl.job import CrawlOptions
from executors.crawl.requests import Got
from executors.crawl.robots import Rules
from executors.crawl.sifting import Sifted, Sifter
from executors.crawl.wire import (
    PageAnswer,
    PageTask,
    SitemapAnswer,
    SitemapTask,
)
from executors.urls import parse_url

HTML = frozenset({"text/html", "application/xhtml+xml", ""})


class PageReading:
    """Shared by the items of one job."""

    def __init__(self, options: CrawlOptions, reader: Reader, sifter: Sifter) -> None:
        self._options = options
        self._reader = reader
        self._sifter = sifter

    def wanted(self, step: Address, status: int, media: str) -> int | None:
        """How much of an answer is wanted."""
        if not 200 <= status < 300:
            return None
        if isinstance(step, Sitemap):
            return self._reader.max_bytes
        if isinstance(step, Image) or self._options.content == "all":
            return self._options.max_body_bytes
        return self._reader.max_bytes if media in HTML else None

    async def page(
        self, step: Page, got: Got, rules: Rules, context: ItemContext
    ) -> dict[str, Any]:
        """What the outcome says of it. Raises Unread."""
        told: dict[str, Any] = _validators(got)
        answer = PageAnswer()
        if got.media in HTML:
            answer = await self._read(step, got, rules)
            told |= await self._followed(step, answer, context)
            if len(got.body) > self._reader.max_bytes or got.truncated:
                told["truncated"] = True
        if self._options.content == "all" and "canonical" not in told and not answer.no_index:
            told |= await self._kept(got, context)
        return told

    async def sitemap(
        self, step: Sitemap, got: Got, rules: Rules, context: ItemContext
    ) -> dict[str, Any]:
        """What the outcome says of a sitemap. Raises Unread."""
        origin = parse_url(got.url).origin
        task = SitemapTask(
            body=got.body,
            url=got.url,
            origin=origin,
            robots=rules.robots,
            max_links=self._options.max_links,
            max_url_bytes=self._options.max_url_bytes,
        )
        answer = await self._reader.ask(task, SitemapAnswer)
        sifted = self._sifter.sift(context.index, step, answer.pages, depth=1)
        further = self._sifter.sitemaps(step, answer.sitemaps)
        await context.add_items(further.items)
        left_out = Counter(sifted.left_out) + Counter(further.left_out)
        told = await self._told(Sifted(sifted.items, dict(left_out)), context)
        if answer.problem is not None:
            told["problem"] = answer.problem[:300]
        return told | {"found": len(answer.pages) + len(answer.sitemaps), "more": answer.more}

    async def _read(self, step: Page, got: Got, rules: Rules) -> PageAnswer:
        task = PageTask(
            body=got.body[: self._reader.max_bytes],
            url=got.url,
            content_type=got.content_type or None,
            origin=parse_url(got.url).origin,
            robots=rules.robots,
            max_links=self._options.max_links,
            max_url_bytes=self._options.max_url_bytes,
            images=self._options.content != "pages",
        )
        return await self._reader.ask(task, PageAnswer)

    async def _followed(
        self, step: Page, answer: PageAnswer, context: ItemContext
    ) -> dict[str, Any]:
        told: dict[str, Any] = {"title": answer.title}
        if answer.canonical is not None:
            item = self._sifter.canonical(step, answer.canonical)
            if item is not None:
                told["canonical"] = answer.canonical.url
                await context.add_items([item])
        sifted = self._sifter.sift(context.index, step, answer.links, depth=step.depth + 1)
        told |= await self._told(sifted, context)
        return told | {"found": len(answer.links), "more": answer.more}

    async def _told(self, sifted: Sifted, context: ItemContext) -> dict[str, Any]:
        if sifted.items:
            await context.add_items(sifted.items)
            self._sifter.sent(context.index, sifted.items)
        return {"left_out": sifted.left_out} if sifted.left_out else {}

    async def _kept(self, got: Got, context: ItemContext) -> dict[str, Any]:
        if got.truncated:
            raise ValueError(f"the body is larger than {len(got.body)} bytes and was not kept")
        name = artifact_name(context.index, got.url, got.content_type)
        await context.artifact(name, got.body)
        return {"file": name}


def _validators(got: Got) -> dict[str, Any]:
    """What a later crawl may ask with."""
    pairs = (("etag", got.headers.get("etag")), ("last_modified", got.headers.get("last-modified")))
    return {name: value for name, value in pairs if value and is_validator(value)}
