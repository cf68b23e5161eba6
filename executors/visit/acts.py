"""What each step but `goto` does to the page. Used by `executors.visit.journey`.

Every act gets the seconds it may take and hands them to Playwright; the journey waits a little
longer for it, and no more, as a page that blocks its own thread answers nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from playwright.async_api import Locator, Page, TimeoutError

from executors.visit.extract import extract
from executors.visit.report import Failed, Report

# A page that has all its elements gets so long for what hangs behind them: an image that never
# ends must not cost the journey.
LOAD_PATIENCE_S = 10.0
# A list that loads more at its end: how often it is scrolled there, and the wait in between.
MAX_SCROLLS = 30
SCROLL_PAUSE_S = 0.3
QUIET_SCROLLS = 2

Act = Callable[[Page, Mapping[str, Any], float, Report], Coroutine[Any, Any, None]]

_TO_END = """() => {
  const root = document.scrollingElement || document.documentElement;
  root.scrollTo({top: root.scrollHeight, behavior: "instant"});
  return root.scrollHeight;
}"""
_TO_TOP = "() => window.scrollTo({top: 0, left: 0, behavior: 'instant'})"
_BY = "pixels => window.scrollBy({top: pixels, behavior: 'instant'})"
_TAG = "element => element.tagName"


async def settle(page: Page, left_s: float) -> None:
    """Wait for what the page loads, where it is loading, and not for ever."""
    try:
        await page.wait_for_load_state("domcontentloaded", timeout=left_s * 1_000)
        await page.wait_for_load_state("load", timeout=min(left_s, LOAD_PATIENCE_S) * 1_000)
    except TimeoutError:
        # What is there by now is what the next step works on; if that is too little, it says so.
        return


async def _click(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    if "selector" in step:
        target = page.locator(step["selector"], has_text=step.get("text"))
    else:
        target = await _named(page, step["text"], left_s)
    await target.filter(visible=True).first.click(timeout=left_s * 1_000)
    await settle(page, left_s)


async def _named(page: Page, text: str, left_s: float) -> Locator:
    """The button or link with just that text, else one that has it among others, else whatever has
    it."""
    exact, pressable = _pressable(page, text, exact=True), _pressable(page, text, exact=False)
    either = pressable.or_(page.get_by_text(text)).filter(visible=True)
    await either.first.wait_for(timeout=left_s * 1_000)
    for better in (exact, pressable):
        if await better.count():
            return better
    return either


def _pressable(page: Page, text: str, *, exact: bool) -> Locator:
    button = page.get_by_role("button", name=text, exact=exact)
    return button.or_(page.get_by_role("link", name=text, exact=exact)).filter(visible=True)


async def _fill(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    target = page.locator(step["selector"]).first
    value, timeout_ms = step["value"], left_s * 1_000
    if await target.evaluate(_TAG, timeout=timeout_ms) == "SELECT":
        await target.select_option(value, timeout=timeout_ms)
    else:
        await target.fill(value, timeout=timeout_ms)


async def _press(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    if "selector" in step:
        await page.locator(step["selector"]).first.press(step["key"], timeout=left_s * 1_000)
    else:
        await page.keyboard.press(step["key"])
    await settle(page, left_s)


async def _wait_for(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    if "url" in step:
        await page.wait_for_url(
            lambda url: url_fits(step["url"], url), timeout=left_s * 1_000, wait_until="commit"
        )
        await settle(page, left_s)
        return
    if "selector" in step:
        target = page.locator(step["selector"], has_text=step.get("text"))
    else:
        target = page.get_by_text(step["text"])
    await target.filter(visible=True).first.wait_for(timeout=left_s * 1_000)


def url_fits(wanted: str, url: str) -> bool:
    """Whether it is any part of the address; where `*` stands, the whole of it with anything in its
    place. By no regular expression: some of those take hours, and would hold up the worker."""
    first, *others = wanted.split("*")
    if not others:
        return wanted in url
    *middle, last = others
    at = len(first)
    for part in middle:
        # The first place is the best one: it leaves most to the parts that follow.
        found = url.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return url.startswith(first) and url.endswith(last) and at <= len(url) - len(last)


async def _wait_ms(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    await asyncio.sleep(step["ms"] / 1_000)


async def _scroll(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    to = step["to"]
    if to == "end":
        await to_end(page)
    elif to == "top":
        await page.evaluate(_TO_TOP)
    elif isinstance(to, int):
        await page.evaluate(_BY, to)
    else:
        target = page.locator(to).first
        await target.scroll_into_view_if_needed(timeout=left_s * 1_000)


async def to_end(page: Page) -> None:
    """To the end, and again while it moves away: lists that load more as they are scrolled."""
    height, quiet = -1, 0
    for _ in range(MAX_SCROLLS):
        now = await page.evaluate(_TO_END)
        quiet = quiet + 1 if now == height else 0
        if quiet == QUIET_SCROLLS:
            return
        height = now
        await asyncio.sleep(SCROLL_PAUSE_S)


async def _extract(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    target = page.locator(step["selector"])
    await target.first.wait_for(state="attached", timeout=left_s * 1_000)
    value, whole = await extract(target, step)
    report.extract(step["as"], value)
    if not whole:
        report.say("warning", f"only the beginning of {step['as']!r} was extracted")


async def _expect_text(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    where = page.locator(step.get("selector", "body"))
    said = where.filter(has_text=step["text"]).filter(visible=True)
    try:
        await said.first.wait_for(timeout=left_s * 1_000)
    except TimeoutError:
        place = f" in {step['selector']!r}" if "selector" in step else ""
        reason = f"the page did not say {step['text']!r}{place} within {left_s:g} s"
        raise Failed(reason) from None


async def _nothing(page: Page, step: Mapping[str, Any], left_s: float, report: Report) -> None:
    """A screenshot is taken after the step, as for any other that asks for one."""


ACTS: Mapping[str, Act] = {
    "click": _click,
    "fill": _fill,
    "press": _press,
    "wait_for": _wait_for,
    "wait_ms": _wait_ms,
    "scroll": _scroll,
    "screenshot": _nothing,
    "extract": _extract,
    "expect_text": _expect_text,
}
