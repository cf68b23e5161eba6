"""The table of what is taken for what, as a picture. Used by `executors.train.run`, in the jail.

A row is what pictures are, a column what they are taken for; the more of a row, the darker. Names
of labels stand beside their rows as far as the font has them: all have their numbers, which are
those of the rows of `confusion.csv`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

# A table of few labels has large cells; one of a thousand is a picture of dots.
TABLE_PIXELS = 1_200
_CELL_MIN, _CELL_MAX, CELL_WITH_TEXT = 2, 56, 12
_NAME_CHARS = 24
_EDGE = 12
_PAPER, _INK, _GRID = (255, 255, 255), (34, 34, 34), (210, 210, 210)
_RIGHT, _WRONG = (38, 104, 178), (190, 60, 44)


def drawn(labels: Sequence[str], confusion: NDArray[np.int64]) -> bytes:
    """A PNG."""
    cell = max(_CELL_MIN, min(_CELL_MAX, TABLE_PIXELS // len(labels)))
    return _Table(labels, confusion, cell).png()


class _Table:
    """One picture, drawn by `png`."""

    def __init__(self, labels: Sequence[str], confusion: NDArray[np.int64], cell: int) -> None:
        self._labels, self._confusion, self._cell = labels, confusion, cell
        self._has_text = cell >= CELL_WITH_TEXT
        self._font = ImageFont.load_default(max(8.0, min(14.0, cell * 0.7)))
        self._names = [f"{at}  {_in_latin(label)}".strip() for at, label in enumerate(labels, 1)]
        widest = max(self._font.getlength(name) for name in self._names)
        self._left = _EDGE + (int(widest) + _EDGE if self._has_text else 0)
        self._top = _EDGE + (cell if self._has_text else 0)

    def png(self) -> bytes:
        count, cell = len(self._labels), self._cell
        size = (self._left + count * cell + _EDGE, self._top + count * cell + _EDGE)
        picture = Image.new("RGB", size, _PAPER)
        draw = ImageDraw.Draw(picture)
        sums = np.maximum(self._confusion.sum(axis=1, keepdims=True), 1)
        self._draw_cells(draw, (self._confusion / sums).tolist())
        if self._has_text:
            self._draw_words(draw)
        data = io.BytesIO()
        picture.save(data, "PNG", optimize=True)
        return data.getvalue()

    def _draw_cells(self, draw: ImageDraw.ImageDraw, shares: list[list[float]]) -> None:
        outline = _GRID if self._has_text else None
        counts = self._confusion.tolist()
        for row, cells in enumerate(shares):
            for column, share in enumerate(cells):
                if share or outline:
                    color = _blended(share, _RIGHT if row == column else _WRONG)
                    draw.rectangle(self._box(row, column), fill=color, outline=outline)
                if share and self._has_text:
                    ink = _PAPER if share > 0.5 else _INK
                    self._draw_count(draw, row, column, str(counts[row][column]), ink)

    def _draw_count(
        self,
        draw: ImageDraw.ImageDraw,
        row: int,
        column: int,
        count: str,
        ink: tuple[int, int, int],
    ) -> None:
        """Where it fits into its cell; the table in CSV has them all."""
        if self._font.getlength(count) <= self._cell:
            draw.text(self._middle(row, column), count, ink, self._font, anchor="mm")

    def _draw_words(self, draw: ImageDraw.ImageDraw) -> None:
        for at, name in enumerate(self._names):
            _, middle = self._middle(at, at)
            draw.text((self._left - _EDGE / 2, middle), name, _INK, self._font, anchor="rm")
            across, _ = self._middle(at, at)
            draw.text((across, self._top - 4), str(at + 1), _INK, self._font, anchor="mb")

    def _box(self, row: int, column: int) -> tuple[int, int, int, int]:
        left, top = self._left + column * self._cell, self._top + row * self._cell
        return left, top, left + self._cell, top + self._cell

    def _middle(self, row: int, column: int) -> tuple[float, float]:
        left, top, right, bottom = self._box(row, column)
        return (left + right) / 2, (top + bottom) / 2


def _blended(share: float, color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Even one picture of many is to be seen."""
    strength = 0.12 + 0.88 * share if share else 0.0
    red, green, blue = (round(255 + (part - 255) * strength) for part in color)
    return red, green, blue


def _in_latin(label: str) -> str:
    """What the font can show of it; nothing where that is not all."""
    half = (_NAME_CHARS - 3) // 2
    # The end of a long name is where it differs from the next one, as often as not.
    short = label if len(label) <= _NAME_CHARS else f"{label[:half]}...{label[-half:]}"
    return short if short.isascii() else ""
