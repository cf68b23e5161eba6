"""The built-in sample site: 500 small pages on a loopback port of its own, some slow, some failing,
and a little bookshop for browsers (`nightdesk.demo_shop`).

Started by `nightdesk.serve`, so that "try the sample" shows every kind of outcome without the
internet. Pages are dealt their fate by number, so a run can be explained; those that fail at first
count their visits, so trying the failed ones again helps.
"""

from __future__ import annotations

import logging
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

import trio
from hypercorn.config import Config as HypercornConfig
from hypercorn.typing import Framework
from msgspec import Struct

from nightdesk import demo_shop
from nightdesk.connections import serve_connections
from nightdesk.listeners import CannotListen, open_listener

PAGES = 500

_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]


class Reply(Struct, frozen=True):
    """What one visit to a page gets: a line of text, or a whole page of HTML."""

    status: int
    text: str
    delay_s: float = 0.0
    headers: tuple[tuple[bytes, bytes], ...] = ()
    page: str | None = None

    @property
    def body(self) -> bytes:
        if self.page is not None:
            return self.page.encode()
        return f"<!doctype html><title>Sample</title><p>{self.text}</p>\n".encode()


def reply_to(page: int, visit: int) -> Reply:
    """The fate of a page, by its number and how often it was asked for (counted from 1)."""
    first_time = visit % 2 == 1
    match page:
        case 250 if first_time:
            return Reply(429, "Too many visitors; come back in a second.", headers=_RETRY_AFTER)
        case _ if page % 100 == 66:
            return Reply(404, "This page is gone for good.")
        case _ if page % 100 == 77:
            return Reply(500, "This page always fails.")
        case _ if page % 50 == 13 and first_time:
            return Reply(404, "This page is not published yet: try it again.")
        case _ if page % 50 == 31 and first_time:
            return Reply(500, "This page fails at the first try.")
        case _ if page % 100 == 42:
            return Reply(302, "Moved.", headers=((b"location", b"/moved/%d" % page),))
        case _ if page % 100 == 99:
            return Reply(200, f"Page {page}, a very slow one.", delay_s=2.5)
        case _ if page % 10 == 5:
            return Reply(200, f"Page {page}, a slow one.", delay_s=0.4)
        case _:
            return Reply(200, f"Page {page}.", delay_s=0.02)


_RETRY_AFTER = ((b"retry-after", b"1"),)
_FRONT = (
    f"The sample site of Nightdesk: /page/1 to /page/{PAGES}, "
    f'and <a href="{demo_shop.ROOT}">a bookshop</a>.'
)


class SampleSite:
    """An ASGI application; `host` and `port` are where it is served."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._visits: Counter[int] = Counter()  # written by the request tasks, one step each

    @property
    def target(self) -> str:
        """Its address as the egress allow list writes it."""
        return f"{self.host}:{self.port}"

    def urls(self) -> tuple[str, ...]:
        return tuple(f"http://{self.target}/page/{page}" for page in range(1, PAGES + 1))

    def journeys(self) -> tuple[dict[str, Any], ...]:
        """Journeys through the bookshop."""
        return demo_shop.journeys(f"http://{self.target}")

    async def __call__(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                message = await receive()
                await send({"type": message["type"] + ".complete"})
            return
        reply = self._answer(scope["path"], scope["query_string"])
        await trio.sleep(reply.delay_s)
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", b"%d" % len(reply.body)),
            *reply.headers,
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        shown = b"" if scope["method"] == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": shown})

    def _answer(self, path: str, query: bytes) -> Reply:
        folder, _, number = path.strip("/").partition("/")
        known = number.isascii() and number.isdigit() and 1 <= int(number) <= PAGES
        if folder == "moved" and known:
            return Reply(200, f"Page {number}, moved here.")
        if folder == "page" and known:
            self._visits[int(number)] += 1
            return reply_to(int(number), self._visits[int(number)])
        if path == "/":
            return Reply(200, _FRONT)
        asked = dict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True))
        if (shop := demo_shop.page_at(path, asked)) is not None:
            return Reply(200, "", page=shop)
        return Reply(404, "No such page.")


async def run_sample_site(
    memory: Path, log: Any, *, task_status: trio.TaskStatus[SampleSite] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve until cancelled; ready with the site.

    `memory` is a file that keeps the port: a sample job that outlives the server finds its pages
    where they were.
    """
    listener = _listen(memory, log)
    site = SampleSite(*listener.getsockname()[:2])
    config = HypercornConfig()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = logging.getLogger("nightdesk.sample")
    config.graceful_timeout = 0.0
    config.keep_alive_max_requests = 1_000_000
    task_status.started(site)
    await serve_connections(cast(Framework, site), config, trio.Event(), log)


def _listen(memory: Path, log: Any) -> socket.socket:
    """At the port of last time, or at a free one where there was none or it is taken.

    On a disk that does not take the port the server starts all the same: its users' desks matter.
    """
    text = memory.read_text("ascii", "replace").strip() if memory.exists() else ""
    known = text.isascii() and text.isdigit() and 0 < int(text) <= 65_535
    try:
        listener = open_listener("127.0.0.1", int(text) if known else 0, backlog=1024)
    except CannotListen:
        listener = open_listener("127.0.0.1", 0, backlog=1024)
    try:
        memory.touch(0o600)
        memory.write_text(f"{listener.getsockname()[1]}\n", "ascii")
    except OSError as error:
        log.warning("the sample site's port could not be kept", error=error.strerror)
    return listener
