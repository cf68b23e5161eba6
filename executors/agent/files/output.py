"""What a tool says, cut to its limit at the end of a line, with a note how to go on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Output:
    """Lines, as long as there is room."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes
        self._lines: list[str] = []

    def add(self, line: str) -> bool:
        """False, and it is left out, where there is no room for it."""
        size = len(line.encode()) + 1
        if size > self._left:
            return False
        self._left -= size
        self._lines.append(line)
        return True

    def text(self, notes: Sequence[str] = ()) -> str:
        return "\n".join([*self._lines, *notes])


def joined(lines: Iterable[str], limit_bytes: int, more: str, notes: Sequence[str] = ()) -> str:
    """`more` is the note where they were cut."""
    output = Output(limit_bytes)
    for line in lines:
        if not output.add(line):
            return output.text([more, *notes])
    return output.text(notes)


def counted(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"
