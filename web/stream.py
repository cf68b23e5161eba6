"""The socket of a desk: pushes frames, answers pings, ends for one of three reasons.

A subscriber is nothing but the revision it has seen: it waits for a newer one and gets the step
between the two, made and encoded once for all who take it (`web.feed`). So a slow reader costs
nothing, gets fewer and larger steps, and still ends on the final state.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h11
import orjson
import trio
from msgspec import Struct
from quart import websocket

from actors.errors import ActorError, NotFound
from web.access import Access
from web.auth import Asker, Auth
from web.deps import Desk, WebDeps
from web.errors import NOT_FOUND_MESSAGE, error_body
from web.feed import Feeds
from web.http import Query
from web.metrics import Metrics
from web.sending import Sender, Step, make_step
from web.strict_json import InvalidJson, loads
from web.visit import Visit

POLICY_VIOLATION = 1008
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013

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

    def __init__(self, deps: WebDeps, auth: Auth, feeds: Feeds, metrics: Metrics) -> None:
        self._settings = deps.settings
        self._stopping = deps.stopping
        self._auth = auth
        self._feeds = feeds
        self._sockets = metrics.sockets
        # Written by the sockets' handlers: how many there are.
        self._open = 0

    async def serve(self, visit: Visit) -> None:
        """One socket, from its handshake to its end. Unknown desks are 404 before the upgrade."""
        query = Query(websocket.args)
        after = query.optional_integer("after", high=2**63)
        query.done()
        if visit.desk.subscribers >= self._settings.max_sockets_per_desk:
            await turn_away(TRY_AGAIN_LATER, "this desk has too many sockets")
            return
        if self._open >= self._settings.max_sockets:
            await turn_away(TRY_AGAIN_LATER, "the server has too many sockets")
            return
        with visit.desk.subscribe(), self._counted():
            if not await _accepted():
                return
            code = await self._attend(visit.desk, after, visit.asker)
        await websocket.close(code)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._open += 1
        try:
            with self._sockets.track_inprogress():
                yield
        finally:
            self._open -= 1

    async def _attend(self, desk: Desk, after: int | None, asker: Asker) -> int:
        """Push and answer until there is a reason to stop; returns the close code.

        A peer that goes away is noticed by Quart, which cancels the handler.
        """
        with trio.CancelScope() as life:
            async with trio.open_nursery() as nursery:
                sender = Sender(websocket)
                nursery.start_soon(self._answer_client, sender, asker)
                nursery.start_soon(self._ping, sender)
                nursery.start_soon(self._push, desk, after, sender, nursery.cancel_scope, life)
                nursery.start_soon(self._end, asker, life)
                await self._stopping.wait()
                nursery.cancel_scope.cancel()
        return POLICY_VIOLATION if life.cancelled_caught else SERVICE_RESTART

    async def _end(self, asker: Asker, life: trio.CancelScope) -> None:
        """A socket lives no longer than what has opened it."""
        await self._auth.wait_over(asker)
        life.cancel()

    async def _push(
        self,
        desk: Desk,
        after: int | None,
        sender: Sender,
        attending: trio.CancelScope,
        life: trio.CancelScope,
    ) -> None:
        feed = self._feeds.of(desk)
        revision, pushed_at = after, -math.inf
        try:
            while True:
                if revision is not None:
                    await desk.wait_newer(revision)
                # Changes within this time are one step. Sleeping, be it for 0, is the checkpoint
                # without which a peer that was reset, where sending returns at once, would spin
                # this loop.
                due_at = pushed_at + self._settings.publish_interval_s
                await trio.sleep(max(0.0, due_at - trio.current_time()))
                published, pushed_at = desk.published, trio.current_time()
                await sender.send(feed.step(published, revision))
                revision = published.revision
        except NotFound:
            # The link that opened the socket opens nothing any more.
            life.cancel()
        except ActorError:
            # The desk is restarting or was parked: the client comes again and is told then.
            attending.cancel()

    async def _ping(self, sender: Sender) -> None:
        while True:
            await trio.sleep(self._settings.socket_ping_s)
            await sender.ping()

    async def _answer_client(self, sender: Sender, asker: Asker) -> None:
        while True:
            message = await websocket.receive()
            await sender.send(self._answer(message, asker))
            await trio.lowlevel.checkpoint()

    def _answer(self, message: Any, asker: Asker) -> Step:
        data = message.encode() if isinstance(message, str) else message or b""
        if len(data) > self._settings.max_socket_message_bytes:
            return _error("body_too_large", "the message is too large")
        try:
            value = loads(data, max_depth=_MESSAGE_DEPTH, max_members=_MESSAGE_KEYS)
        except InvalidJson as error:
            return _error("invalid_json", f"the message is not valid JSON: {error}")
        kind = value.get("type") if isinstance(value, dict) and len(value) == 1 else None
        known = MESSAGES.get(kind) if isinstance(kind, str) else None
        if known is None:
            return _error("invalid_request", "the only message understood here is a ping")
        if not may_send(asker, known.access):
            return _error("not_found", NOT_FOUND_MESSAGE)
        return known.answer


def may_send(asker: Asker, access: Access) -> bool:
    """Whoever has a socket has its desk: the check before the handshake saw to that."""
    return access is not Access.OPERATOR or asker.admin


async def turn_away(code: int, reason: str) -> None:
    """Accept, only to say why not: a refused handshake tells a browser nothing."""
    if await _accepted():
        await websocket.close(code, reason[:120])


async def _accepted() -> bool:
    """Answer the handshake; False where the peer did not wait for it and was refused for that."""
    try:
        await websocket.accept()
    except h11.LocalProtocolError:
        return False
    return True


def _error(code: str, message: str) -> Step:
    error = orjson.loads(error_body(code, message))
    return make_step((orjson.dumps({"type": "error", **error}).decode(),))
