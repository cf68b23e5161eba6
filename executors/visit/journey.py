"""Drives one journey on its page, step by step, to a result. Runs on the browser's asyncio loop.

Made by `executors.visit.run` for each item; where the path is to be found first, `visit.generate`
goes it. Whatever the page does, each step ends within its time and the journey within its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from playwright.async_api import Error, Page

from actors.ports import BrowserGone, ItemResult, OpenPage
from executors.scrubbing import Scrubber
from executors.visit.acts import ACTS
from executors.visit.arrival import check_arrival, go, refusal_of
from executors.visit.guard import PageGuard
from executors.visit.headers import OwnHeaders
from executors.visit.labels import label_of, shot_name
from executors.visit.race import Interrupted, TooLong, race
from executors.visit.report import Failed, Report
from executors.visit.shots import MAX_SHOT_BYTES, take_shot
from executors.visit.words import reason_of
from executors.visit.work import Item, VisitOptions

T = TypeVar("T")

# How much longer than its own time a call may take to say that it is over.
GRACE_S = 3.0
PREPARE_S = 15.0
SHOT_S = 15.0
# For what is wanted to be known of a page that may not answer any more.
LAST_SHOT_S = 5.0
LAST_WORDS_S = 3.0

_SILENT = "; the page does not answer any more"
_FACTS = """() => [
  String(document.title).slice(0, 1000),
  performance.getEntriesByType('navigation')[0]?.responseStatus,
]"""


class Journey:
    """One item on its page. Every attribute is written by its one task."""

    def __init__(self, opened: OpenPage, item: Item, options: VisitOptions, index: int) -> None:
        self.page: Page = opened.page
        self.item = item
        self.options = options
        self.scrub = Scrubber([*options.secrets(), *item.secrets])
        self.report = Report(item.facts, len(item.steps()), self.scrub)
        self._opened = opened
        self._index = index
        self._deadline = asyncio.get_running_loop().time() + options.item_timeout_s
        self._guard = PageGuard(
            self.page,
            self.report,
            accept=options.dialogs == "accept",
            crash_reason=opened.crash_reason,
        )
        # What is being done now, and the how manieth step that is.
        self._stage = ""
        self._place = 0
        # Whether it has not even let itself be photographed in the end.
        self._is_silent = False
        # Selectors of elements that show what is secret.
        self._masked: list[str] = []

    @property
    def is_doomed(self) -> bool:
        """Whether nothing more can come of it: its time is over, or its page gone."""
        return self._guard.fatal.done() or self._left_s() <= 0

    async def drive(self, route: Route) -> ItemResult:
        """Go the route to its end, or as far as it goes. Raises BrowserGone."""
        self._guard.watch()
        try:
            await self._prepare()
            await route(self)
            await self._arrive()
        except Failed as failed:
            await self._opened.make_sure()
            self.report.fail(failed)
        finally:
            self._guard.unwatch()
        await self._last_words()
        return self.report.ended()

    async def step(self, step: dict[str, Any], *, last_shot: bool = True) -> None:
        """One step, told in the report, with a `last_shot` of where it failed. Raises Failed."""
        loop = asyncio.get_running_loop()
        self._place += 1
        self._stage = self.scrub.text(label_of(step))
        self.tell()
        started_at = loop.time()
        error = shot = None
        try:
            failed, shot = await self._attempt(step)
            if failed is not None:
                shot = await self._last_shot() if last_shot else None
                error = f"{failed.reason}{_SILENT if self._is_silent else ''}"
                raise self._named(failed, step, error)
        finally:
            ms = (loop.time() - started_at) * 1_000
            self.report.step_ended(step, ms, error=error, screenshot=shot)
        self.tell()

    def tell(self) -> None:
        """How far it is."""
        report = self.report
        self._opened.context.progress(
            report.fraction, self._stage, done=report.done, total=report.total
        )

    def log(self, level: str, message: str) -> None:
        self._opened.context.log(level, self.scrub.text(message))

    async def within(self, act: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """`act`, within that time and the journey's. Raises Failed, BrowserGone, and what `act`
        raises."""
        allowed_s = min(timeout_s + GRACE_S, self._left_s())
        try:
            return await race(act, timeout_s=allowed_s, fatal=self._guard.fatal, tick=self.tell)
        except TooLong:
            raise Failed(self._too_long(timeout_s)) from None
        except Interrupted as interrupted:
            trouble: Exception = Failed(str(interrupted))
        except Error as error:
            if not self.page.is_closed():
                raise
            trouble = error
        await self._see_browser()
        raise trouble

    async def _prepare(self) -> None:
        cookies, headers = self.options.browser_cookies(), self.options.own_headers()
        try:
            if cookies:
                await self.within(self.page.context.add_cookies(cookies), PREPARE_S)
            if headers:
                sending = OwnHeaders.send(self.page, headers, self.item.urls)
                await self.within(sending, PREPARE_S)
        except Error as error:
            reason = reason_of(error, {"do": "prepare"}, PREPARE_S)
            raise Failed(f"the browser does not take its cookies or headers: {reason}") from None

    def _named(self, failed: Failed, step: Mapping[str, Any], error: str) -> Failed:
        """The failure of the journey: which step it was, and whether another try is worth it, as
        it is while nothing has been done on the site."""
        reason = f"step {self._place} of {self.report.total} ({label_of(step)}): {error}"
        return Failed(
            reason,
            retry=failed.retry and self._place == 1,
            retry_after_s=failed.retry_after_s,
            pressure=failed.pressure,
            http_status=failed.http_status,
            by_proxy=failed.by_proxy and self._place == 1,
        )

    async def _attempt(self, step: dict[str, Any]) -> tuple[Failed | None, str | None]:
        """How the step has failed, or the screenshot that it wanted."""
        try:
            await self._act(step)
            return None, await self._shot(step) if self._wants_shot(step) else None
        except Failed as failed:
            return failed, None

    async def _act(self, step: dict[str, Any]) -> None:
        timeout_s = self._timeout_s(step)
        try:
            if step["do"] == "goto":
                going = go(self.page, step["url"], timeout_s, self._opened.refusals)
                self.report.http_status = await self.within(going, timeout_s)
                return
            act = ACTS[step["do"]](self.page, step, timeout_s, self.report)
            await self.within(act, timeout_s)
            arriving = check_arrival(self.page, self._opened.refusals)
            await self.within(arriving, LAST_WORDS_S)
        except Error as error:
            raise Failed(reason_of(error, step, timeout_s)) from None
        if step.get("secret"):
            self._masked.append(step["selector"])

    def _timeout_s(self, step: Mapping[str, Any]) -> float:
        if step["do"] == "wait_ms":
            return float(step["ms"]) / 1_000
        return float(step.get("timeout_s", self.options.timeout_s))

    def _left_s(self) -> float:
        return self._deadline - asyncio.get_running_loop().time()

    def _too_long(self, timeout_s: float) -> str:
        if self._left_s() <= 0:
            return f"the journey took longer than {self.options.item_timeout_s:g} s"
        return f"the page did not answer within {timeout_s:g} s"

    async def _see_browser(self) -> None:
        """Raises BrowserGone where the trouble is the browser's and not the page's."""
        if await self._guard.browser_gone():
            raise BrowserGone("the browser ended while the page was open")

    def _wants_shot(self, step: Mapping[str, Any]) -> bool:
        asked = step.get("screenshot", self.options.screenshot_each_step)
        return bool(asked) or step["do"] == "screenshot"

    async def _shot(self, step: Mapping[str, Any]) -> str:
        full_page = bool(step.get("full_page"))
        shot = take_shot(self.page, full_page=full_page, timeout_s=SHOT_S, masked=self._masked)
        try:
            data = await self.within(shot, SHOT_S)
        except Error as error:
            raise Failed(f"no screenshot: {reason_of(error, step, SHOT_S)}") from None
        if len(data) > MAX_SHOT_BYTES:
            raise Failed(f"the screenshot has {len(data)} bytes, more than {MAX_SHOT_BYTES}")
        is_named = step["do"] == "screenshot" and "as" in step
        return await self._keep(data, step["as"] if is_named else label_of(step))

    async def _keep(self, data: bytes, label: str) -> str:
        name = shot_name(self._index, self._place, self.scrub.text(label))
        await self._opened.context.artifact(name, data)
        self.report.screenshots.append(name)
        return name

    async def _arrive(self) -> None:
        """Raises Failed where the last step has led, a moment later, to what could not be had."""
        try:
            arriving = check_arrival(self.page, self._opened.refusals)
            await self.within(arriving, LAST_WORDS_S)
        except Failed as failed:
            trouble = failed
        else:
            return
        await self._last_shot()
        raise trouble

    async def _last_shot(self) -> str | None:
        """Of a page that has failed: if it can still be had, and within a short time."""
        shot = take_shot(self.page, full_page=False, timeout_s=LAST_SHOT_S, masked=self._masked)
        try:
            data = await race(shot, timeout_s=LAST_SHOT_S, fatal=None, tick=self.tell)
        except (Error, TooLong):
            self._is_silent = True
            self.report.say("warning", "there is no last screenshot: the page did not answer")
            return None
        return await self._keep(data, "failed") if len(data) <= MAX_SHOT_BYTES else None

    async def _last_words(self) -> None:
        """Where the page is in the end, and what it says it is."""
        self.report.refuse(self._opened.refusals())
        self.report.final_url = self.page.url
        if self._is_silent:
            return
        try:
            told = await race(
                self.page.evaluate(_FACTS), timeout_s=LAST_WORDS_S, fatal=None, tick=self.tell
            )
        except (Error, TooLong):
            # A page that has crashed or blocks its thread has no title to tell.
            return
        refusal = refusal_of(self.page.url, self._opened.refusals())
        self.report.facts(told, refused=None if refusal is None else refusal.status)


# What a journey does from its first step to its last.
Route = Callable[[Journey], Awaitable[None]]


async def walk(journey: Journey) -> None:
    """The journey's own path."""
    for step in journey.item.steps():
        await journey.step(step)
