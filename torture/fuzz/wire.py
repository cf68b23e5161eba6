"""Sends one input and says what was wrong with what came back. Used by `runner`.

Every wait has an end: an input that is not answered, or a connection that is not closed, within
the limit is a violation by itself.
"""

from __future__ import annotations

import re
from contextlib import suppress

import h11
import trio
import trio.lowlevel
from msgspec import Struct

from torture.fuzz.frames import problem_of_frames
from torture.fuzz.inputs import Input, Sent
from torture.fuzz.sockets import GOODBYE

# In the full run, which has its machine for itself; and in a share, beside whatever runs there.
LIMIT_S = 5.0
SHARE_LIMIT_S = 60.0
# What the server was told to make of the longest poll.
LONG_POLL_S = 0.5
# How long a stream that is perhaps no whole request may go unanswered before we end it.
_PATIENCE_S = 0.03
_READ_BYTES = 64 * 1024
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)
# Where both are there, the server takes the request for a handshake, and closes when it refuses it.
_KNOCKS = {b"Upgrade: websocket", b"Connection: Upgrade"}
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


class Answer(Struct, frozen=True):
    """A whole answer. `ends`: it says that its connection is at its end."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    ends: bool


class Wrong(Exception):
    """What was wrong with an answer, or with there being none."""


class Caller:
    """Sends inputs, one at a time; requests by one connection as long as the server keeps it."""

    def __init__(self, address: tuple[str, int], limit_s: float = LIMIT_S) -> None:
        self._address = address
        self._limit_s = limit_s
        # Both are written by `ask`: the connection that is kept, and how many answers it gave.
        self._kept: trio.SocketStream | None = None
        self._answered = 0

    async def send(self, one: Input) -> list[int]:
        """The statuses that came back. Raises Wrong."""
        try:
            with trio.fail_after(self._limit_s + LONG_POLL_S):
                match one.sent:
                    case Sent.REQUEST:
                        answer = await self._ask(one)
                        problem = one.check and one.check(
                            answer.status, answer.headers, answer.body
                        )
                        if problem:
                            raise Wrong(problem)
                        return [answer.status]
                    case Sent.STREAM:
                        return await self._stream(one)
                    case Sent.SOCKET:
                        return await self._socket(one)
        except trio.TooSlowError:
            self.close()
            raise Wrong(f"no answer, or no end, within {self._limit_s:g} s") from None

    def close(self) -> None:
        if self._kept is not None:
            self._kept.socket.close()
            self._kept = None

    async def _connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream(*self._address)

    async def _ask(self, one: Input) -> Answer:
        if self._kept is None:
            self._kept, self._answered = await self._connect(), 0
        stream, used = self._kept, self._answered
        answer = await _exchange(stream, one)
        if answer is None:
            self.close()
            if used:
                raise Wrong(f"the connection was closed without a word after {used} answers")
            raise Wrong("a new connection was closed without an answer")
        self._answered += 1
        if answer.ends:
            self.close()
        return answer

    async def _stream(self, one: Input) -> list[int]:
        """All that comes, until the server closes; which it does soon after we have ended."""
        stream = await self._connect()
        async with stream:
            received = await _until_end(stream, one.pieces, _PATIENCE_S)
        return [int(status) for status in _STATUS.findall(received)]

    async def _socket(self, one: Input) -> list[int]:
        stream = await self._connect()
        async with stream:
            received = await _until_end(stream, (*one.pieces, GOODBYE), _PATIENCE_S)
        status = _STATUS.match(received)
        if status is None:
            return []
        if status[1] == b"101" and (problem := problem_of_frames(received)):
            raise Wrong(problem)
        if (
            status[1] != b"101"
            and set(one.pieces[0].split(b"\r\n")) >= _KNOCKS
            and (b"connection: close" not in received.lower())
        ):
            raise Wrong("a refused handshake does not say that its connection ends")
        return [int(found) for found in _STATUS.findall(received)]


async def _exchange(stream: trio.SocketStream, one: Input) -> Answer | None:
    """None where the server has closed instead of answering."""
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method=one.method, target="/", headers=[("Host", "x")]))
    parser.send(h11.EndOfMessage())
    with suppress(*_GONE):
        for piece in one.pieces:
            await stream.send_all(piece)
            await trio.lowlevel.checkpoint()
    head: h11.Response | None = None
    body = b""
    while True:
        try:
            event = parser.next_event()
        except h11.RemoteProtocolError as error:
            raise Wrong(f"no HTTP came back: {error}") from error
        match event:
            case h11.NEED_DATA:
                data = await _received(stream)
                if not data and head is None:
                    return None
                parser.receive_data(data)
            case h11.Response():
                head = event
            case h11.Data():
                body += event.data
            case h11.EndOfMessage():
                if head is None:
                    raise Wrong("an answer had no head")
                headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in head.headers]
                ends = parser.their_state is not h11.DONE
                return Answer(head.status_code, headers, body, ends)


async def _received(stream: trio.SocketStream) -> bytes:
    """Empty where the server has closed, however it did."""
    try:
        return bytes(await stream.receive_some(_READ_BYTES))
    except _GONE:
        return b""


async def _until_end(stream: trio.SocketStream, pieces: tuple[bytes, ...], rest_s: float) -> bytes:
    """Send, read beside it, end, and read to the end."""
    received = bytearray()
    came = trio.Event()

    async def read() -> None:
        while data := await _received(stream):
            received.extend(data)
            came.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        with suppress(*_GONE):
            for piece in pieces:
                await stream.send_all(piece)
                with trio.move_on_after(rest_s):
                    await came.wait()
            await stream.send_eof()
    return bytes(received)
