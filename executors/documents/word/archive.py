"""The archive of a document, written by hand: what all documents of a template share is packed
once, and only what differs is packed again for each.

Used by `executors.documents.word.document`. The shared entries come first, so that their places
never change; dates are fixed, so that the same values make the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

# The oldest date that a ZIP can say, as Word writes it too.
_TIME, _DATE = 0, 0x0021
_VERSION = 20
_DEFLATED, _STORED = 8, 0
# Names are UTF-8.
_FLAGS = 0x0800
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_SHARED_LEVEL, _OWN_LEVEL = 9, 1
# Their bytes are packed already.
_PACKED = (".png", ".jpg", ".jpeg", ".gif")

Entry = tuple[str, bytes]


class Archive:
    """The shared entries, packed. `write` adds those of one document."""

    def __init__(self, shared: Iterable[Entry]) -> None:
        local: list[bytes] = []
        central: list[bytes] = []
        at = 0
        for name, data in shared:
            level = 0 if name.lower().endswith(_PACKED) else _SHARED_LEVEL
            head, body, record = _entry(name, data, level, at)
            local += (head, body)
            central.append(record)
            at += len(head) + len(body)
        self._local = b"".join(local)
        self._central = b"".join(central)
        self._count = len(central)

    def write(self, own: Iterable[Entry]) -> bytes:
        """One document. The names must be none of the shared ones."""
        pieces, records = [self._local], [self._central]
        at, count = len(self._local), self._count
        for name, data in own:
            head, body, record = _entry(name, data, _OWN_LEVEL, at)
            pieces += (head, body)
            records.append(record)
            at += len(head) + len(body)
            count += 1
        central = b"".join(records)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(central), at, 0)
        return b"".join((*pieces, central, end))


def _entry(name: str, data: bytes, level: int, at: int) -> tuple[bytes, bytes, bytes]:
    """What stands before the bytes, the bytes, and their record in the directory."""
    body = _deflated(data, level) if level else data
    method = _DEFLATED if level else _STORED
    sizes = (zlib.crc32(data), len(body), len(data))
    text = name.encode()
    common = (_VERSION, _FLAGS, method, _TIME, _DATE, *sizes, len(text), 0)
    head = _LOCAL.pack(b"PK\x03\x04", *common) + text
    record = _CENTRAL.pack(b"PK\x01\x02", _VERSION, *common, 0, 0, 0, 0, at) + text
    return head, body, record


def _deflated(data: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()
