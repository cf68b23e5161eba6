"""What a client of the gateway asks, read strictly, and how it is refused. Pure.

Used by `workers.net.gateway.server` and `.exchange`. A request is either a tunnel
(`CONNECT host:port`) or one plain http fetch (`GET http://host/...`); everything else is refused
here, before a name is looked up. Fields that belong to one connection end here, in both directions.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from http import HTTPStatus

import h11
from msgspec import Struct

from executors.urls import Url, normalize_host, parse_url

REALM = "nightdesk"

_PLACE = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[^:\[\]@/?#\\]+):([0-9]{1,5})")

# They speak of one connection, ours with the client or ours with the server, never of both.
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"trailers",
        b"transfer-encoding",
        b"upgrade",
    }
)

RawFields = list[tuple[bytes, bytes]]


class Refused(Exception):
    """The client gets this status and reason, and its connection is closed. `by_proxy` where the
    proxy that its pass goes through is at fault, and not the target."""

    def __init__(self, status: int, reason: str, *, by_proxy: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.by_proxy = by_proxy


class Tunnel(Struct, frozen=True):
    """Bytes to and from there, unread. `host` is normalised, without brackets."""

    host: str
    port: int


class Fetch(Struct, frozen=True):
    """One plain http request. `fields` are the client's, without those of its connection; its body
    follows as `framing` says, which is none or one field."""

    method: bytes
    url: Url
    fields: tuple[tuple[bytes, bytes], ...]
    framing: tuple[tuple[bytes, bytes], ...]

    def request(self, authorization: str | None, *, whole: bool) -> h11.Request:
        """What is sent on. `whole` names the URL whole, as a proxy further on needs it."""
        target = self.url.text if whole else self.url.target
        fields = [(b"host", self.url.authority.encode()), *self.fields, *self.framing]
        if authorization is not None:
            fields.append((b"proxy-authorization", authorization.encode()))
        fields.append((b"connection", b"close"))
        return h11.Request(method=self.method, target=target.encode(), headers=fields)


def read_ask(request: h11.Request) -> Tunnel | Fetch:
    """What is asked for. Raises Refused."""
    if request.http_version != b"1.1":
        raise Refused(505, "the proxy speaks HTTP/1.1")
    framing = _framing(request)
    if request.method == b"CONNECT":
        if framing:
            raise Refused(400, "a CONNECT request has no body")
        return _tunnel(request.target)
    if _values(request, b"expect"):
        raise Refused(417, "the proxy knows no expectations")
    return Fetch(request.method, _url(request.target), tuple(end_to_end(request.headers)), framing)


def credentials(request: h11.Request) -> tuple[str, str] | None:
    """User name and password of the one Proxy-Authorization field, where it is Basic."""
    values = _values(request, b"proxy-authorization")
    if len(values) != 1:
        return None
    scheme, _, coded = values[0].partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        pair = base64.b64decode(coded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    username, colon, password = pair.partition(":")
    return (username, password) if colon else None


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> RawFields:
    """The fields that are passed on: not those of the connection, nor Host and Content-Length,
    which are written anew from what was understood."""
    fields = list(headers)
    named = {
        name.strip().lower()
        for field, value in fields
        if field in (b"connection", b"proxy-connection")
        for name in value.split(b",")
    }
    dropped = _HOP_BY_HOP | named | {b"host", b"content-length", b"expect"}
    return [(name, value) for name, value in fields if name not in dropped]


def refusal(refused: Refused, *, to_head: bool = False) -> bytes:
    """The whole answer. `to_head`: the request was a HEAD, whose answer has no body."""
    body = f"{refused.reason}\n".encode()
    lines = [
        f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}",
        "content-type: text/plain; charset=utf-8",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        f"content-length: {len(body)}",
        "connection: close",
    ]
    if refused.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        lines.append(f'proxy-authenticate: Basic realm="{REALM}"')
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if to_head else body)


def _tunnel(target: bytes) -> Tunnel:
    match = _PLACE.fullmatch(target)
    if match is None:
        raise Refused(400, "CONNECT names a host and a port")
    host, port = match.group(1).decode("latin-1"), int(match.group(2))
    if not 0 < port < 65_536:
        raise Refused(400, f"{port} is not a valid port")
    try:
        return Tunnel(normalize_host(host.removeprefix("[").removesuffix("]")), port)
    except ValueError as error:
        raise Refused(400, str(error)) from error


def _url(target: bytes) -> Url:
    if not target[:7].lower() == b"http://":
        raise Refused(400, "the proxy fetches http: addresses and connects by CONNECT")
    try:
        return parse_url(target.decode("latin-1"))
    except ValueError as error:
        raise Refused(400, str(error)) from error


def _framing(request: h11.Request) -> tuple[tuple[bytes, bytes], ...]:
    """How long the body is, in one field. Both fields at once are an attempt to be read in two
    ways, and h11 has refused contradicting lengths and unknown codings already."""
    coded = _values(request, b"transfer-encoding")
    lengths = _values(request, b"content-length")
    if coded and lengths:
        raise Refused(400, "a request has a length or a transfer coding, not both")
    if coded:
        return ((b"transfer-encoding", b"chunked"),)
    return ((b"content-length", lengths[0]),) if lengths else ()


def _values(request: h11.Request, name: bytes) -> list[bytes]:
    return [value for field, value in request.headers if field == name]
