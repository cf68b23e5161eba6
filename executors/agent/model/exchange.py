"""One request and its answer: sent, and read as it comes, within its limits of bytes and time.

Used by `executors.agent.model.client`, once for each try. What the answer is called decides how it
is read, and where that is wrong, how it looks: a stream may come as one piece, and the other way
round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import trio
from msgspec import Struct

from actors.ports import EgressRefused, HttpError, HttpReply, HttpService
from executors.agent.model.answers import TryAgain
from executors.agent.model.gate import Turnstile
from executors.agent.model.json_text import NotJson, read_json
from executors.agent.model.reply import Assembly, TooMuch
from executors.agent.model.sse import Events, LineTooLong
from executors.agent.model.trying import Timing
from executors.agent.ports import EndpointAway

CHAT = "/chat/completions"

MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
# For the usage, after the last word; and for the end of a body whose stream has said that it ends.
USAGE_S = 10.0
END_S = 0.5

_LAST = b"[DONE]"
_EVENTS = "text/event-stream"
_LOOKS_LIKE_EVENTS = (b"data:", b"event:", b"id:", b":")


class Asked(Struct, frozen=True):
    """A request as it is sent."""

    body: bytes
    headers: Sequence[tuple[str, str]]
    is_streamed: bool


class Refused(Struct, frozen=True):
    """An answer that is none: its status, its fields, and the first of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Asking(Protocol):
    """Of an endpoint: `executors.agent.model.client.Endpoint`."""

    service: HttpService
    timing: Timing
    way_back: Turnstile


async def exchange(endpoint: Asking, asked: Asked, assembly: Assembly) -> Refused | None:
    """None: the assembly is complete. Raises TryAgain, EndpointError, EndpointAway; what has been
    told of the usage until then is in the assembly."""
    timing = endpoint.timing
    try:
        with trio.move_on_after(timing.total_s) as limit:
            async with endpoint.service.request(
                "POST",
                CHAT,
                headers=asked.headers,
                body=asked.body,
                connect_timeout_s=timing.connect_s,
                # What is not streamed comes at once, after all of the thinking.
                read_timeout_s=timing.idle_s if asked.is_streamed else timing.total_s,
            ) as reply:
                if not 200 <= reply.status_code < 300:
                    body = await _first_of(reply)
                    return Refused(reply.status_code, reply.headers, body)
                await endpoint.way_back.go_through()
                await _Reading(assembly, limit).read(reply)
                return None
    except EgressRefused as error:
        raise EndpointAway(f"the endpoint cannot be reached: {error}") from error
    except HttpError as error:
        if assembly.is_complete:
            return None
        raise TryAgain(f"the endpoint did not answer: {error}") from error
    except (NotJson, TooMuch, LineTooLong) as error:
        raise TryAgain(f"the endpoint's answer is broken: {error}", is_broken=True) from error
    if assembly.is_complete:
        return None
    raise TryAgain(f"the endpoint took longer than {timing.total_s:g} s")


class _Reading:
    """Of one answer, by the task that asked for it; `limit` is moved forward as it ends."""

    def __init__(self, assembly: Assembly, limit: trio.CancelScope) -> None:
        self._assembly = assembly
        self._limit = limit
        self._left_bytes = MAX_ANSWER_BYTES

    async def read(self, reply: HttpReply) -> None:
        """Raises HttpError, TryAgain, EndpointError, NotJson, TooMuch, LineTooLong."""
        if reply.headers.get("content-type", "").lower().startswith(_EVENTS):
            await self._stream(reply)
        else:
            self._whole(await self._body(reply))
        if not self._assembly.is_complete:
            has_begun = self._assembly.has_begun
            reason = "it was cut off" if has_begun else "there is no choice in it"
            raise TryAgain(f"the endpoint's answer is broken: {reason}", is_broken=not has_begun)

    async def _body(self, reply: HttpReply) -> bytes:
        pieces: list[bytes] = []
        async for piece in reply.iter_bytes():
            self._came(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def _came(self, piece: bytes) -> None:
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise TooMuch(f"it has more than {MAX_ANSWER_BYTES:,} bytes")

    async def _stream(self, reply: HttpReply) -> None:
        events = Events()
        no_events: list[bytes] = []
        async for piece in reply.iter_bytes():
            self._came(piece)
            if self._assembly.is_over:
                # Read to its end, so that the connection can be used again.
                continue
            found = events.feed(piece)
            self._take(found)
            if not self._assembly.has_begun and not found:
                no_events.append(piece)
        if not self._assembly.is_over:
            self._take(events.finish())
        if not self._assembly.has_begun and (body := b"".join(no_events).lstrip())[:1] == b"{":
            self._whole(body)

    def _take(self, events: Sequence[bytes]) -> None:
        assembly = self._assembly
        was_complete = assembly.is_complete
        for data in events:
            if data.strip() == _LAST:
                assembly.is_over = True
                self._end_within(END_S)
                return
            assembly.take(read_json(data))
        if assembly.is_complete and not was_complete:
            self._end_within(USAGE_S)

    def _end_within(self, seconds: float) -> None:
        self._limit.deadline = min(self._limit.deadline, trio.current_time() + seconds)

    def _whole(self, body: bytes) -> None:
        if body.lstrip().startswith(_LOOKS_LIKE_EVENTS):
            events = Events()
            self._take([*events.feed(body), *events.finish()])
            return
        self._assembly.take(read_json(body))
        # Nothing comes after it, whatever it says of its finish.
        self._assembly.is_over = self._assembly.has_begun


async def _first_of(reply: HttpReply) -> bytes:
    """Of an error, so much as tells what it is; its end, so that the connection lives on, only
    where that is near."""
    pieces: list[bytes] = []
    left = MAX_ERROR_BYTES
    async for piece in reply.iter_bytes():
        pieces.append(piece[:left])
        left -= len(piece)
        if left < 0:
            break
    return b"".join(pieces)
