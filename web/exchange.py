"""One request or handshake on its way through the front door, and the head of its answer.

Every answer of the server, whoever makes it, gets its security headers here. Used by `web.door`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import trio

from web.bodies import Body, Event, Receive, may_have_body
from web.dialects.shapes import told
from web.errors import WebError, answer_of
from web.heads import refusal, secured
from web.rates import network_of

Scope = MutableMapping[str, Any]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Quart writes the matched rule here, for the log and the metrics.
ROUTE = "nightdesk.route"

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_EXPOSED = (
    b"access-control-expose-headers",
    b"etag, retry-after, content-disposition, x-tokens-consumed, x-tokens-balance",
)


class Exchange:
    """One request or handshake at the door, and its answer's common headers."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.began_at = trio.current_time()
        # The first of a name counts, as it does in Quart.
        self.headers: dict[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }
        # Written by the request's own task, when its answer begins. 0: it never did.
        self.status = 0
        self._cors: list[tuple[bytes, bytes]] = []

    def values_of(self, name: bytes) -> list[str]:
        """Every value of a header, in the order of the request."""
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key == name]

    @property
    def network(self) -> str:
        """Whose request it is, for what is counted by client."""
        client = self.scope.get("client")
        return network_of(client[0]) if client else ""

    @property
    def is_safe(self) -> bool:
        return self.scope["type"] == "http" and self.scope["method"] in SAFE_METHODS

    @property
    def is_preflight(self) -> bool:
        return bool(
            self._cors
            and self.scope["method"] == "OPTIONS"
            and "access-control-request-method" in self.headers
        )

    @property
    def may_have_body(self) -> bool:
        return may_have_body(self.scope["method"], self.headers)

    def allow(self, origin: str, *, credentials: bool) -> None:
        """A page of `origin` may read the answer; with `credentials` also where its request was
        allowed to have cookies, which then prove nothing (`web.visit.enter_by_session`)."""
        allowed = (b"access-control-allow-origin", origin.encode("latin-1"))
        self._cors = [allowed, (b"vary", b"Origin"), _EXPOSED]
        if credentials:
            self._cors.append((b"access-control-allow-credentials", b"true"))

    def begin(self, event: Event) -> None:
        """Complete the head of an answer that is about to be sent."""
        self.status = event["status"]
        event["headers"] = secured([*event["headers"], *self._cors])

    async def send_handshake(self, event: Event) -> None:
        """What Quart sends for a socket. A refused handshake is an answer like any other."""
        if event["type"] == "websocket.http.response.start":
            self.begin(event)
        await self.send(event)

    async def answer(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """An answer without a body."""
        head: Event = {"type": "http.response.start", "status": status, "headers": headers}
        self.begin(head)
        await self.send(head)
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def refuse(self, error: WebError, body: Body | None = None) -> None:
        """Answer with an error; a body that is still coming is read on for a while.

        The answer's end closes the connection where the body is not complete, and would take the
        answer with it: so the end is sent after the rest was read.
        """
        languages = self.headers.get("accept-language")
        answer = refusal(
            error,
            closes=body is not None and not body.complete,
            told=told(error, answer_of(error), self.scope["path"], languages),
        )
        kind = "http.response" if self.scope["type"] == "http" else "websocket.http.response"
        head: Event = {
            "type": f"{kind}.start",
            "status": answer.status,
            "headers": answer.headers,
        }
        self.begin(head)
        await self.send(head)
        await self.send({"type": f"{kind}.body", "body": answer.body, "more_body": True})
        if body is not None:
            await body.drain()
        await self.send({"type": f"{kind}.body", "body": b"", "more_body": False})
