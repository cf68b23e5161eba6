"""The working half of the crawl executor: one item is one address, asked for once. In a worker.

Retries and concurrency are the host's. Before a request stand the rules of its host (robots.txt)
and its turn (the delay); who has to wait for one goes back into the queue, with its whole host.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, assert_never

import msgspec
import trio
from msgspec.structs import replace

from actors.ports import ItemContext, ItemResult, LeasedItem, Tools
from actors.ports.executors import HostTurns
from executors.crawl.asking import Reader, Unread
from executors.crawl.discreet import DiscreetContext, scrubbed, secrets_of
from executors.crawl.items import (
    Address,
    Image,
    Page,
    Search,
    Sitemap,
    Step,
    Work,
    facts,
    found,
    read_step,
)
from executors.crawl.job import CrawlOptions
from executors.crawl.keeping import Shelf
from executors.crawl.keys import key_of
from executors.crawl.pages import PageReading
from executors.crawl.requests import Asker, Got, NoAnswer
from executors.crawl.robots import DISALLOWED, RobotsBook, RobotsUnread, Rules, sitemaps_of
from executors.crawl.sifting import Sifter
from executors.crawl.sources.engine import SourceEngine
from executors.scrubbing import Scrubber
from executors.urls import Url, parse_url
from state.model import OutcomeStatus

# Shorter waits for a turn are slept; the item goes back for longer ones.
PATIENCE_S = 0.05


class CrawlExecutor:
    """See Executor."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[CrawlRunner]:
        options = msgspec.convert(spec, CrawlOptions)
        asker, reader = Asker(options, tools.http), Reader(tools.helpers)
        yield CrawlRunner(options, asker, reader, tools.turns)


class _Wait(Exception):
    """It is not this item's turn for so long."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"not for {wait_s:.2f} s")
        self.wait_s = wait_s


class CrawlRunner:
    """Does the items of one job. What its tasks share is what they know of hosts."""

    def __init__(
        self, options: CrawlOptions, asker: Asker, reader: Reader, turns: HostTurns
    ) -> None:
        self._options = options
        self._asker = asker
        self._robots = RobotsBook(asker, reader, options.agent, obeyed=options.robots)
        self._turns = turns
        self._sifter = Sifter(options)
        self._scrub = Scrubber(secrets_of(options))
        self._shelf = Shelf()
        self._pages = PageReading(options, reader, self._sifter)
        self._engine = None
        if options.source is not None:
            self._engine = SourceEngine(
                options.source, asker, reader, self._patient_turn, options.max_url_bytes
            )

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner."""
        if not self._scrub.longest_chars:
            return _tallied(await self._run(item, context))
        result = await self._run(item, DiscreetContext(context, self._scrub))
        return _tallied(scrubbed(result, self._scrub))

    async def _run(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        step = read_step(item.payload)
        told = facts(step)
        async with AsyncExitStack() as held:
            try:
                return await self._do(step, told, context, held)
            except _Wait as wait:
                return _ended(told, wait_s=wait.wait_s)
            except RobotsUnread as unread:
                return _ended(told, str(unread), wait_s=unread.wait_s)
            except NoAnswer as none:
                return _not_answered(told, none)
            except (Unread, ValueError) as error:
                return _ended(told, str(error))

    async def _do(
        self, step: Step, told: dict[str, Any], context: ItemContext, held: AsyncExitStack
    ) -> ItemResult:
        match step:
            case Search() | Work():
                return await self._of_source(step, told, context, held)
            case Image() if step.work:
                return await self._of_source(step, told, context, held)
            case Page() | Image() | Sitemap():
                return await self._address(step, told, context, held)
            case _:
                assert_never(step)

    async def _address(
        self, step: Address, told: dict[str, Any], context: ItemContext, held: AsyncExitStack
    ) -> ItemResult:
        url = parse_url(step.url)
        rules = await self._robots.rules(url, context)
        if not step.asked and not await self._robots.allows(rules, url.text):
            return ItemResult(status=OutcomeStatus.SKIPPED, result=told, error=DISALLOWED)
        await self._turn(url, max(self._options.delay_s, rules.delay_s))
        got = await self._asker.get(
            url.text,
            context,
            held,
            wanted=lambda status, media: self._pages.wanted(step, status, media),
            headers=_validators(step),
        )
        told |= {"http_status": got.status, "content_type": got.media or None, **got.facts}
        if got.leads_to is not None:
            return await self._redirected(step, got.leads_to, told, context)
        if got.status == 304 and self._asked_for_news(step):
            return _ended(told | {"not_modified": True})
        if isinstance(step, Sitemap) and step.probe and 400 <= got.status < 500:
            return _ended(told | {"found": 0})
        if got.verdict.error is not None:
            return _refused(told, got)
        if got.status >= 300:
            return _ended(told, f"HTTP {got.status} leads nowhere and has nothing")
        told |= await self._looked_into(step, got, rules, context)
        return _ended(told)

    def _asked_for_news(self, step: Address) -> bool:
        """Whether it was said what is known already, so that "not modified" is an answer."""
        own = {name.lower() for name in self._options.headers}
        return bool(_validators(step) or own & {"if-none-match", "if-modified-since"})

    async def _looked_into(
        self, step: Address, got: Got, rules: Rules, context: ItemContext
    ) -> dict[str, Any]:
        match step:
            case Image():
                return await self._shelf.keep(got, context)
            case Sitemap():
                return await self._pages.sitemap(step, got, rules, context)
            case Page():
                if step.depth == 0 and self._options.sitemap and self._options.depth > 0:
                    await self._look_for_sitemaps(step, rules, context)
                return await self._pages.page(step, got, rules, context)
            case _:
                assert_never(step)

    async def _look_for_sitemaps(self, step: Page, rules: Rules, context: ItemContext) -> None:
        url = parse_url(step.url)
        items = []
        for place, probe in sitemaps_of(rules, url, self._options.max_url_bytes):
            sitemap = Sitemap(url=place.text, source=step.url, probe=probe, home=step.url)
            items.append(found(sitemap, f"sitemap:{key_of(place.text)}", place.origin))
        await context.add_items(items)

    async def _redirected(
        self, step: Address, target: str, told: dict[str, Any], context: ItemContext
    ) -> ItemResult:
        item, reason = self._sifter.redirected(step, target)
        if item is not None:
            await context.add_items([item])
        else:
            told["left_out"] = {"redirects": 1}
            context.log("info", f"{reason}: {target}")
        return _ended(told | {"redirected_to": target})

    async def _of_source(
        self,
        step: Search | Work | Image,
        told: dict[str, Any],
        context: ItemContext,
        held: AsyncExitStack,
    ) -> ItemResult:
        if self._engine is None:
            raise ValueError("the job has no source")
        await self._turn(self._engine.place_of(step), self._options.delay_s)
        if isinstance(step, Image):
            got = await self._engine.image(step, context, held, self._options.max_body_bytes)
            told |= {"http_status": got.status, "content_type": got.media or None, **got.facts}
            if got.verdict.error is not None or got.leads_to is not None:
                return _refused(told, got)
            return _ended(told | await self._shelf.keep(got, context))
        found_there = await self._engine.found_by(step, context, held)
        told |= found_there.told
        if found_there.got.verdict.error is not None:
            return _refused(told, found_there.got, found_there.refusal)
        if found_there.refusal:
            return _ended(told, found_there.refusal)
        await context.add_items(found_there.items)
        return _ended(told)

    async def _turn(self, url: Url, delay_s: float) -> None:
        """Raises _Wait."""
        wait_s = self._turns.take(url.origin, delay_s, trio.current_time())
        if wait_s > PATIENCE_S:
            raise _Wait(wait_s)
        if wait_s > 0.0:
            await trio.sleep(self._turns.book(url.origin, delay_s, trio.current_time()))

    async def _patient_turn(self, url: Url) -> None:
        """For the second request of an item, which would have to do its first once more."""
        delay_s = self._options.delay_s
        await trio.sleep(self._turns.book(url.origin, delay_s, trio.current_time()))


def _tallied(result: ItemResult) -> ItemResult:
    """An image is one that was found, and that was kept or not; the same one again is neither."""
    told = result.result
    if told["step"] != "image" or told.get("duplicate"):
        return result
    return replace(result, tally={"found": 1, "made": int("file" in told)})


def _validators(step: Address) -> list[tuple[str, str]]:
    """What an earlier crawl was told of this page, so that it need not be sent again."""
    if not isinstance(step, Page):
        return []
    pairs = (("if-none-match", step.etag), ("if-modified-since", step.last_modified))
    return [(name, value) for name, value in pairs if value]


def _ended(
    told: dict[str, Any], error: str | None = None, wait_s: float | None = None
) -> ItemResult:
    status = OutcomeStatus.OK if error is None else OutcomeStatus.FAILED
    return ItemResult(status=status, result=told, error=error, wait_s=wait_s)


def _refused(told: dict[str, Any], got: Got, words: str | None = None) -> ItemResult:
    """An answer that is an error; `words` are those of the site."""
    verdict = got.verdict
    error = verdict.error or f"a redirect to {got.leads_to}"
    return ItemResult(
        status=OutcomeStatus.FAILED,
        result=told,
        error=f"{error}: {words}" if words else error,
        retry=verdict.retry,
        retry_after_s=verdict.retry_after_s,
        pressure=verdict.pressure,
    )


def _not_answered(told: dict[str, Any], none: NoAnswer) -> ItemResult:
    verdict = none.verdict
    return ItemResult(
        status=OutcomeStatus.FAILED,
        result=told,
        error=verdict.error,
        retry=verdict.retry,
        wait_s=none.wait_s,
    )
