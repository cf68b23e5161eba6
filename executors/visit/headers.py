"""Sends what is secret in a request to the journey's own origins only.

Playwright's extra headers and credentials go with every request of a page, to its advertisers and
across redirects too. These are set on each request by itself, and only where it goes to an origin
that the user wrote: the override does not extend to the next hop of a redirect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from playwright.async_api import CDPSession, Error, Page

from executors.headers import is_secret
from executors.urls import parse_url


def split(headers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Those that may go everywhere, and those that are secret."""
    secret = {name: value for name, value in headers.items() if is_secret(name)}
    return {name: value for name, value in headers.items() if name not in secret}, secret


class OwnHeaders:
    """Adds headers to the requests of one page. The tasks that do it are kept until they end."""

    def __init__(self, session: CDPSession, headers: Mapping[str, str]) -> None:
        self._session = session
        self._headers = headers
        self._names = {name.lower() for name in headers}
        # Written by `_paused` and by the ends of what it starts.
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def send(cls, page: Page, headers: Mapping[str, str], urls: Iterable[str]) -> None:
        """From now on, to the origins of these addresses."""
        session = await page.context.new_cdp_session(page)
        subject = cls(session, headers)
        session.on("Fetch.requestPaused", subject._paused)
        patterns = [{"urlPattern": f"{origin}/*"} for origin in _origins(urls)]
        await session.send("Fetch.enable", {"patterns": patterns})

    def _paused(self, event: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._continue(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _continue(self, event: dict[str, Any]) -> None:
        theirs = event["request"]["headers"].items()
        kept = [(name, value) for name, value in theirs if name.lower() not in self._names]
        fields = [{"name": name, "value": value} for name, value in (*kept, *self._headers.items())]
        # The request may be over, and the page gone.
        with suppress(Error):
            await self._session.send(
                "Fetch.continueRequest", {"requestId": event["requestId"], "headers": fields}
            )


def _origins(urls: Iterable[str]) -> set[str]:
    """As Chromium writes them: without the scheme's own port."""
    parsed = [parse_url(url) for url in urls]
    return {f"{url.scheme}://{url.authority}" for url in parsed}
