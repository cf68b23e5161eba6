"""The last lines that a program has printed, within bounds. Written by its reader, read by all.

Bars that draw themselves anew (a carriage return, no new line) are one line, always the newest.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from actors.ports.webui import WebUILine
from state.text import inert

MAX_LINES = 500
MAX_LINE_CHARS = 2_000
_MAX_OPEN_BYTES = 4 * MAX_LINE_CHARS
# A carriage return that ends what has come so far may be half of an end of line.
_END = re.compile(rb"(\r\n|\n|\r(?=[^\n]))")
HIDDEN = "***"


class Lines:
    """`secrets` stand in no line."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = tuple(filter(None, secrets))
        # All below are written by `feed` and `end`.
        self._kept: deque[WebUILine] = deque(maxlen=MAX_LINES)
        self._number = 0
        # What has no end yet, and whether what is kept last is drawn anew by what comes.
        self._open = b""
        self._drawn = False

    def feed(self, data: bytes) -> None:
        *parts, self._open = _END.split(self._open + data)
        self._open = self._open[:_MAX_OPEN_BYTES]
        passed_over = max(0, len(parts) // 2 - MAX_LINES)
        self._number += passed_over
        lines = zip(parts[2 * passed_over :: 2], parts[2 * passed_over + 1 :: 2], strict=True)
        for line, end in lines:
            self._keep(line, drawn=end == b"\r")

    def end(self) -> None:
        """The program has ended: what is open is its last line."""
        line, self._open = self._open, b""
        self._keep(line, drawn=False)

    def say(self, text: str) -> None:
        """A line of ours."""
        self.end()
        self._keep(text.encode(), drawn=False)

    def after(self, number: int) -> list[WebUILine]:
        return [line for line in self._kept if line.number > number]

    def last(self, count: int) -> list[str]:
        return [line.text for line in list(self._kept)[-count:]]

    def _keep(self, line: bytes, *, drawn: bool) -> None:
        text = self._shown(line)
        if not text:
            return
        if self._drawn:
            self._kept.pop()
        self._number += 1
        self._kept.append(WebUILine(self._number, text))
        self._drawn = drawn

    def _shown(self, line: bytes) -> str:
        text = line.decode("utf-8", "replace").rstrip()
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return inert(text[:MAX_LINE_CHARS])
