"""Peer of the visits table: bare Playwright on asyncio. One browser, a fresh context a visit.

Task: `chromium` (the program), `args` (its arguments), `urls`, `warm_urls` (visited before the
clock starts), `pages` (at once). It keeps the status and the title of each page in memory, goes
through no proxy and starts no browser anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from measure import Clock, task
from playwright.async_api import Browser, async_playwright


async def draw(browser: Browser, urls: Iterator[str], kept: list[Any]) -> None:
    for url in urls:
        context = await browser.new_context()
        page = await context.new_page()
        reply = await page.goto(url)
        title = await page.title()
        kept.append((url, 0 if reply is None else reply.status, title))
        await context.close()


async def visit(browser: Browser, urls: list[str], pages: int) -> int:
    kept: list[Any] = []
    left = iter(urls)
    await asyncio.gather(*(draw(browser, left, kept) for _ in range(pages)))
    return sum(status == 200 for _, status, _ in kept)


async def main() -> None:
    given = task()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=given["chromium"], args=given["args"]
        )
        await visit(browser, given["warm_urls"], given["pages"])
        clock = Clock()
        done = await visit(browser, given["urls"], given["pages"])
        clock.report(done)
        await browser.close()


asyncio.run(main())
