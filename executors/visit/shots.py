"""Screenshots of a page: PNG, bounded in pixels and bytes. Used by `executors.visit.journey`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playwright.async_api import FloatRect, Page

# A full page is taken down to where it has so many pixels; of a wider one, this much.
MAX_PIXELS = 16_000_000
MAX_WIDTH = 4_000
MAX_SHOT_BYTES = 16 * 1024 * 1024


async def take_shot(
    page: Page, *, full_page: bool, timeout_s: float, masked: Sequence[str] = ()
) -> bytes:
    """The picture. Elements of the selectors `masked` are painted over: they show secrets."""
    clip = await _whole(page) if full_page else None
    return await page.screenshot(
        type="png",
        full_page=full_page,
        clip=clip,
        timeout=timeout_s * 1_000,
        mask=[page.locator(selector) for selector in masked],
    )


async def _whole(page: Page) -> FloatRect:
    """All of the page, as far as it is taken. The browser is asked and not the page, which may say
    anything; more than the browser can draw at once would be its end, and that of others' pages."""
    session = await page.context.new_cdp_session(page)
    size = (await session.send("Page.getLayoutMetrics"))["cssContentSize"]
    # Where that fails, it ends with the page.
    await session.detach()
    width = min(MAX_WIDTH, max(1, math.ceil(size["width"])))
    height = min(MAX_PIXELS // width, max(1, math.ceil(size["height"])))
    return {"x": 0, "y": 0, "width": width, "height": height}
