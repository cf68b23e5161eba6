"""What an address of a crawl is known by: two that lead to the same page have one key. Pure.

Used by `executors.crawl` in the server (seeds), in workers and in their helpers (links).
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from w3lib.url import canonicalize_url

from executors.urls import parse_url

# They say who came and from where, and not what is there.
_SESSIONS = frozenset(
    [
        "phpsessid", "jsessionid", "sessionid", "session_id", "sid", "cfid", "cftoken", "zenid",
        "oscsid", "gclid", "fbclid", "msclkid",
    ]
)  # fmt: skip
_UTM = "utm_"
_ASP = "aspsessionid"
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.I)
# Nothing in such an address could be written in another way.
_PLAIN = re.compile(r"https?://[a-z0-9.:\[\]-]+(?:/(?!\.)[A-Za-z0-9._~-]*)+")


def key_of(text: str) -> str:
    """The one spelling of an address, without its fragment and what only names a session. Raises
    ValueError with a reason for the user."""
    url = parse_url(text).text
    if _PLAIN.fullmatch(url) is not None:
        return url
    if ";" in url:
        url = _PATH_SESSION.sub("", url)
    head, mark, query = url.partition("?")
    if mark:
        url = head + _kept(query)
    canonical: str = canonicalize_url(url)
    return canonical


def _kept(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _is_session(pair[0].lower())]
    if len(kept) == len(pairs):
        return f"?{query}"
    return f"?{urlencode(kept)}" if kept else ""


def _is_session(name: str) -> bool:
    return name in _SESSIONS or name.startswith((_UTM, _ASP))
