"""The socket of a tab that opens URLs for its desk's jobs of kind `tab`: leases out, answers in.

The wire is docs/native-api.md. Nothing is decided here: what a tab gets, and what its answers mean,
is for `deps.tabs` to say; how a socket is kept and ends is said in `web.sockets`.
"""

from __future__ import annotations

from functools import partial
from typing import Any, assert_never

import msgspec
import trio
from msgspec import Struct
from quart import websocket

from actors.ports import TAB_SILENCE_S, TabLine
from web.access import Access
from web.deps import Desk, WebDeps
from web.desk_api import DESK
from web.errors import WebError
from web.http import Query
from web.routes import Route
from web.sending import Sender, make_step
from web.sockets import (
    POLICY_VIOLATION,
    SERVICE_RESTART,
    TRY_AGAIN_LATER,
    Sockets,
    accepted,
    error_step,
    turn_away,
)
from web.visit import Visit

# How long a page may take to say hello, and how often it is to speak after that.
HELLO_S = 10.0
BEAT_S = TAB_SILENCE_S / 3

# A message is flat and has few keys: what is neither is not looked at any further.
_MESSAGE_DEPTH = 1
_MESSAGE_KEYS = 16
_NO_HELLO = "a tab says hello first: {'type': 'hello', 'capacity': N}"


class _Message(Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may say."""


class Hello(_Message, frozen=True, tag="hello"):
    """`capacity`: how many URLs it can have at once."""

    capacity: int


class Opened(_Message, frozen=True, tag="opened"):
    job_id: str
    index: int


class Blocked(_Message, frozen=True, tag="blocked"):
    job_id: str
    index: int


class Failed(_Message, frozen=True, tag="failed"):
    job_id: str
    index: int
    error: str | None = None


class Beat(_Message, frozen=True, tag="beat"):
    """The page is alive."""


Message = Hello | Opened | Blocked | Failed | Beat


class TabApi:
    """Serves `WS /api/desks/{desk}/tab`. Holds no state of its own."""

    def __init__(self, deps: WebDeps, sockets: Sockets) -> None:
        self._tabs = deps.tabs
        self._max_capacity = deps.settings.max_concurrency
        self._stopping = deps.stopping
        self._sockets = sockets

    def routes(self) -> list[Route]:
        socket = Route(
            method="GET",
            rule=f"{DESK}/tab",
            name="tab",
            access=Access.DESK,
            handler=self.serve,
            summary="Open URLs in this tab for jobs of kind `tab` (WebSocket)",
            errors=("invalid_request", "forbidden_origin"),
            websocket=True,
        )
        return [socket]

    async def serve(self, visit: Visit) -> None:
        """One tab, from its handshake to its end. Unknown desks are 404 before the upgrade."""
        Query(websocket.args).done()
        try:
            with self._sockets.opened(visit.desk):
                if not await accepted():
                    return
                code, reason = await self._work(visit)
        except WebError as error:
            await turn_away(TRY_AGAIN_LATER, str(error))
            return
        await websocket.close(code, reason)

    async def _work(self, visit: Visit) -> tuple[int, str]:
        """Returns how to close."""
        await websocket.send(_welcome())
        try:
            capacity = await self._hello()
        except WebError as error:
            if self._stopping.is_set():
                return SERVICE_RESTART, ""
            return POLICY_VIOLATION, str(error)[:120]
        with self._tabs.join(visit.key, capacity=capacity) as line:
            code = await self._sockets.attend(
                visit.asker,
                partial(_lead, line),
                partial(self._listen, line),
                partial(_stay_open, visit.desk),
            )
        return code, ""

    async def _hello(self) -> int:
        """The capacity of the tab. Raises WebError where it is not said, or not well."""
        said = await self._sockets.receive_within(
            HELLO_S, max_depth=_MESSAGE_DEPTH, max_keys=_MESSAGE_KEYS
        )
        hello = None if said is None else _read(said)
        if not isinstance(hello, Hello):
            raise WebError("invalid_request", _NO_HELLO)
        if not 1 <= hello.capacity <= self._max_capacity:
            reason = f"capacity must be a whole number from 1 to {self._max_capacity}"
            raise WebError("invalid_request", reason)
        return hello.capacity

    async def _listen(self, line: TabLine, sender: Sender) -> None:
        """What is not understood is answered; the tab keeps what it holds."""
        while True:
            try:
                said = await self._sockets.receive(max_depth=_MESSAGE_DEPTH, max_keys=_MESSAGE_KEYS)
                _take(line, _read(said))
            except WebError as error:
                await sender.send(error_step(error.code, str(error)))
            await trio.lowlevel.checkpoint()


async def _lead(line: TabLine, sender: Sender) -> None:
    """Tell the page what it is to open, and what not any more."""
    while True:
        texts = [msgspec.json.encode(news).decode() for news in await line.wait_news()]
        await sender.send(make_step(tuple(texts)))
        await trio.lowlevel.checkpoint()


async def _stay_open(desk: Desk, _sender: Sender) -> None:
    """Look at each change whether the desk is still opened by what has opened it here."""
    while True:
        await desk.wait_newer(desk.published.revision)
        await trio.lowlevel.checkpoint()


def _take(line: TabLine, message: Message) -> None:
    """An answer for what the tab does not hold any more is late, and no mistake of the page."""
    match message:
        case Opened():
            line.answer(message.job_id, message.index, "opened")
        case Blocked():
            line.answer(message.job_id, message.index, "blocked")
        case Failed():
            line.answer(message.job_id, message.index, "failed", message.error)
        case Beat():
            line.beat()
        case Hello():
            raise WebError("invalid_request", "hello is said once, and first")
        case _:
            assert_never(message)


def _read(said: dict[str, Any]) -> Message:
    """Raises WebError with a reason."""
    try:
        message: Message = msgspec.convert(said, Message)
    except msgspec.ValidationError as error:
        raise WebError("invalid_request", f"the message is not understood: {error}") from None
    return message


def _welcome() -> str:
    """What a page may know before it says anything: how often it is to speak."""
    return msgspec.json.encode({"type": "welcome", "beat_s": BEAT_S}).decode()
