"""HTTP/1 by h11: what is not plain of it (`workers.net.plain1`), with all that the RFC has. No I/O.

Used by `workers.net.wire1`.
"""

from __future__ import annotations

from typing import Any

import h11

from workers.net.plain1 import NotPlain
from workers.net.requests import MAX_HEAD_BYTES, MAX_INTERIM_RESPONSES, Head, joined

# Pieces of a body that are taken at once.
PIECES_AT_ONCE = 256

_ANY = h11.Request(method="GET", target="/", headers=[("host", "any")])


class TooManyInterim(Exception):
    """It sent too many interim responses."""


class CarefulResponse:
    """A request and its response, with the methods of `PlainResponse`, which raise
    h11.RemoteProtocolError for what is none. Written by the one task that reads it."""

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        # An event that was read before it was asked for: the first after the head, so that an empty
        # body is known to end.
        self._next: Any = None
        self._has_head = False
        self._interim = 0

    @classmethod
    def going_on(cls, odd: NotPlain) -> CarefulResponse:
        """With what has turned out not to be plain."""
        response = cls()
        response.sent(_ANY, None)
        if odd.come:
            response.receive(odd.come)
        return response

    def sent(self, request: h11.Request, body: bytes | None) -> bytes:
        """The request as bytes. Raises h11.LocalProtocolError."""
        pieces = [self._h11.send(request)]
        if body:
            pieces.append(self._h11.send(h11.Data(body)))
        pieces.append(self._h11.send(h11.EndOfMessage()))
        return b"".join(piece for piece in pieces if piece)

    @property
    def has_ended(self) -> bool:
        return self._next is not None and type(self._next) is not h11.Data

    @property
    def is_reusable(self) -> bool:
        ended = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        return ended and not self._h11.trailing_data[0]

    @property
    def is_gibberish(self) -> bool:
        """What came begins no HTTP response."""
        left = self._h11.trailing_data[0]
        return not self._has_head and bool(left) and not left.startswith(b"HTTP/"[: len(left)])

    def receive(self, data: bytes) -> None:
        self._h11.receive_data(data)

    def head(self) -> Head | None:
        """Raises TooManyInterim, too."""
        while True:
            event = self._h11.next_event()
            if type(event) is h11.Response:
                fields = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
                self._has_head = True
                self._next = self._event()
                return Head(event.status_code, joined(fields))
            if event is h11.NEED_DATA:
                return None
            self._interim += 1
            if self._interim > MAX_INTERIM_RESPONSES:
                raise TooManyInterim

    def pieces(self) -> list[bytes]:
        found: list[bytes] = []
        while len(found) < PIECES_AT_ONCE:
            event, self._next = self._next or self._event(), None
            if type(event) is not h11.Data:
                self._next = event
                break
            found.append(bytes(event.data))
        return found

    def _event(self) -> Any:
        """None where more has to come first."""
        event = self._h11.next_event()
        return None if event is h11.NEED_DATA else event
