"""Server-sent events of one task: how far it is, as it changes, until it has ended. Used by `live`.

A subscriber is the revision it has seen, as in `web.stream`: it gets the newest, at most ten times
a second, and a comment where nothing happens for a while, so that whoever stands between does not
hang up. It counts as one of the desk's sockets.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Any, Literal

import orjson
import trio
from quart import Response, request

from actors.errors import ActorError
from actors.messages import JobView, Published
from state.model import TERMINAL
from web.auth import Auth
from web.deps import WebDeps
from web.errors import WebError
from web.sockets import Sockets
from web.visit import Visit

EVENTS_TYPE = "text/event-stream"
KEEP_ALIVE_S = 15.0
INTERVAL_S = 0.1
# What browsers are asked to wait before they come again.
_RETRY_MS = 5_000

# What says when it was said, and nothing else: the same told again is no news.
_STAMPS = frozenset({"timestamp", "lastUpdate"})

_News = Literal["changed", "silent", "over"]
# What is told of a task, as of what its desk has published; None where it is not there any more.
Tell = Callable[[Published], tuple[JobView, dict[str, Any]] | None]


class Events:
    """Built once; every stream is its own request's."""

    def __init__(self, deps: WebDeps, auth: Auth, sockets: Sockets) -> None:
        self._interval_s = max(deps.settings.publish_interval_s, INTERVAL_S)
        self._stopping = deps.stopping
        self._auth = auth
        self._sockets = sockets

    @staticmethod
    def wanted() -> bool:
        """Whether the request is that of an event source. Whoever asks otherwise gets it once."""
        return EVENTS_TYPE in request.headers.get("Accept", "") and request.method != "HEAD"

    def serve(self, visit: Visit, tell: Tell, job: JobView) -> Response:
        """The stream; 204, which ends a browser's coming again, where the task is over and the
        client has seen that. Raises WebError where there are too many."""
        known = _last_event_id()
        if job.job.status in TERMINAL and known is not None and known >= job.job.revision:
            return Response(b"", 204)
        # What is wrong can only be said before the answer begins.
        self._sockets.check(visit.desk)
        response = Response(self._events(visit, tell, known), 200, content_type=EVENTS_TYPE)
        response.headers["X-Accel-Buffering"] = "no"
        response.timeout = None
        return response

    async def _events(self, visit: Visit, tell: Tell, known: int | None) -> AsyncGenerator[bytes]:
        yield f"retry: {_RETRY_MS}\n\n".encode()
        try:
            with self._sockets.opened(visit.desk):
                async with aclosing(self._told(visit, tell, known)) as told:
                    async for event in told:
                        yield event
        except (WebError, ActorError):
            # The room was taken meanwhile, or the desk is gone: it ends, and the client comes
            # again and is told then.
            return

    async def _told(self, visit: Visit, tell: Tell, known: int | None) -> AsyncGenerator[bytes]:
        published = visit.desk.published
        last: dict[str, Any] | None = None
        while (told := tell(published)) is not None:
            view, data = told
            if not _same(data, last) and (known is None or published.revision > known):
                yield _event(published.revision, data)
                last = data
            if view.job.status in TERMINAL:
                return
            revision, known = published.revision, None
            await trio.sleep(self._interval_s)
            while (news := await self._wait(visit, revision)) == "silent":
                yield b": keep-alive\n\n"
            if news == "over":
                return
            published = visit.desk.published

    async def _wait(self, visit: Visit, revision: int) -> _News:
        """Until something changes, nothing has for a while, or the stream is to end."""
        news: list[_News] = []
        async with trio.open_nursery() as nursery:

            async def report(what: _News, wait: Callable[[], Awaitable[object]]) -> None:
                try:
                    await wait()
                except ActorError:
                    # The desk's link opens nothing any more, or the desk restarts or was parked.
                    what = "over"
                news.append(what)
                nursery.cancel_scope.cancel()

            nursery.start_soon(report, "changed", partial(visit.desk.wait_newer, revision))
            nursery.start_soon(report, "silent", partial(trio.sleep, KEEP_ALIVE_S))
            nursery.start_soon(report, "over", self._stopping.wait)
            nursery.start_soon(report, "over", partial(self._auth.wait_over, visit.asker))
        return "over" if "over" in news else news[0]


def _same(one: Any, other: Any) -> bool:
    """Whether two tell the same, whenever they were said."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(one == other)
    return one.keys() == other.keys() and all(
        name in _STAMPS or _same(one[name], other[name]) for name in one
    )


def _last_event_id() -> int | None:
    text = request.headers.get("Last-Event-ID", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _event(revision: int, data: dict[str, Any]) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (revision, orjson.dumps(data))
