"""Looks at the frames that the server sends by a WebSocket. Used by `wire`."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

KINDS = frozenset({"snapshot", "status", "delta", "pong", "error"})
_FINAL = 0x80


def problem_of_frames(received: bytes) -> str | None:
    """What is wrong with all that came after the handshake's answer, or None."""
    _, _, data = received.partition(b"\r\n\r\n")
    for first, payload in _frames(data):
        if not first & _FINAL or first & 0x70:
            return f"a frame begins with {first:#x}"
        match first & 0x0F:
            case 1:
                if problem := _message_problem(payload):
                    return problem
            case 8:
                if len(payload) == 1:
                    return "a close frame has half a code"
            case 9 | 10:
                pass
            case other:
                return f"a frame of kind {other}"
    return None


def _frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(first byte, payload) of each whole frame. The server's are not masked."""
    while len(data) >= 2:
        first, size = data[0], data[1] & 0x7F
        start = {126: 4, 127: 10}.get(size, 2)
        if len(data) < start:
            return
        if size == 126:
            size = struct.unpack("!H", data[2:4])[0]
        elif size == 127:
            size = struct.unpack("!Q", data[2:10])[0]
        if len(data) < start + size:
            return
        yield first, data[start : start + size]
        data = data[start + size :]


def _message_problem(payload: bytes) -> str | None:
    try:
        message = json.loads(payload)
    except ValueError:
        return f"a message is no JSON: {payload[:200]!r}"
    if not isinstance(message, dict) or message.get("type") not in KINDS:
        return f"a message of no known type: {payload[:200]!r}"
    if message["type"] == "error" and set(message["error"]) != {"code", "message", "details"}:
        return f"an error in another shape: {payload[:200]!r}"
    return None
