"""Opens an address, and judges where a page has arrived. Used by `executors.visit.journey`.

The gateway's refusals say what Chromium does not: it knows only that a tunnel failed, and shows a
refused page of plain http as if the site had answered 403.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from playwright.async_api import Error, Page, Response, TimeoutError

from actors.ports import Refusal
from executors.statuses import (
    PRESSURE_STATUSES,
    is_worth_retrying,
    parse_retry_after,
    status_text,
)
from executors.visit.acts import settle
from executors.visit.report import Failed
from executors.visit.words import (
    is_passing,
    net_error,
    net_words,
    place_of,
    reason_of,
)

Refusals = Callable[[], Sequence[Refusal]]

REFUSED_STATUS = 403
_FAILED_PAGE = "chrome-error:"
# An answer of 400 or more without a body: Chromium shows a page of its own, which knows the status.
_EMPTY_ERROR = "ERR_HTTP_RESPONSE_CODE_FAILURE"
_OWN_PAGE_S = 10.0
_STATUS = "() => performance.getEntriesByType('navigation')[0]?.responseStatus"


async def go(page: Page, url: str, timeout_s: float, refusals: Refusals) -> int | None:
    """Open it and wait for it; the status of its document. Raises Failed, which says whether
    another try may go better."""
    response = await _goto(page, url, timeout_s)
    if response is None:
        return None
    if isinstance(response, Error):
        if net_error(response) == _EMPTY_ERROR:
            raise await _declined_without_words(page, url, refusals())
        raise _not_reached(response, url, timeout_s, refusals())
    if response.status >= 400:
        asked = await response.header_value("retry-after")
        raise _declined(response.status, response.url, asked, refusals())
    await settle(page, timeout_s)
    return response.status


async def _goto(page: Page, url: str, timeout_s: float) -> Response | Error | None:
    """What came of it; no response where only the fragment was another one."""
    try:
        return await page.goto(url, wait_until="domcontentloaded", timeout=timeout_s * 1_000)
    except Error as error:
        return error


async def check_arrival(page: Page, refusals: Refusals) -> None:
    """Raises Failed where a step has led to a page that could not be had."""
    url, refused = page.url, refusals()
    if url.startswith(_FAILED_PAGE):
        why = refused[-1].reason if refused else "it could not be loaded"
        raise Failed(f"the page that the step led to: {why}")
    refusal = refusal_of(url, refused)
    if refusal is not None and await _status(page) == refusal.status:
        raise Failed(f"the page that the step led to: {refusal.reason}")


def refusal_of(url: str, refusals: Sequence[Refusal]) -> Refusal | None:
    """The newest that is about this address."""
    place = place_of(url)
    return next((each for each in reversed(refusals) if each.place == place), None)


def _not_reached(error: Error, url: str, timeout_s: float, refusals: Sequence[Refusal]) -> Failed:
    if isinstance(error, TimeoutError):
        return Failed(f"the page did not load within {timeout_s:g} s", retry=True)
    if "Download is starting" in error.message:
        return Failed("the address is a download, and downloads are not kept")
    name = net_error(error)
    if name is None:
        return Failed(reason_of(error, {"do": "goto"}, timeout_s))
    refusal = refusal_of(url, refusals)
    if refusal is None and name == "ERR_TUNNEL_CONNECTION_FAILED" and refusals:
        # A redirect led to it: Chromium names the address that it began with.
        refusal = refusals[-1]
    if refusal is not None:
        return _refused(refusal)
    return Failed(net_words(name), retry=is_passing(name))


async def _declined_without_words(page: Page, url: str, refusals: Sequence[Refusal]) -> Failed:
    """Chromium's own page comes in the place of the empty one, a moment after the error."""
    try:
        is_there = re.compile(f"^{_FAILED_PAGE}")
        await page.wait_for_url(is_there, timeout=_OWN_PAGE_S * 1_000)
    except Error:
        return Failed(net_words(_EMPTY_ERROR), retry=True)
    if (status := await _status(page)) is None:
        return Failed(net_words(_EMPTY_ERROR), retry=True)
    return _declined(status, url, None, refusals)


async def _status(page: Page) -> int | None:
    """The status of the document, as the page tells it; None where it does not."""
    try:
        told = await page.evaluate(_STATUS)
    except Error:
        # It is on its way elsewhere, or gone: what comes next will tell.
        return None
    return told if type(told) is int and 100 <= told <= 599 else None


def _declined(status: int, url: str, asked: str | None, refusals: Sequence[Refusal]) -> Failed:
    refusal = refusal_of(url, refusals)
    if refusal is not None and refusal.status == status:
        return _refused(refusal)
    return Failed(
        status_text(status),
        retry=is_worth_retrying(status),
        retry_after_s=parse_retry_after(asked, time.time()),
        pressure=status in PRESSURE_STATUSES,
        http_status=status,
    )


def _refused(refusal: Refusal) -> Failed:
    retry = refusal.status != REFUSED_STATUS
    return Failed(refusal.reason, retry=retry, by_proxy=refusal.by_proxy)
