"""How the address of a user's proxy must look, and how it is shown. Pure; for plans and runs."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from executors.urls import normalize_host

_SCHEMES = ("http", "https", "socks5", "socks5h")
_VISIBLE = re.compile(r"[!-~]{1,2000}")
_CREDENTIALS = re.compile(r"(//)[^/]*@")


def proxy_reason(text: object) -> str | None:
    """Why this is no proxy address: `scheme://[user:password@]host[:port]`."""
    if not isinstance(text, str) or _VISIBLE.fullmatch(text) is None:
        return "must be the address of a proxy, in visible ASCII characters"
    try:
        parts = urlsplit(text)
        port = parts.port
        host = normalize_host(parts.hostname or "")
    except ValueError:
        # Why is not said: a password with a slash is read as a port, and would be quoted.
        return "is not a valid proxy address"
    if parts.scheme not in _SCHEMES:
        return f"must begin with {', '.join(scheme + '://' for scheme in _SCHEMES)}"
    if not host or port == 0 or parts.path not in ("", "/") or parts.query or parts.fragment:
        return "must be scheme://[user:password@]host[:port]"
    credentials = unquote((parts.username or "") + (parts.password or ""))
    return None if credentials.isprintable() else "has control characters in its credentials"


def has_credentials(text: str) -> bool:
    return _CREDENTIALS.search(text) is not None


def shown(text: str) -> str:
    """The proxy's address without its user name and password."""
    return _CREDENTIALS.sub(r"\1", text)
