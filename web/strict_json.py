"""The one JSON loader of the front end: what is not plain, finite, unambiguous JSON is refused.

orjson checks grammar, UTF-8, surrogates and infinities. It does not see what the grammar allows
and JSON readers disagree about: duplicate keys, integers beyond 64 bits (they become floats) and
nesting. Those are read off the *skeleton*, the text with its strings taken out, by scans that run
in C. Called by everything in `web` that takes JSON from outside.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any

import orjson

from web.json_place import place_of

MAX_DEPTH = 64
# Keys in one text, and objects and arrays. They cost most to build, in one step that holds the
# interpreter's lock and with it the loop, whatever thread it is in: so many, 0.1 s.
MAX_MEMBERS = 500_000
# Values of any kind cost less, and may be so many times as many.
_VALUES_A_MEMBER = 2

# So much text is scanned in one step: a step holds the interpreter's lock, and with it the loop.
WINDOW_BYTES = 256 * 1024
# Numbers that could pass 64 bits: nothing shorter can. Looked for as text, since an expression that
# counts digits reads most of them many times.
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
# The same in a text that has its strings, which are passed over.
_NUMBER_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"|-?[0-9][0-9.eE+-]*+', re.DOTALL)
# Brackets as steps, in signed bytes: one level down, one up.
_STEPS = bytes.maketrans(b"[]{}", b"\x01\xff\x01\xff")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_INT_MIN, _INT_MAX = -(2**63), 2**64 - 1
_INT_MAX_DIGITS = 20


class InvalidJson(Exception):
    """The text is not acceptable JSON. `reason` is fit for the user; `where` says where, `field`
    in which of its fields, as far as that is known."""

    def __init__(self, reason: str, where: str = "", field: str = "") -> None:
        told = f"{where}, in {field}" if field else where
        super().__init__(f"{reason} ({told})" if told else reason)
        self.reason = reason
        self.where = where
        self.field = field


def loads(data: bytes, *, max_depth: int = MAX_DEPTH, max_members: int = MAX_MEMBERS) -> Any:
    """Parse one JSON text. Raises InvalidJson. Linear in its size, whatever it holds."""
    skeleton = _skeleton(data)
    # In valid JSON each colon outside a string belongs to exactly one key.
    colons = skeleton.count(b":")
    if colons > max_members:
        raise InvalidJson(f"more than {max_members:,} keys")
    # And each comma to a value after the first of its object or array.
    if skeleton.count(b",") > _VALUES_A_MEMBER * max_members:
        raise InvalidJson(f"more than {_VALUES_A_MEMBER * max_members:,} values")
    _check_nesting(skeleton, max_depth, max_members)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _refusal(data, error) from None
    _check_integers(skeleton, data)
    if colons and colons != _count_keys(value):
        raise _duplicate(data)
    return value


def _skeleton(data: bytes) -> bytes:
    """The text without its strings. Right for valid JSON, and for broken text up to its mistake."""
    # With escapes gone, quotes open and close strings by turns, and windows may cut anywhere.
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in data else data
    outside: list[bytes] = []
    within = 0
    for start in range(0, len(plain), WINDOW_BYTES):
        parts = plain[start : start + WINDOW_BYTES].split(b'"')
        outside.append(b"".join(parts[within::2]))
        within ^= (len(parts) - 1) & 1
    return b"".join(outside)


def _refusal(data: bytes, error: orjson.JSONDecodeError) -> InvalidJson:
    reason = error.msg.partition(": line ")[0]
    if reason.startswith("depth limit"):
        return InvalidJson(f"nested deeper than {MAX_DEPTH} levels", f"character {error.pos}")
    if reason.startswith("str is not valid UTF-8"):
        return InvalidJson("not UTF-8", _bad_byte(data))
    place = place_of(error.doc, error.pos)
    return InvalidJson(reason, str(place), place.field)


def _bad_byte(data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start}"
    return ""


def _check_nesting(skeleton: bytes, max_depth: int, max_members: int) -> None:
    """Before parsing, since building the values is what costs. Broken text may pass here."""
    steps = skeleton.translate(_STEPS, _NOT_BRACKETS)
    if len(steps) > 2 * max_members:
        raise InvalidJson(f"more than {max_members:,} objects and arrays")
    level = 0
    for start in range(0, len(steps), WINDOW_BYTES):
        window = memoryview(steps)[start : start + WINDOW_BYTES].cast("b")
        if max(accumulate(window, initial=level)) > max_depth:
            raise InvalidJson(f"nested deeper than {max_depth} levels")
        level += sum(window)


def _check_integers(skeleton: bytes, data: bytes) -> None:
    if _LONG_NUMBER not in skeleton.translate(_TO_ZERO):
        return
    if any(_is_too_big(match.group().decode()) for match in _NUMBER.finditer(skeleton)):
        raise _too_big(data.decode())


def _is_too_big(number: str) -> bool:
    if len(number) < _INT_MAX_DIGITS - 1 or not number.lstrip("-").isdigit():
        return False
    return len(number) > _INT_MAX_DIGITS or not _INT_MIN <= int(number) <= _INT_MAX


def _too_big(text: str) -> InvalidJson:
    """Find the number for the message: only for texts that are refused."""
    found = _NUMBER_OR_STRING.finditer(text)
    at = next(match.start() for match in found if _is_too_big(match.group()))
    place = place_of(text, at)
    return InvalidJson("an integer does not fit in 64 bits", str(place), place.field)


def _count_keys(value: Any) -> int:
    """Keys of all objects in it. The depth is known to be small, the breadth is not."""
    count = 0
    layer = [value]
    while layer:
        below: list[Any] = []
        for node in layer:
            if type(node) is dict:
                count += len(node)
                below += [child for child in node.values() if type(child) in (dict, list)]
            elif type(node) is list:
                below += [child for child in node if type(child) in (dict, list)]
        layer = below
    return count


def _duplicate(data: bytes) -> InvalidJson:
    """Find the key for the message: only for texts that are refused."""
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen and not found:
                found.append(key)
            seen.add(key)

    json.loads(data, object_pairs_hook=pairs, parse_int=len, parse_float=len)
    return InvalidJson("an object has the same key twice", repr(found[0][:80]))
