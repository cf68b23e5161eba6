"""Where a redirect leads and what is sent there (RFC 9110 15.4). Pure; for `fetch` and `crawl`."""

from __future__ import annotations

from urllib.parse import urljoin

from msgspec import Struct

from executors.headers import is_secret
from executors.urls import parse_url

MAX_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODY_FIELDS = frozenset({"content-type", "content-encoding", "content-language"})


class BadRedirect(Exception):
    """The redirect leads nowhere that may be fetched; the message is fit for the user."""


class Target(Struct, frozen=True):
    """One request of an item: what is sent, and to where."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


def is_redirect(status: int) -> bool:
    return status in _REDIRECTS


def follow(target: Target, status: int, location: str, max_url_bytes: int) -> Target:
    """The next request. Raises BadRedirect."""
    if len(location) > max_url_bytes:
        raise BadRedirect(f"the redirect's address is longer than {max_url_bytes} bytes")
    try:
        # Bytes of a Location were read as Latin-1; those who send raw UTF-8 mean UTF-8.
        joined = urljoin(target.url, location.encode("latin-1").decode())
        old, new = parse_url(target.url), parse_url(joined)
    except ValueError as error:
        raise BadRedirect(f"the redirect leads nowhere: {error}") from error
    method, body = _method_after(target, status)
    headers = target.headers
    if body is None:
        headers = tuple(pair for pair in headers if pair[0].lower() not in _BODY_FIELDS)
    if old.origin != new.origin:
        # What was meant for one origin is not told to another, not even from http to https.
        headers = tuple(pair for pair in headers if not is_secret(pair[0]))
    return Target(method, new.text, headers, body)


def _method_after(target: Target, status: int) -> tuple[str, bytes | None]:
    turns_to_get = (status == 303 and target.method != "HEAD") or (
        status in (301, 302) and target.method == "POST"
    )
    return ("GET", None) if turns_to_get else (target.method, target.body)
