"""The socket of a desk: pushes frames and answers pings.

A subscriber is nothing but the revision it has seen: it waits for a newer one and gets the step
between the two, made and encoded once for all who take it (`web.feed`). So a slow reader costs
nothing, gets fewer and larger steps, and still ends on the final state. How it ends is said in
`web.sockets`.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import takewhile
from typing import Any

import trio
from msgspec import Struct
from quart import websocket

from state.model import TERMINAL
from web.access import Access
from web.auth import Asker
from web.deps import Desk, WebDeps
from web.errors import NOT_FOUND_MESSAGE, WebError
from web.feed import Feeds
from web.http import Query
from web.sending import Sender, Step, make_step
from web.sockets import (
    TRY_AGAIN_LATER,
    Sockets,
    accepted,
    error_step,
    turn_away,
)
from web.visit import Visit

_PONG = make_step(('{"type":"pong"}',))


class Message(Struct, frozen=True):
    """A type of message that a client may send: who may, and what it is answered."""

    access: Access
    answer: Step


# A message is flat and has few keys: what is neither is not looked at any further.
_MESSAGE_DEPTH = 1
_MESSAGE_KEYS = 16

# Every message that is understood. What is not here is answered with an error.
MESSAGES: dict[str, Message] = {"ping": Message(Access.DESK, _PONG)}


class Stream:
    """Serves `WS /api/desks/{desk}/stream`."""

    def __init__(self, deps: WebDeps, feeds: Feeds, sockets: Sockets) -> None:
        self._publish_interval_s = deps.settings.publish_interval_s
        self._feeds = feeds
        self._sockets = sockets

    async def serve(self, visit: Visit) -> None:
        """One socket, from its handshake to its end. Unknown desks are 404 before the upgrade."""
        query = Query(websocket.args)
        after = query.optional_integer("after", high=2**63)
        query.done()
        try:
            with self._sockets.opened(visit.desk):
                if not await accepted():
                    return
                push = partial(self._push, visit.desk, after)
                answer = partial(self._answer_client, visit.asker)
                code = await self._sockets.attend(visit.asker, push, answer)
        except WebError as error:
            await turn_away(TRY_AGAIN_LATER, str(error))
            return
        await websocket.close(code)

    async def _push(self, desk: Desk, after: int | None, sender: Sender) -> None:
        feed = self._feeds.of(desk)
        revision, pushed_at, hurried_at = after, -math.inf, -math.inf
        while True:
            if revision is not None:
                await desk.wait_newer(revision)
            # Changes within this time are one step; that a job has ended is told at once, and once
            # in such a time. Sleeping, be it for 0, is the checkpoint without which a peer that was
            # reset, where sending returns at once, would spin this loop.
            interval_s = self._publish_interval_s
            if await _has_ended(desk, revision, pushed_at + interval_s, hurried_at + interval_s):
                hurried_at = trio.current_time()
            else:
                pushed_at = trio.current_time()
            published = desk.published
            await sender.send(feed.step(published, revision))
            revision = published.revision

    async def _answer_client(self, asker: Asker, sender: Sender) -> None:
        while True:
            await sender.send(await self._answer(asker))
            await trio.lowlevel.checkpoint()

    async def _answer(self, asker: Asker) -> Step:
        try:
            value = await self._sockets.receive(max_depth=_MESSAGE_DEPTH, max_keys=_MESSAGE_KEYS)
        except WebError as error:
            return error_step(error.code, str(error))
        kind: Any = value.get("type") if len(value) == 1 else None
        known = MESSAGES.get(kind) if isinstance(kind, str) else None
        if known is None:
            return error_step("invalid_request", "the only message understood here is a ping")
        if not may_send(asker, known.access):
            return error_step("not_found", NOT_FOUND_MESSAGE)
        return known.answer


async def _has_ended(desk: Desk, revision: int | None, due_at: float, again_at: float) -> bool:
    """Waits until then; not so long where a job ends that had not at that revision, from `again_at`
    on. Returns whether that was it."""
    with trio.move_on_at(due_at):
        while True:
            await trio.sleep_until(again_at)
            seen = desk.published
            newest = reversed(seen.transitions)
            new = takewhile(lambda each: revision is not None and each.revision > revision, newest)
            if any(each.new in TERMINAL for each in new):
                return True
            await desk.wait_newer(seen.revision)
    return False


def may_send(asker: Asker, access: Access) -> bool:
    """Whoever has a socket has its desk: the check before the handshake saw to that."""
    return access is not Access.OPERATOR or asker.admin
