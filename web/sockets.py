"""What all sockets have in common: how many there are, how they are kept, and how they end.

One is attended by tasks of its own until the server stops (1012), until what has opened it opens
nothing any more (1008), or until its peer leaves, which Quart notices and cancels the handler for.
Used by `web.stream` and by the sockets of the dialects.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import h11
import orjson
import trio
from quart import websocket

from actors.errors import ActorError, NotFound
from web.auth import Asker, Auth
from web.deps import Desk, WebDeps
from web.errors import WebError, error_body
from web.metrics import Metrics
from web.sending import Sender, Step, make_step
from web.strict_json import InvalidJson, loads

POLICY_VIOLATION = 1008
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013

# In `Sec-WebSocket-Protocol`, before the token itself.
BEARER = "bearer"

Task = Callable[[Sender], Awaitable[None]]


class Sockets:
    """Built once; `stream` and the dialects count on the same number."""

    def __init__(self, deps: WebDeps, auth: Auth, metrics: Metrics) -> None:
        self._settings = deps.settings
        self._stopping = deps.stopping
        self._auth = auth
        self._gauge = metrics.sockets
        # Written by `counted`: how many there are.
        self._open = 0

    @contextmanager
    def opened(self, desk: Desk) -> Iterator[None]:
        """Be one of the server's sockets and of the desk's. Raises WebError where there are as many
        as there may be."""
        with self.counted(), self.joined(desk):
            yield

    def check(self, desk: Desk) -> None:
        """Raises WebError where there is no room for one more of that desk."""
        with self.opened(desk):
            pass

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Be one of the server's, of no desk yet. Raises WebError."""
        if self._open >= self._settings.max_sockets:
            raise WebError("too_many_sockets", "the server has too many sockets")
        self._open += 1
        try:
            with self._gauge.track_inprogress():
                yield
        finally:
            self._open -= 1

    @contextmanager
    def joined(self, desk: Desk) -> Iterator[None]:
        """Be one of the desk's, which keeps it awake. Raises WebError."""
        if desk.subscribers >= self._settings.max_sockets_per_desk:
            raise WebError("too_many_sockets", "this desk has too many sockets")
        with desk.subscribe():
            yield

    async def attend(self, asker: Asker, *tasks: Task) -> int:
        """Do the tasks until there is a reason to stop; returns the close code. What a desk raises
        in one of them ends all: its link opens nothing any more, or the desk restarts or was
        parked, and the client comes again and is told then."""
        with trio.CancelScope() as life:
            async with trio.open_nursery() as nursery:
                sender = Sender(websocket)
                for task in (*tasks, self._ping):
                    do = partial(_until_over, task, sender, nursery.cancel_scope, life)
                    nursery.start_soon(do)
                nursery.start_soon(self._end, asker, life)
                await self._stopping.wait()
                nursery.cancel_scope.cancel()
        return POLICY_VIOLATION if life.cancelled_caught else SERVICE_RESTART

    async def receive(self, *, max_depth: int, max_keys: int) -> dict[str, Any]:
        """The next message, an object. Raises WebError where it is none, or too large."""
        return self._read(await websocket.receive(), max_depth, max_keys)

    async def receive_within(
        self, seconds: float, *, max_depth: int, max_keys: int
    ) -> dict[str, Any] | None:
        """The same; None where none comes in that time, or before the server stops."""
        message: str | bytes | None = None
        with trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_cancel_when, self._stopping, nursery.cancel_scope)
                message = await websocket.receive()
                nursery.cancel_scope.cancel()
        return None if message is None else self._read(message, max_depth, max_keys)

    def _read(self, message: str | bytes | None, max_depth: int, max_keys: int) -> dict[str, Any]:
        data = message.encode() if isinstance(message, str) else message or b""
        if len(data) > self._settings.max_socket_message_bytes:
            raise WebError("body_too_large", "the message is too large")
        try:
            value = loads(data, max_depth=max_depth, max_members=max_keys)
        except InvalidJson as error:
            said = f"the message is not valid JSON: {error}"
            raise WebError("invalid_json", said) from None
        if not isinstance(value, dict):
            raise WebError("invalid_request", "a message is a JSON object")
        return value

    async def _ping(self, sender: Sender) -> None:
        while True:
            await trio.sleep(self._settings.socket_ping_s)
            await sender.ping()

    async def _end(self, asker: Asker, life: trio.CancelScope) -> None:
        """A socket lives no longer than what has opened it."""
        await self._auth.wait_over(asker)
        life.cancel()


async def _until_over(
    task: Task, sender: Sender, attending: trio.CancelScope, life: trio.CancelScope
) -> None:
    try:
        await task(sender)
    except NotFound:
        life.cancel()
    except ActorError:
        attending.cancel()


async def _cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


async def accepted() -> bool:
    """Answer the handshake; False where the peer did not wait for it and was refused for that. A
    browser that offers a protocol to show its token in gives up where that is not taken."""
    offered = BEARER in websocket.requested_subprotocols
    try:
        await websocket.accept(subprotocol=BEARER if offered else None)
    except h11.LocalProtocolError:
        return False
    return True


async def turn_away(code: int, reason: str) -> None:
    """Accept, only to say why not: a refused handshake tells a browser nothing."""
    if await accepted():
        await websocket.close(code, reason[:120])


def error_step(code: str, message: str) -> Step:
    """What a message that was not understood is answered."""
    error = orjson.loads(error_body(code, message))
    return make_step((orjson.dumps({"type": "error", **error}).decode(),))
