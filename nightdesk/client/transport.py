"""What both clients share of sending: options, the shape of a reply, and when to ask again.

The only module of the client that imports httpx.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from msgspec import Struct

from nightdesk.client.calls import Address, Call, decode
from nightdesk.client.errors import NotRunning, Unreachable
from state.text import redacted

T = TypeVar("T")

RETRIES = 4
# A long poll is waited for at the server; the rest is for the way there and back.
POLL_WAIT_S = 25.0
# Least time between two snapshots of a poller.
POLL_INTERVAL_S = 0.25
# Between two tries of a watcher whose server is away, and how long it bears that.
LOST_INTERVAL_S = 1.0
PATIENCE_S = 60.0
CHUNK_BYTES = 256 * 1024

_NOBODY_LISTENS = (httpx.ConnectError, httpx.ConnectTimeout)
_NEVER_CONNECTED = (*_NOBODY_LISTENS, httpx.UnsupportedProtocol, httpx.InvalidURL)


class Reply(Struct, frozen=True):
    """What the server answered."""

    status: int
    body: bytes = b""
    retry_after: str | None = None


class Lost(Struct, frozen=True):
    """No answer came, as a value, so that one rule decides on both."""

    failure: Unreachable
    connected: bool


def options(address: Address, timeout_s: float) -> dict[str, Any]:
    """Arguments of both httpx clients. A proxy of the environment is never asked for loopback."""
    return {
        "base_url": address.url,
        "headers": {"Accept": "application/json", **address.headers},
        "timeout": timeout_s,
        "trust_env": not is_loopback(address.url),
    }


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def arguments(call: Call[Any], timeout_s: float) -> dict[str, Any]:
    """Arguments of `request`."""
    headers = dict(call.headers)
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    return {
        "method": call.method,
        "url": call.path,
        "params": dict(call.params),
        "content": call.body,
        "files": call.form,
        "headers": headers,
        "timeout": timeout_s + call.wait_s,
    }


def reply_of(response: httpx.Response) -> Reply:
    retry_after = response.headers.get("Retry-After")
    return Reply(status=response.status_code, body=response.content, retry_after=retry_after)


def lost(address: Address, error: httpx.HTTPError | httpx.InvalidURL) -> Lost:
    why = redacted(str(error)) or type(error).__name__
    kind = NotRunning if isinstance(error, _NOBODY_LISTENS) else Unreachable
    failure = kind(
        f"no answer from {address.shown}: {why}",
        code="unreachable",
        details={"url": address.shown},
    )
    return Lost(failure=failure, connected=not isinstance(error, _NEVER_CONNECTED))


def pause_before_again(call: Call[Any], tried: int, reply: Reply | Lost) -> float | None:
    """Seconds until the call is sent again, or None: its reply is final.

    Sent again are requests that were turned away (429, 503), and those whose answer was lost where
    a repetition does no harm. That nobody listens is final: the caller should hear it at once.
    """
    if tried > RETRIES:
        return None
    backoff_s: float = 0.1 * 2**tried
    if isinstance(reply, Lost):
        return backoff_s if reply.connected and call.again else None
    if reply.status not in (429, 503):
        return None
    asked = reply.retry_after or ""
    asked_s = float(asked) if asked.isascii() and asked.isdigit() else 0.0
    return min(max(asked_s, backoff_s), 10.0)


def answer_of(address: Address, call: Call[T], reply: Reply | Lost) -> T:
    """The decoded answer. Raises NightdeskError."""
    if isinstance(reply, Lost):
        raise reply.failure
    return decode(address, call, reply.status, reply.body)
