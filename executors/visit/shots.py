"""Screenshots of a page: PNG, bounded in pixels and bytes. Used by `executors.visit.journey`."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.async_api import FloatRect, Page

# A full page is taken down to where it has so many pixels.
MAX_PIXELS = 16_000_000
MAX_SHOT_BYTES = 16 * 1024 * 1024

_SIZE = """() => {
  const root = document.scrollingElement || document.documentElement;
  return [window.innerWidth, root.scrollHeight];
}"""


async def take_shot(
    page: Page, *, full_page: bool, timeout_s: float, masked: Sequence[str] = ()
) -> bytes:
    """The picture. Elements of the selectors `masked` are painted over: they show secrets."""
    clip = await _capped(page) if full_page else None
    return await page.screenshot(
        type="png",
        full_page=full_page,
        clip=clip,
        timeout=timeout_s * 1_000,
        mask=[page.locator(selector) for selector in masked],
    )


async def _capped(page: Page) -> FloatRect | None:
    """The part of a very long page that is taken; None for all of it."""
    size = await page.evaluate(_SIZE)
    width, height = (int(side) for side in size)
    most = MAX_PIXELS // max(1, width)
    if height <= most:
        return None
    return {"x": 0, "y": 0, "width": width, "height": most}
