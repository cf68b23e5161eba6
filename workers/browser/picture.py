"""How a page looks now, small and soon: for somebody who watches it being driven.

A page that is stuck gives none, and costs nothing but the wait. Used by `workers.browser.visit`.
"""

from __future__ import annotations

import asyncio
import base64

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError

MAX_WIDTH = 800
MAX_BYTES = 300 * 1024
# The second is for pictures that the first leaves too large.
_QUALITIES = (40, 15)
_TIMEOUT_S = 2.0


async def picture_of(page: Page) -> bytes | None:
    """A JPEG of what is in the window, or None."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            session = await page.context.new_cdp_session(page)
            try:
                return await _small_enough(session)
            finally:
                await session.detach()
    except (TimeoutError, PlaywrightError):
        # It is stuck, or was closed meanwhile.
        return None


async def _small_enough(session: CDPSession) -> bytes | None:
    metrics = await session.send("Page.getLayoutMetrics")
    view = metrics["cssVisualViewport"]
    width = view["clientWidth"]
    clip = {
        "x": view["pageX"],
        "y": view["pageY"],
        "width": width,
        "height": view["clientHeight"],
        "scale": min(1.0, MAX_WIDTH / max(1, width)),
    }
    for quality in _QUALITIES:
        options = {"format": "jpeg", "quality": quality, "clip": clip, "optimizeForSpeed": True}
        data = base64.b64decode((await session.send("Page.captureScreenshot", options))["data"])
        if len(data) <= MAX_BYTES:
            return data
    return None
