"""What a command has printed: its beginning and its end, within a bound. Pure."""

from __future__ import annotations

LEFT_OUT = "\n... ({} bytes are left out here) ...\n"


class Printed:
    """Written by the one task that reads the command's output."""

    def __init__(self, limit_bytes: int) -> None:
        self._half = limit_bytes // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def feed(self, data: bytes) -> None:
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room < len(data) else b""
        # Cut now and then, so that each byte is moved a few times at most.
        if len(self._tail) > 4 * self._half:
            self._cut()

    def bytes(self) -> bytes:
        self._cut()
        note = LEFT_OUT.format(self._left_out).encode() if self._left_out else b""
        return bytes(self._head) + note + bytes(self._tail)

    def _cut(self) -> None:
        more = max(0, len(self._tail) - self._half)
        del self._tail[:more]
        self._left_out += more
