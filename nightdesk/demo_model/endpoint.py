"""Serves the scripted endpoint on loopback: POST /v1/chat/completions and GET /v1/models.

Raw HTTP/1.1 on Trio, as a bench must not measure it. Started in the nursery of whoever wants it
(tests, `nightdesk agents demo`) by `serve`, or as a program by `python -m nightdesk.demo_model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import trio
from msgspec import Struct

from nightdesk.demo_model import author, wire
from nightdesk.demo_model.course import Course, Heard, Place, call_of, said_at
from nightdesk.demo_model.heads import Asked, BadRequest, Reader
from nightdesk.demo_model.script import BadScript, Role, Say, Script, Scripts, Trouble
from nightdesk.listeners import open_listener

CHAT = "/v1/chat/completions"
MODELS = "/v1/models"
MODEL = "demo-small"

_UNSCRIPTED = ""
_OPENING_EVENTS = 1
# The kernel is asked to wait for whole milliseconds, rounded up: so they are right on average.
_HALF_TICK_S = 0.000_5


class Manner(Struct, frozen=True, kw_only=True):
    """How the endpoint is. `keys`: whoever brings none of them is refused; empty: anybody is
    welcome. `models`: others are unknown; empty: any is known, and `MODEL` is listed. Every answer
    waits for `latency_s` first. More calls than `calls_max` at once get 429, with `retry_after`."""

    scripts: Scripts = Scripts()
    keys: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    latency_s: float = 0.0
    calls_max: int | None = None
    retry_after: str = "0"


PLAIN = Manner()


class Endpoint:
    """`port` is where it listens; `course` what it was asked, for assertions."""

    def __init__(self, manner: Manner = PLAIN, *, port: int = 0) -> None:
        self.manner = manner
        self.course = Course()
        self._listener = open_listener("127.0.0.1", port, backlog=4096)
        self.port: int = self._listener.getsockname()[1]
        # Written by connections, one step each: calls being answered now, and the most there were.
        self.in_flight = 0
        self.in_flight_most = 0
        # Written by connections: requests of any sort, refused ones too.
        self.requests = 0

    @property
    def base_url(self) -> str:
        """As clients of that protocol want it."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(
        self, *, task_status: trio.TaskStatus[Endpoint] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Until cancelled."""
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(self._listener))
        task_status.started(self)
        await trio.serve_listeners(self._connection, [listener])

    async def _connection(self, stream: trio.SocketStream) -> None:
        """Ends where the peer does, or does what cannot be read."""
        with suppress(trio.BrokenResourceError):
            async with stream:
                reader = Reader(stream)
                try:
                    while (asked := await reader.next()) is not None:
                        if not await _Answer(self, stream).give(asked):
                            return
                except BadRequest as error:
                    await stream.send_all(
                        wire.error_answer(error.status, str(error), "invalid_request_error")
                    )


class _Cut(Exception):
    """This answer and its connection end here."""


class _Answer:
    """One request, one answer."""

    def __init__(self, endpoint: Endpoint, stream: trio.SocketStream) -> None:
        self._endpoint = endpoint
        self._manner = endpoint.manner
        self._stream = stream

    async def give(self, asked: Asked) -> bool:
        """Returns whether the connection goes on."""
        self._endpoint.requests += 1
        refused = self._refusal(asked)
        if refused is not None:
            await self._stream.send_all(refused)
            return True
        if asked.path == MODELS:
            await self._stream.send_all(self._models())
            return True
        endpoint = self._endpoint
        endpoint.in_flight += 1
        endpoint.in_flight_most = max(endpoint.in_flight_most, endpoint.in_flight)
        try:
            await self._complete(asked.body)
        except _Cut:
            return False
        finally:
            endpoint.in_flight -= 1
        return True

    def _refusal(self, asked: Asked) -> bytes | None:
        manner = self._manner
        scheme, _, key = asked.fields.get(b"authorization", b"").partition(b" ")
        if manner.keys and (scheme != b"Bearer" or key.decode("latin-1") not in manner.keys):
            return wire.error_answer(401, "Incorrect API key provided.", "invalid_api_key")
        if asked.path not in (CHAT, MODELS):
            return wire.error_answer(404, f"There is nothing at {asked.path}.", "not_found")
        if asked.method != ("POST" if asked.path == CHAT else "GET"):
            return wire.error_answer(405, "Not by this method.", "method_not_allowed")
        calls_max = manner.calls_max
        if asked.path == CHAT and calls_max is not None and self._endpoint.in_flight >= calls_max:
            retry_after = b"retry-after: " + manner.retry_after.encode()
            return wire.error_answer(429, "Too many at once.", "rate_limit_exceeded", retry_after)
        return None

    def _models(self) -> bytes:
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": "nightdesk"}
            for name in self._manner.models or (MODEL,)
        ]
        return wire.json_answer(200, {"object": "list", "data": listed})

    # ------------------------------------------------------------------------------- a call

    async def _complete(self, body: bytes) -> None:
        arrived_at = trio.current_time()
        try:
            request = wire.read_request(body)
            texts = [message.text for message in request.messages]
            found = self._manner.scripts.of(texts)
        except (msgspec.DecodeError, BadScript) as error:
            await self._stream.send_all(wire.error_answer(400, str(error), "invalid_request_error"))
            return
        if self._manner.models and request.model not in self._manner.models:
            message = f"The model `{request.model}` does not exist."
            await self._stream.send_all(wire.error_answer(404, message, "model_not_found"))
            return
        call = call_of(body)
        task, place, say, trouble = self._scripted(found, request, call)
        # Made before, so that it does not come on top of the latency.
        good = self._good(say, request, call, len(body)) if trouble is None else ()
        await trio.sleep_until(arrived_at + self._manner.latency_s + say.delay_s - _HALF_TICK_S)
        self._endpoint.course.end(
            Heard(task, place.role, place.round, place.turn, _status(trouble), not trouble, call)
        )
        for piece in good:
            await self._stream.send_all(piece)
        if trouble is not None and trouble.cut is None:
            await self._be_trouble(trouble)
        elif trouble is not None:
            await self._say_part(say, request, call, len(body), trouble.cut)

    def _scripted(
        self, found: tuple[str, Script] | None, request: wire.Request, call: str
    ) -> tuple[str, Place, Say, Trouble | None]:
        role: Role = "coder" if request.stream or request.tools else "judge"
        if found is None:
            place, say = author.answer(request, role)
            return _UNSCRIPTED, place, say, None
        task, script = found
        course = self._endpoint.course
        place = course.place(task, role, call)
        say = said_at(script, place)
        return task, place, say, course.trouble(script, say, call)

    async def _be_trouble(self, trouble: Trouble) -> None:
        if trouble.drop:
            raise _Cut
        if trouble.hang_s is not None:
            await trio.sleep(trouble.hang_s)
            raise _Cut
        if trouble.status is not None:
            await self._stream.send_all(_error(trouble, trouble.status))
            return
        garbage = (trouble.garbage or "").encode()
        kind = b"content-type: application/json"
        await self._stream.send_all(wire.head(200, kind, length=len(garbage)) + garbage)

    def _good(
        self, say: Say, request: wire.Request, call: str, body_bytes: int
    ) -> tuple[bytes, ...]:
        """The bytes of an answer, as they are sent: of a stream, the first piece by itself, then
        the rest of them."""
        if not request.stream:
            return (b"".join(_whole(say, request, call, body_bytes)),)
        chunks = [wire.chunk(each) for each in wire.events(say, request, call, body_bytes)]
        first, rest = chunks[:_OPENING_EVENTS], chunks[_OPENING_EVENTS:]
        return _stream_head() + b"".join(first), b"".join(rest) + wire.LAST_CHUNK

    async def _say_part(
        self, say: Say, request: wire.Request, call: str, body_bytes: int, cut: int | None
    ) -> None:
        """As much of the answer's body, and then the end of the connection."""
        if request.stream:
            events = wire.events(say, request, call, body_bytes)
            await self._stream.send_all(_stream_head() + _chunks_up_to(events, cut))
        else:
            head, body = _whole(say, request, call, body_bytes)
            await self._stream.send_all(head + body[:cut])
        raise _Cut


def _whole(say: Say, request: wire.Request, call: str, body_bytes: int) -> tuple[bytes, bytes]:
    """The head and the body of an answer that is not streamed."""
    body = wire.completion(say, request, call, body_bytes)
    return wire.head(200, b"content-type: application/json", length=len(body)), body


def _stream_head() -> bytes:
    return wire.head(200, b"content-type: text/event-stream")


def _status(trouble: Trouble | None) -> int:
    """0: the connection ends without one."""
    if trouble is None:
        return 200
    if trouble.drop or trouble.hang_s is not None:
        return 0
    return trouble.status or 200


def _chunks_up_to(events: Sequence[bytes], cut: int | None) -> bytes:
    """What a stream holds that ends after so many bytes of its events, without its last chunk."""
    data = b"".join(events)[:cut]
    return wire.chunk(data) if data else b""


def _error(trouble: Trouble, status: int) -> bytes:
    fields = []
    if trouble.retry_after is not None:
        fields.append(b"retry-after: " + trouble.retry_after.encode())
    if trouble.body is not None:
        body = trouble.body.encode()
        return wire.head(status, *fields, length=len(body)) + body
    return wire.error_answer(
        status, f"Scripted error {status}.", _KINDS.get(status, "error"), *fields
    )


_KINDS: dict[int, Any] = {
    401: "invalid_api_key",
    402: "insufficient_quota",
    403: "permission_denied",
    404: "model_not_found",
    429: "rate_limit_exceeded",
}
