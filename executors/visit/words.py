"""What went wrong with a step, in words for the user. Pure.

Playwright's own messages quote the call with all its arguments (a filled-in password, too): only
what is recognised in them is told, and of others the first line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from playwright.async_api import Error, TimeoutError

from executors.urls import parse_url

_CALL = re.compile(r"\A\w+\.\w+: ")
_NET_ERROR = re.compile(r"net::(ERR_\w+)")
_NET_WORDS = {
    "ERR_NAME_NOT_RESOLVED": "there is no host of this name",
    "ERR_CONNECTION_REFUSED": "the host refused the connection",
    "ERR_CONNECTION_RESET": "the host broke the connection off",
    "ERR_CONNECTION_CLOSED": "the host closed the connection",
    "ERR_EMPTY_RESPONSE": "the host answered nothing",
    "ERR_TIMED_OUT": "the host did not answer in time",
    "ERR_CONNECTION_TIMED_OUT": "the host did not answer in time",
    "ERR_TUNNEL_CONNECTION_FAILED": "no connection came about",
    "ERR_PROXY_CONNECTION_FAILED": "no connection came about",
    "ERR_TOO_MANY_REDIRECTS": "it redirects without end",
    "ERR_UNSAFE_PORT": "browsers do not open this port",
    "ERR_UNSAFE_REDIRECT": "it redirects to an address that pages may not lead to",
    "ERR_ABORTED": "the page did not answer with a page",
    "ERR_HTTP_RESPONSE_CODE_FAILURE": "the host answered with an error and nothing else",
    "ERR_INVALID_AUTH_CREDENTIALS": "the proxy or the page refused the credentials",
}
# Nothing has reached the site, or nothing came back: another try may go better.
_PASSING = re.compile(
    r"ERR_(CONNECTION_\w+|EMPTY_RESPONSE|TIMED_OUT|NAME_NOT_RESOLVED|TUNNEL_CONNECTION_FAILED"
    r"|PROXY_CONNECTION_FAILED|NETWORK_\w+|ADDRESS_UNREACHABLE|HTTP2_\w+|INCOMPLETE_\w+)"
)
_FIELDS = ("selector", "text", "url")


def net_error(error: Error) -> str | None:
    """Chromium's name for why a page did not load."""
    found = _NET_ERROR.search(error.message)
    return None if found is None else found[1]


def is_passing(name: str) -> bool:
    """Whether that may be better soon."""
    return _PASSING.fullmatch(name) is not None


def net_words(name: str) -> str:
    known = _NET_WORDS.get(name)
    return name if known is None else f"{known} ({name})"


def reason_of(error: Error, step: Mapping[str, Any], waited_s: float) -> str:
    """For any step but a goto."""
    if isinstance(error, TimeoutError):
        return f"waited {waited_s:g} s: {_waited_for(error.message, step)}"
    if (name := net_error(error)) is not None:
        return net_words(name)
    return _CALL.sub("", error.message.partition("\n")[0])


def _waited_for(message: str, step: Mapping[str, Any]) -> str:
    if step["do"] == "wait_for" and "url" in step:
        return f"the address did not become {step['url']!r}"
    target = " ".join(repr(step[field]) for field in _FIELDS if field in step) or "the page"
    if "intercepts pointer events" in message:
        return f"something else covers {target}"
    if step["do"] in ("wait_for", "expect_text") or "resolved to" not in message:
        return f"the page has no visible {target}"
    return f"{target} is there, but hidden, disabled or moving"


def place_of(url: str) -> str | None:
    """`host:port`, as refusals name it."""
    try:
        parsed = parse_url(url)
    except ValueError:
        return None
    return parsed.origin.partition("//")[2]
