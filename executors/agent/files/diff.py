"""A unified diff for people, in a time that hostile text cannot stretch. Pure.

The search for the shortest edit (Myers, 1986) ends after `MAX_EDITS` or `MAX_STEPS`; what differs
more is shown as one piece taken out and one put in, which is as true.
Used by `executors.agent.files.changes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

MAX_EDITS = 400
# Lines that are compared.
MAX_STEPS = 400_000
MAX_LINE_CHARS = 2_000
CONTEXT = 3
CUT = "... (the diff is longer; it was cut here)\n"


class Piece(Struct, frozen=True, gc=False):
    """Lines `old_start` to `old_end` became `new_start` to `new_end`."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def unified(path: str, old: str | None, new: str | None, limit_chars: int) -> str:
    """From one text to the other; None: there was, or is, no file."""
    before, after = _lines(old or ""), _lines(new or "")
    pieces = changed_pieces(before, after)
    if not pieces and (old is None) == (new is None):
        return ""
    built = [
        f"--- {'/dev/null' if old is None else 'a/' + path}\n",
        f"+++ {'/dev/null' if new is None else 'b/' + path}\n",
    ]
    size = sum(map(len, built))
    for line in _written(before, after, pieces):
        size += len(line)
        if size > limit_chars:
            built.append(CUT)
            break
        built.append(line)
    return "".join(built)


def changed_pieces(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    """Where they differ, in order."""
    start = _same_start(before, after)
    end = _same_end(before, after, start)
    numbers: dict[str, int] = {}
    old = [numbers.setdefault(line, len(numbers)) for line in before[start : len(before) - end]]
    new = [numbers.setdefault(line, len(numbers)) for line in after[start : len(after) - end]]
    if not old and not new:
        return []
    # A new file, or one that is written anew, has no line of what was there: all would be searched.
    trace = None if set(old).isdisjoint(new) else _search(old, new)
    if trace is None:
        return [Piece(start, start + len(old), start, start + len(new))]
    return _joined(_walk_back(trace, len(old), len(new)), start)


def _lines(text: str) -> list[str]:
    """Only a line feed ends one: other ends are part of the line, as they are of the file."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _same_start(before: Sequence[str], after: Sequence[str]) -> int:
    most = min(len(before), len(after))
    return next((at for at in range(most) if before[at] != after[at]), most)


def _same_end(before: Sequence[str], after: Sequence[str], start: int) -> int:
    most = min(len(before), len(after)) - start
    return next((at for at in range(most) if before[-1 - at] != after[-1 - at]), most)


def _search(old: Sequence[int], new: Sequence[int]) -> list[dict[int, int]] | None:
    """How far each diagonal got after each number of edits; None where more are needed."""
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    steps = 0
    for edits in range(min(MAX_EDITS, len(old) + len(new)) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits
                and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            x = furthest.get(diagonal + 1, 0) if down else furthest.get(diagonal - 1, 0) + 1
            begun, y = x, x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            steps += 1 + x - begun
            if x >= len(old) and y >= len(new):
                return trace
            if steps > MAX_STEPS:
                return None
    return None


def _walk_back(trace: Sequence[dict[int, int]], x: int, y: int) -> Iterator[tuple[int, int, bool]]:
    """The edits from the last to the first: where, and whether a line was put in (or taken out)."""
    for edits in range(len(trace) - 1, 0, -1):
        furthest = trace[edits]
        diagonal = x - y
        down = diagonal == -edits or (
            diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
        )
        before = diagonal + 1 if down else diagonal - 1
        x = furthest.get(before, 0)
        y = x - before
        yield x, y, down


def _joined(edits: Iterator[tuple[int, int, bool]], start: int) -> list[Piece]:
    """Edits that touch are one piece."""
    pieces: list[Piece] = []
    for x, y, put_in in edits:
        piece = Piece(start + x, start + x + (not put_in), start + y, start + y + put_in)
        if pieces and (piece.old_end, piece.new_end) == (
            pieces[-1].old_start,
            pieces[-1].new_start,
        ):
            later = pieces.pop()
            piece = Piece(piece.old_start, later.old_end, piece.new_start, later.new_end)
        pieces.append(piece)
    return pieces[::-1]


def _written(before: Sequence[str], after: Sequence[str], pieces: Sequence[Piece]) -> Iterator[str]:
    for group in _grouped(pieces):
        first, last = group[0], group[-1]
        ahead = min(CONTEXT, first.old_start)
        behind = min(CONTEXT, len(before) - last.old_end)
        old_at, old_to = first.old_start - ahead, last.old_end + behind
        new_at, new_to = first.new_start - ahead, last.new_end + behind
        yield f"@@ -{_range(old_at, old_to)} +{_range(new_at, new_to)} @@\n"
        at = old_at
        for piece in group:
            yield from (_marked(" ", line) for line in before[at : piece.old_start])
            yield from (_marked("-", line) for line in before[piece.old_start : piece.old_end])
            yield from (_marked("+", line) for line in after[piece.new_start : piece.new_end])
            at = piece.old_end
        yield from (_marked(" ", line) for line in before[at:old_to])


def _grouped(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    for piece in pieces:
        if group and piece.old_start - group[-1].old_end > 2 * CONTEXT:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _range(start: int, end: int) -> str:
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _marked(mark: str, line: str) -> str:
    text = line.removesuffix("\n")
    cut = text if len(text) <= MAX_LINE_CHARS else text[:MAX_LINE_CHARS] + "..."
    end = "" if line.endswith("\n") else "\\ No newline at end of file\n"
    return f"{mark}{cut}\n{end}"
