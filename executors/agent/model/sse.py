"""Takes the data of server-sent events out of bytes as they come. Pure.

Used by `executors.agent.model.client`. Names of events, ids and comments are passed over: an
endpoint that keeps its connection warm sends some. Lines may end as they like, and pieces may be
cut anywhere, within a character too.
"""

from __future__ import annotations

MAX_LINE_BYTES = 4 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"


class LineTooLong(ValueError):
    """A line has more than `MAX_LINE_BYTES`."""


class Events:
    """Of one stream. Written by the task that reads it."""

    def __init__(self) -> None:
        # The pieces of a line that has not ended, and their size.
        self._begun: list[bytes] = []
        self._begun_bytes = 0
        # The lines of data of an event that has not ended.
        self._data: list[bytes] = []
        self._after_return = False
        self._is_first = True

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of every event that has ended by it. Raises LineTooLong."""
        *ended, begun = self._plain(piece).split(b"\n")
        found: list[bytes] = []
        if ended:
            self._begun.append(ended[0])
            ended[0] = b"".join(self._begun)
            self._begun, self._begun_bytes = [], 0
            for line in ended:
                self._line(line, found)
        if begun:
            self._begun.append(begun)
            self._begun_bytes += len(begun)
            if self._begun_bytes > MAX_LINE_BYTES:
                raise LineTooLong(f"a line of its stream has more than {MAX_LINE_BYTES:,} bytes")
        return found

    def finish(self) -> list[bytes]:
        """The stream is over: what of it has not been closed by an empty line, if anything."""
        return self.feed(b"\n\n")

    def _plain(self, piece: bytes) -> bytes:
        """With newlines only, whatever its lines end in."""
        if self._after_return and piece.startswith(b"\n"):
            piece = piece[1:]
            self._after_return = False
        if b"\r" not in piece:
            self._after_return = self._after_return and not piece
            return piece
        self._after_return = piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _line(self, line: bytes, found: list[bytes]) -> None:
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                found.append(b"\n".join(self._data))
                self._data = []
        elif line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif line == b"data":
            self._data.append(b"")
