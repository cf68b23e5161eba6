"""How a secret reads where it was coded as text on its way: base64 and hexadecimal digits. Pure.

Used by whatever takes secrets out of texts: servers and models show what they were sent in such
forms, too.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

# A shorter piece stands in too many texts that have nothing to do with it.
MIN_CODED_CHARS = 12


def coded_forms(secret: str) -> tuple[str, ...]:
    """As it stands in any longer text that was coded as a whole, the longest first."""
    data = secret.encode("utf-8", "replace")
    found = {data.hex(), data.hex().upper(), *_in_base64(data)}
    return tuple(sorted((each for each in found if len(each) >= MIN_CODED_CHARS), key=_longest))


def _in_base64(data: bytes) -> Iterator[str]:
    """Three bytes are four characters: so it stands in three ways, by how many bytes are before it.
    Characters that are in part of its neighbours are left out."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        yield coded[first:last]
        yield coded[first:last].replace("+", "-").replace("/", "_")


def _longest(form: str) -> tuple[int, str]:
    return -len(form), form
