"""The socket of a BatchGo front end: tells it of its tasks, and is its tab for basic ones.

Built once by `web.app`, one of the speakers of `web.dialects.sockets`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import trio

from actors.ports import TAB_SILENCE_S, TabLine, TabStatus
from web.deps import WebDeps
from web.dialects.batchgo.feeds import BatchFeeds
from web.dialects.batchgo.frames import balance_frame, encode, lease_frames
from web.dialects.batchgo.naming import job_id_of
from web.dialects.sockets import MESSAGE_DEPTH, MESSAGE_KEYS, Message, Opening, step
from web.errors import WebError
from web.sending import Sender, Step, make_step
from web.sockets import Sockets, error_step
from web.visit import Visit

# Progress is told 10 times a second at most, whatever the native stream does.
INTERVAL_S = 0.1
# URLs that one page is given at once; a task's own concurrency is mostly less.
CAPACITY = 32

CLIENT_READY = "client_ready"

SUMMARY = "A desk's tasks as they change, and URLs to open (WebSocket)"

_ANSWERS: dict[str, TabStatus] = {"opened": "opened", "blocked": "blocked", "failed": "failed"}
_MAX_ERROR_CHARS = 500
_MAX_INDEX = 2**53
_NOT_YOURS = "this URL is not this page's to open (any more)"


class BatchSockets:
    """Speaks with every BatchGo front end. Holds what they share."""

    def __init__(self, deps: WebDeps, sockets: Sockets) -> None:
        self._tabs = deps.tabs
        self._now = deps.now
        self._interval_s = max(deps.settings.publish_interval_s, INTERVAL_S)
        self._sockets = sockets
        self._feeds = BatchFeeds()

    def knows(self, opening: Opening) -> bool:
        """All that are not another system's."""
        return True

    async def speak(self, opening: Opening) -> Message | int:
        """See `Speaker`. Who begins with `client_ready` reads the nested spelling, and answers
        nothing: what it was sent counts as opened."""
        nested = opening.first is not None and opening.first.get("type") == CLIENT_READY
        with self._tabs.join(opening.visit.key, capacity=CAPACITY, acknowledges=not nested) as line:
            talk = _Talk(self._sockets, opening, line, nested=nested, now=self._now)
            return await talk.run(
                partial(self._push, opening, nested),
                first=None if nested else opening.first,
            )

    async def _push(self, opening: Opening, nested: bool, sender: Sender) -> None:
        """As `web.stream` does it: the newest only, and each change of status."""
        desk, revision, pushed_at = opening.visit.desk, opening.after, -math.inf
        # What they were before is a page's to ask for: it is told what moves while it listens.
        ledger = desk.published.ledger
        while True:
            if revision is not None:
                await desk.wait_newer(revision)
            await trio.sleep(max(0.0, pushed_at + self._interval_s - trio.current_time()))
            published = desk.published
            told = self._feeds.step(desk, published, revision, nested)
            if told is not None:
                pushed_at = trio.current_time()
                await sender.send(told)
            if published.ledger != ledger:
                ledger = published.ledger
                balance = balance_frame(published, self._now(), nested=nested)
                await sender.send(make_step(encode([balance])))
            revision = published.revision


class _Talk:
    """One socket. Its tasks share nothing but the message that ends the talk."""

    def __init__(
        self, sockets: Sockets, opening: Opening, line: TabLine, *, nested: bool, now: Any
    ) -> None:
        self._sockets = sockets
        self._visit: Visit = opening.visit
        self._line = line
        self._nested = nested
        self._now = now
        # Written by `_listen`, which then leaves.
        self._again: Message | None = None
        self._scope = trio.CancelScope()

    async def run(self, push: Any, *, first: Message | None) -> Message | int:
        """Until the socket ends: its close code; or the message that it begins anew with."""
        listen = partial(self._listen, first)
        with self._scope:
            return await self._sockets.attend(
                self._visit.asker, push, listen, self._lead, self._beat
            )
        assert self._again is not None  # nothing else cancels the scope
        return self._again

    async def _lead(self, sender: Sender) -> None:
        """Give the page what it is to open."""
        while True:
            news = await self._line.wait_news()
            told = lease_frames(news, self._visit.desk.published, nested=self._nested)
            if told:
                await sender.send(make_step(encode(told)))

    async def _beat(self, sender: Sender) -> None:
        """A page that is still connected is there: it need not say so. One that is not is found
        out by what it was sent and has not taken, and by the URLs that it does not answer."""
        while True:
            self._line.beat()
            await trio.sleep(TAB_SILENCE_S / 3)

    async def _listen(self, first: Message | None, sender: Sender) -> None:
        said = first
        while True:
            if said is not None and (answer := self._answer(said)) is not None:
                await sender.send(answer)
            await trio.lowlevel.checkpoint()
            said = None
            try:
                said = await self._sockets.receive(max_depth=MESSAGE_DEPTH, max_keys=MESSAGE_KEYS)
            except WebError as error:
                await sender.send(error_step(error.code, str(error)))

    def _answer(self, said: Message) -> Step | None:
        match said.get("type"):
            case "ping":
                return self._pong()
            case "pong":
                return None
            case "url_opened":
                return self._opened(said)
            case "auth" | "client_ready":
                self._again = said
                self._scope.cancel()
                return None
            case _:
                known = "ping, pong, auth, client_ready, url_opened"
                return error_step("invalid_request", f"the messages understood here are: {known}")

    def _pong(self) -> Step:
        stamp = int(self._now() * 1000)
        if self._nested:
            return step({"type": "pong", "data": {}, "timestamp": stamp})
        return step({"type": "pong", "timestamp": stamp})

    def _opened(self, said: Message) -> Step | None:
        """How the page fared with a URL."""
        fields = said["data"] if isinstance(said.get("data"), dict) else said
        named, index = fields.get("task_id", fields.get("taskId")), fields.get("index")
        status = fields.get("status", "opened")
        if not isinstance(named, str):
            return error_step("invalid_request", "task_id: must be the id of a task")
        if type(index) is not int or not 0 <= index <= _MAX_INDEX:
            return error_step("invalid_request", "index: must be the index of a URL")
        if not isinstance(status, str) or status not in _ANSWERS:
            return error_step("invalid_request", "status: must be opened, blocked or failed")
        error = fields.get("error")
        why = error[:_MAX_ERROR_CHARS] if isinstance(error, str) else None
        answered = self._line.answer(self._job_id(named), index, _ANSWERS[status], why)
        if answered or self._nested:
            return None
        return error_step("invalid_status", _NOT_YOURS)

    def _job_id(self, named: str) -> str:
        """Of a task that may be named by its client's own id."""
        known = named in self._visit.desk.published.jobs
        return named if known else job_id_of(self._visit.key, named)
