"""Text from outside, before anybody sees it: made inert, and rid of what is secret.

The one place for both. Pure. `nightdesk.logs` and the command line make inert what they write;
the log takes out what looks like a secret; a worker takes its job's own secrets out of what it
tells (`workers.hosted`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from urllib.parse import unquote, urlsplit

# Without brackets: in an address they would be read as those of an IPv6 one.
HIDDEN = "***"

# No script stacks more marks on one letter; floods of them write over other lines.
MAX_MARKS = 6
_MARKED = {"Mn", "Me"}

# A shorter value is not looked for in texts: it would be found in words that have nothing to hide.
MIN_SECRET_CHARS = 6
# Of a longer one so much is looked for, and then as much of it as follows.
_BEGINNING_CHARS = 24

# A compact JWT of any kind: its header begins with `{"`. Looked for once in each run of characters
# that it may have, so that no text costs more than its length.
_TOKEN = r"(?<![\w-])(?=[\w-]*(?-i:eyJ)[\w-]{4})[\w-]++\.[\w-]*+\.[\w-]*"
_HOLDS_TOKEN = re.compile(_TOKEN)
_FIELDS = r"authorization|cookie|set-cookie|x-session-id|idempotency-key|x-api-key|password|token"
_SECRET = re.compile(
    # The part of an address before its @, a token, a header's value as it is written or printed.
    # A password may have an @ of its own.
    r"(?P<before>://)(?:[^\s/?#@'\"<>]*@)+"
    rf"|{_TOKEN}"
    r"|(?P<scheme>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"
    rf"|(?P<field>\b(?:proxy-)?(?:{_FIELDS})(?:['\"]?\s*[:=]|['\"]\s*,)\s*b?['\"]?)[^'\"\r\n]+",
    re.I,
)
# What opens a share link (`web.ids`).
_SHARE = re.compile(r"\bndv_[\w-]{16,}")
# A desk's id is its key. A job's stands after its desk's hash in a path, and is none.
_DESK_ID = re.compile(
    r"(?<![0-9a-f]{64}/)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I
)


def inert(text: str, *, keep: str = "") -> str:
    """What steers no terminal and turns no line around: every control, direction or invisible
    character, but those to keep, becomes a visible mark; floods of combining marks are cut."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_inert(text, keep, _replacement))


def escaped(text: str, *, keep: str = "") -> str:
    """The same with escapes in the place of marks, for logs: `\\x1b`, `\\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_inert(text, keep, _escape))


def _inert(text: str, keep: str, replace: Callable[[str], str]) -> Iterator[str]:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in _MARKED else 0
        if marks > MAX_MARKS:
            continue
        if char.isprintable() or char in keep:
            yield char
        else:
            yield " " if unicodedata.category(char) == "Zs" else replace(char)


def _replacement(_char: str) -> str:
    return "\N{REPLACEMENT CHARACTER}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def redacted(text: str) -> str:
    """Without what looks like a secret, whoever wrote it. An id of a desk becomes the beginning of
    its hash, by which the log names desks."""
    return _DESK_ID.sub(_hashed, _SHARE.sub(_hashed, _SECRET.sub(_hidden, text)))


def holds_token(text: str) -> bool:
    """Whether there is something like a JWT in it."""
    return _HOLDS_TOKEN.search(text) is not None


def address_shown(address: str) -> str:
    """An address without its name and password, also where it is no valid one: whatever stands
    before its last @."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
    _, at, place = rest.rpartition("@")
    return f"{scheme}{separator}{HIDDEN}@{place}" if at else address


def _hidden(match: re.Match[str]) -> str:
    if match["before"]:
        return f"{match['before']}{HIDDEN}@"
    return f"{match['scheme'] or match['field'] or ''}{HIDDEN}"


def _hashed(match: re.Match[str]) -> str:
    return f"[id {hashlib.sha256(match[0].encode()).hexdigest()[:8]}]"


class KnownSecrets:
    """Takes known values out of texts, wherever they turn up and in the spellings they are sent
    in: a whole header, its token, a proxy's password, what stands behind Basic."""

    def __init__(self, values: Iterable[str]) -> None:
        parts = {part for value in values for part in _parts(value)}
        known = (part for part in parts if len(part) >= MIN_SECRET_CHARS)
        self._known = tuple(sorted(known, key=len, reverse=True))

    def __bool__(self) -> bool:
        return bool(self._known)

    def hidden(self, text: str) -> str:
        for part in self._known:
            text = _without(text, part)
        return text


def _without(text: str, secret: str) -> str:
    """Also the beginning of it counts, where the text was cut short."""
    start = text.find(secret[:_BEGINNING_CHARS])
    while start >= 0:
        pairs = zip(text[start:], secret, strict=False)
        length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        text = text[:start] + HIDDEN + text[start + length :]
        start = text.find(secret[:_BEGINNING_CHARS], start + len(HIDDEN))
    return text


def _parts(value: str) -> Iterator[str]:
    yield value
    scheme, space, rest = value.partition(" ")
    if space and rest:
        yield rest
        if scheme.lower() == "basic":
            yield from _basic(rest)
    if "://" in value:
        yield from _credentials(value)
    for pair in value.split(";"):
        yield pair.partition("=")[2].strip()


def _basic(text: str) -> Iterator[str]:
    try:
        pair = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    yield pair
    yield pair.partition(":")[2]


def _credentials(address: str) -> Iterator[str]:
    pair = urlsplit(address).netloc.rpartition("@")[0]
    password = pair.partition(":")[2]
    yield from (pair, password, unquote(pair), unquote(password))
    yield base64.b64encode(unquote(pair).encode()).decode("ascii")
