"""HTTP/1.1 as this server speaks it: Hypercorn's protocol with a stricter ear and our own voice.

What h11 lets through and readers disagree about (two ways to say where a body ends, targets that
are no path) is refused here, and every refusal has the one shape. HTTP/2 is not spoken: see
docs/decisions/0009. One for each connection; made by `nightdesk.connection`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import h11
from hypercorn.events import Closed, Event
from hypercorn.protocol.events import Request
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection

from nightdesk.limits import ConnectionLimits
from nightdesk.websockets import SocketStream, handshake_problem, is_handshake
from web.errors import WebError
from web.heads import refusal, secured

Drain = Callable[[], Awaitable[None]]

_TOO_LARGE = 431
_SPOKEN = (b"1.0", b"1.1")
# Of a line besides name and value: colon, space and its end.
_LINE_BYTES = 4


class HeadRefused(Exception):
    """The request is not taken; its connection ends with the answer."""

    def __init__(self, error: WebError, request: h11.Request) -> None:
        super().__init__(str(error))
        self.error = error
        self.wants_body = request.method != b"HEAD"


class Http1(H11Protocol):
    """`drain` is called when something was refused that the peer may still be sending."""

    def __init__(self, limits: ConnectionLimits, drain: Drain, *args: Any) -> None:
        super().__init__(*args)
        self._limits = limits
        self._drain = drain

    async def handle(self, event: Event) -> None:
        try:
            await super().handle(event)
        except HeadRefused as refused:
            await self._refuse(refused.error, with_body=refused.wants_body)
            await self.send(Closed())

    async def _check_protocol(self, event: h11.Request) -> None:
        """Called by Hypercorn before a request becomes a task. Its own version goes over to HTTP/2
        where the request asks for that."""
        problem = head_problem(event, self._limits)
        if problem is not None:
            raise HeadRefused(problem, event)

    async def _create_stream(self, request: h11.Request) -> None:
        if not is_handshake(request):
            await super()._create_stream(request)
            return
        stream = SocketStream(
            self._limits.socket_messages,
            self._drain,
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            STREAM_ID,
        )
        self.stream = stream
        self.connection = H11WSConnection(cast(h11.Connection, self.connection))
        await stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=list(request.headers),
                http_version=request.http_version.decode(),
                method="GET",
                raw_path=request.target,
                state=self.connection_state,
            )
        )

    async def _send_error_response(self, status_code: int) -> None:
        """Called by Hypercorn for what h11 could not read."""
        if status_code == _TOO_LARGE:
            unread, _ = cast(h11.Connection, self.connection).trailing_data
            lines = unread.split(b"\n")
            await self._refuse(too_large(self._limits, max(lines, key=len)))
        else:
            await self._refuse(WebError("invalid_request", "this is no HTTP/1.1 request"))

    async def _refuse(self, error: WebError, *, with_body: bool = True) -> None:
        answer = refusal(error, closes=True)
        headers = secured(answer.headers) + self.config.response_headers("h11")
        await self._send_h11_event(h11.Response(headers=headers, status_code=answer.status))
        if with_body:
            await self._send_h11_event(h11.Data(data=answer.body))
        await self._send_h11_event(h11.EndOfMessage())
        await self._drain()


def head_problem(request: h11.Request, limits: ConnectionLimits) -> WebError | None:
    """What is wrong with a head that h11 has read, or None."""
    lines = [len(name) + len(value) + _LINE_BYTES for name, value in request.headers]
    lines.append(len(request.target))
    few = len(lines) <= limits.max_headers + 1
    if not few or max(lines) > limits.max_header_bytes or sum(lines) > limits.max_head_bytes:
        longest = max(request.headers, key=lambda header: len(header[1]), default=(b"", b""))
        return too_large(limits, longest[0] if few else b"")
    if request.http_version not in _SPOKEN:
        return WebError("invalid_request", "HTTP/1.1 is spoken here")
    if not request.target.startswith(b"/") and (request.method, request.target) != (
        b"OPTIONS",
        b"*",
    ):
        return WebError("invalid_request", "the request's target must be a path")
    names = {name for name, _ in request.headers}
    if b"transfer-encoding" in names and (
        b"content-length" in names or request.http_version == b"1.0"
    ):
        return WebError("invalid_request", "the body's end is told in two ways")
    return handshake_problem(request, names) if is_handshake(request) else None


def too_large(limits: ConnectionLimits, longest_line: bytes) -> WebError:
    """What is said of a head over its limits. A token that is, is no token, whatever else it is."""
    if longest_line.lower().startswith(b"authorization"):
        return WebError("unauthorized", "the token is too large to be one of ours")
    return WebError(
        "head_too_large",
        f"a request's head may have {limits.max_headers} headers of {limits.max_header_bytes:,} "
        f"bytes, {limits.max_head_bytes:,} bytes in all",
    )
