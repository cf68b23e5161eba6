"""What is sent as a request, and what is kept of a response's head: the same for HTTP/1 and HTTP/2.

Pure; used by `workers.net`. The last gate for methods and fields: the plan of a job has checked
them already, and here they are checked again, because what reaches a socket is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import h11
from msgspec import Struct

from actors.ports import HttpProtocolError
from executors.urls import Url

MAX_HEAD_BYTES = 64 * 1024
MAX_INTERIM_RESPONSES = 10

# What may come besides a response's body: so much, and an eighth of the body.
FRAMING_BYTES = 256 * 1024
FRAMING_PART = 8
TOO_MUCH_FRAMING = "hardly any of what it sends is the body"

# Fields that tell how a message ends, or what becomes of its connection.
TELLING = frozenset({"connection", "content-length", "expect", "transfer-encoding", "upgrade"})

_TARGET = re.compile(r"[\x21-\x7e]+")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

# What a protocol library says of a remote may quote what the remote sent.
MAX_REASON_CHARS = 200

Fields = Sequence[tuple[str, str]]

_DEFAULTS = (("accept", "*/*"), ("accept-encoding", "gzip, br, zstd"))
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Request(Struct, frozen=True):
    """One request, complete. `own` are its fields but for the length of its body, which it may have
    to say. `idempotent` ones may be sent again over a new connection when a kept one turns out to
    be closed."""

    method: str
    url: Url
    own: tuple[tuple[str, str], ...]
    body: bytes | None
    has_length: bool
    # The head as bytes, where it is known (`plain_head`).
    plain: bytes | None = None

    @property
    def idempotent(self) -> bool:
        return self.method not in ("POST", "PATCH")

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        if not self.has_length:
            return self.own
        return (*self.own, ("content-length", str(len(self.body or b""))))

    def plain_head(self) -> bytes | None:
        """For HTTP/1.1, without the lines that say how long the body is and that the head is over.
        None where it is not plain, and h11 has to see to it."""
        if self.method in ("HEAD", "CONNECT") or _TARGET.fullmatch(self.url.target) is None:
            return None
        lines = [f"{self.method} {self.url.target} HTTP/1.1", f"host: {self.url.authority}"]
        for name, value in self.own:
            if name.lower() in TELLING or value.strip(" \t") != value:
                return None
            lines.append(f"{name}: {value}")
        return "\r\n".join((*lines, "")).encode("latin-1")

    def plain_bytes(self) -> bytes | None:
        """The whole of it, where it is plain."""
        head = self.plain if self.plain is not None else self.plain_head()
        if head is None:
            return None
        if self.has_length:
            body = self.body or b""
            return b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)
        return head + b"\r\n"

    def with_plain(self) -> Request:
        """The same, which knows the bytes of its head."""
        return Request(
            self.method, self.url, self.own, self.body, self.has_length, self.plain_head()
        )

    def with_body(self, body: bytes) -> Request:
        """The same with another body."""
        return Request(self.method, self.url, self.own, body, True, self.plain)

    def to_h11(self, *, target: str | None = None, extra: Fields = ()) -> h11.Request:
        """The HTTP/1.1 request. `target` replaces the path where a proxy needs the whole URL."""
        fields = [("host", self.url.authority), *self.fields, *extra]
        return h11.Request(
            method=self.method,
            target=target or self.url.target,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in fields],
        )


class Head(Struct, frozen=True):
    """A response's first part. Field names are lower-case; repeated fields are joined by ", "."""

    status_code: int
    headers: dict[str, str]


class Framing:
    """How much of a response is no body: chunk heads, frames, padding. It is parsed piece by piece,
    so a body in pieces of a byte costs a hundred times what its size says, and a flood of frames
    that are no body costs as much as its sender likes. Written by the task that reads it."""

    def __init__(self) -> None:
        self._all_bytes = 0
        self._body_bytes = 0

    def received(self, size_bytes: int) -> None:
        """So much came, of whatever it is."""
        self._all_bytes += size_bytes

    def is_body(self, size_bytes: int) -> None:
        """So much of it was of the body."""
        self._body_bytes += size_bytes

    @property
    def is_excessive(self) -> bool:
        other_bytes = self._all_bytes - self._body_bytes
        return other_bytes > FRAMING_BYTES + self._body_bytes // FRAMING_PART


def reason_of(error: Exception) -> str:
    """What a protocol library found wrong, short and printable whatever of the remote it quotes."""
    text = "".join(each if each.isprintable() else "?" for each in str(error)[:MAX_REASON_CHARS])
    return text if len(text) < MAX_REASON_CHARS else text + "…"


def joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fields as `Head` has them; the names are lower-case already."""
    headers: dict[str, str] = {}
    for name, value in fields:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def compose(method: str, url: Url, headers: Fields, body: bytes | None) -> Request:
    """Check and complete a request. Raises HttpProtocolError for what cannot be sent."""
    if _TOKEN.fullmatch(method) is None:
        raise HttpProtocolError(f"{method[:50]!r} is not a method")
    named = set()
    for name, value in headers:
        if _TOKEN.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            raise HttpProtocolError(f"the header {name[:50]!r} cannot be sent")
        named.add(name.lower())
    missing = [pair for pair in _DEFAULTS if pair[0] not in named]
    has_length = body is not None or method not in _WITHOUT_BODY
    return Request(method, url, (*headers, *missing), body, has_length)
