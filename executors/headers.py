"""The rules for header fields that a job sends along, for the plans and runs of several kinds.

Pure. A rule answers None, or the reason it refuses with.
"""

from __future__ import annotations

import re
from typing import Any

MAX_HEADERS = 100
MAX_HEADER_BYTES = 8 * 1024

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

# They belong to the connection or to the message's framing, which are not the user's to set.
_OURS = frozenset(
    [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
_SECRET = re.compile(
    r"auth|cookie|token|secret|passw|passphrase|session|credential|signature|jwt|csrf|xsrf"
    r"|api[-_.]?key|(?:\A|[-_.])(?:key|pwd|pass|sid)\Z",
    re.I,
)


def is_secret(name: str) -> bool:
    """True for a field whose value must not be stored with the job or sent to another origin."""
    return _SECRET.search(name) is not None


def headers_reason(value: Any) -> str | None:
    """Why these headers (an object of strings) cannot be sent."""
    if not isinstance(value, dict):
        return "must be an object of names and values"
    if len(value) > MAX_HEADERS:
        return f"must not have more than {MAX_HEADERS} entries"
    seen = set()
    for name, content in value.items():
        if (reason := _field_reason(name, content)) is not None:
            return reason
        if name.lower() in seen:
            return f"{name} is given twice"
        seen.add(name.lower())
    return None


def user_agent_reason(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "must be text"
    return headers_reason({"user-agent": value})


def _field_reason(name: str, content: Any) -> str | None:
    if _TOKEN.fullmatch(name) is None:
        return f"{name[:50]!r} is not a valid header name"
    if name.lower() in _OURS:
        return f"{name} is set by the server itself"
    if not isinstance(content, str):
        return f"the value of {name} must be text"
    if len(content) > MAX_HEADER_BYTES:
        return f"the value of {name} is longer than {MAX_HEADER_BYTES} bytes"
    if _VALUE.fullmatch(content) is None:
        return f"the value of {name} contains characters that headers cannot carry"
    return None
