"""Responses of HTTP/1.1 as nearly everybody sends them, read by llhttp (`httptools`).

Used by `workers.net.wire1`, which hands over to h11 (`workers.net.careful1`) where a head is not
plain: other versions, interim responses, bodies that end with the connection, and whatever llhttp
takes for wrong. So h11 alone decides what is unusual, and llhttp does the rest for a tenth of the
work. No I/O.
"""

from __future__ import annotations

import re

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from workers.net.requests import MAX_HEAD_BYTES, TELLING, Head, joined

_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LENGTH = re.compile(r"[0-9]{1,15}")
_WITHOUT_BODY = frozenset({204, 205, 304})


class NotPlain(Exception):
    """A response is to be read otherwise: this has come of it."""

    def __init__(self, come: bytes) -> None:
        super().__init__("not plain")
        self.come = come


class Malformed(Exception):
    """What follows a good head is no body; the text says why."""


class PlainResponse:
    """One response, as far as it has come. Written by the one task that reads it, and by its own
    parser's calls. It is to be given what is received, and then asked: for its head until there is
    one, then for pieces."""

    def __init__(self) -> None:
        # It holds what it calls, and is let go when it is not needed any more.
        self._parser: HttpResponseParser | None = _parser(self)
        # What has come while there is no head; its fields; the head, or that it is not plain.
        self._come = b""
        self._fields: list[tuple[str, str]] = []
        self._head: Head | None = None
        self._is_odd = False
        # Of the body: what was not asked for yet, and how much has come since that was not of it.
        self._pieces: list[bytes] = []
        self._framing_bytes = 0
        self._has_ended = False
        # Something came behind its end; nothing more will come; what was wrong.
        self._is_followed = False
        self._is_closed = False
        self._error = ""

    @property
    def has_ended(self) -> bool:
        """Its body was read to its end."""
        return self._has_ended and not self._pieces

    @property
    def is_reusable(self) -> bool:
        """Its connection is: nothing came behind it."""
        return self.has_ended and not self._is_followed

    def receive(self, data: bytes) -> None:
        """This has come; nothing: no more will."""
        if not data:
            self._is_closed = True
        elif self._has_ended:
            self._is_followed = True
        else:
            if self._head is None:
                self._come += data
            if self._parser is not None:
                self._parse(self._parser, data)

    def head(self) -> Head | None:
        """None: there is more to come. Raises NotPlain."""
        if self._head is not None:
            self._come = b""
            return self._head
        is_over = self._is_closed or len(self._come) > MAX_HEAD_BYTES
        if self._is_odd or self._error or is_over:
            raise NotPlain(self._come)
        return None

    def pieces(self) -> list[bytes]:
        """All of the body that has come and was not asked for; none where more has to come first.
        Raises Malformed."""
        found, self._pieces = self._pieces, []
        if not found and not self._has_ended:
            if self._error:
                raise Malformed(self._error)
            if self._is_closed:
                raise Malformed("it ended before its body did")
        return found

    def _parse(self, parser: HttpResponseParser, data: bytes) -> None:
        known = len(self._pieces)
        try:
            parser.feed_data(data)
        except HttpParserUpgrade:
            self._is_odd = True
        except HttpParserError as error:
            if self._has_ended:
                self._is_followed = True
            else:
                self._error = str(error)
        self._framing_bytes = 0 if len(self._pieces) > known else self._framing_bytes + len(data)
        if self._head is not None and self._framing_bytes > MAX_HEAD_BYTES:
            self._error = "what stands between pieces of its body is too long"
        if self._has_ended or self._is_odd or self._error:
            self._parser = None

    # Called by the parser, as its names are.

    def on_message_begin(self) -> None:
        self._is_followed = self._has_ended

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head is None:
            self._fields.append((name.decode("latin-1").lower(), value.decode("latin-1").strip()))

    def on_headers_complete(self) -> None:
        if self._head is None and not self._is_odd:
            self._head = self._made()
            self._is_odd = self._head is None

    def on_body(self, piece: bytes) -> None:
        if not self._has_ended:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        self._has_ended = self._head is not None

    def _made(self) -> Head | None:
        """None where it is not plain."""
        assert self._parser is not None  # it calls
        status = self._parser.get_status_code()
        if self._parser.get_http_version() != "1.1" or status < 200 or status in _WITHOUT_BODY:
            return None
        headers = joined(self._fields)
        if not all(map(_VALUE.fullmatch, headers.values())):
            return None
        telling = {name: headers[name].lower() for name in TELLING & headers.keys()}
        if telling.get("connection") == "keep-alive":
            del telling["connection"]
        is_counted = _LENGTH.fullmatch(telling.get("content-length", "")) is not None
        is_chunked = telling.get("transfer-encoding") == "chunked"
        return Head(status, headers) if len(telling) == 1 and is_counted != is_chunked else None


def _parser(response: PlainResponse) -> HttpResponseParser:
    parser = HttpResponseParser(response)
    # Some servers fill the lines of sizes up with spaces; h11 takes them, too.
    parser.set_dangerous_leniencies(lenient_spaces_after_chunk_size=True)
    return parser
