"""A text as a page, and the page as a PDF. On the asyncio loop, for `workers.browser.press`."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Route

from actors.ports import OpenPage, PageOptions, PrintFailed

ISOLATED = PageOptions(isolated=True)

# A page that has a size of its own (`@page`) is printed in that.
_PAPER: dict[str, Any] = {
    "format": "A4",
    "print_background": True,
    "prefer_css_page_size": True,
    "margin": {"top": "1cm", "right": "1cm", "bottom": "1cm", "left": "1cm"},
}


async def prepare(opened: OpenPage) -> None:
    """A fresh page for its texts. It is offline anyway; this also keeps it where it is: a refusal
    ends no page, a failure does."""
    await opened.page.route("**/*", _refuse)


async def printed(opened: OpenPage, html: str, time_s: float) -> bytes:
    """Raises PrintFailed, and BrowserGone where it was the browser's end."""
    try:
        async with asyncio.timeout(time_s):
            return await _printed(opened.page, html)
    except TimeoutError:
        raise PrintFailed(f"the page was not printed within {time_s:g} s") from None
    except PlaywrightError as error:
        said = error.message.partition("\n")[0]
    await opened.make_sure()
    reason = opened.crash_reason() or said
    raise PrintFailed(f"the page cannot be printed: {reason}")


async def _printed(page: Any, html: str) -> bytes:
    # Our own time counts: Playwright's would end what it waits for with words of its own.
    await page.set_content(html, wait_until="load", timeout=0)
    pdf: bytes = await page.pdf(**_PAPER)
    return pdf


async def _refuse(route: Route) -> None:
    await route.abort("aborted")
