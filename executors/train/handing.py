"""The features of all pictures of a job as one file, for the item that learns from them: a head,
then a row of half floats for each picture. Light: written in the server, read in a worker.

Used by `executors.train.enclosing` and `executors.train.run`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import msgspec

from executors.train.items import Head

FEATURES = 1_280
ROW_BYTES = 2 * FEATURES
_LENGTH = struct.Struct("<I")


def packed(head: Head, rows: Sequence[bytes]) -> bytes:
    """`rows` are those of the examples of the head, in their order."""
    told = msgspec.json.encode(head)
    return b"".join([_LENGTH.pack(len(told)), told, *rows])


def unpacked(data: bytes) -> tuple[Head, memoryview]:
    """The head, and the rows behind it, which are not copied. Raises ValueError."""
    view = memoryview(data)
    (length,) = _LENGTH.unpack_from(view)
    head = msgspec.json.decode(view[_LENGTH.size : _LENGTH.size + length], type=Head)
    rows = view[_LENGTH.size + length :]
    if len(rows) != len(head.examples) * ROW_BYTES:
        raise ValueError(f"{len(head.examples)} examples have {len(rows)} bytes of features")
    return head, rows
