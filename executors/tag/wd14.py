"""A tagger of WD14's making, from a folder of the operator's: `model.onnx`, `selected_tags.csv`.

Such models take one N x 448 x 448 x 3 array of BGR from 0 to 255 (the side is the model's own) and
give a probability for each line of the table. Used in the jail, by `executors.tag.analyzers`.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import Image

from actors.ports import ToolUnavailable
from executors.vision.session import NOT_A_MODEL, open_session

MODEL, TABLE = "model.onnx", "selected_tags.csv"
# The categories of the table, by their numbers there; those that it does not name are general.
_CATEGORIES = {"4": "character", "9": "rating"}


class Label(Struct, frozen=True):
    """A line of the table."""

    name: str
    category: str


class TagModel:
    """Raises ToolUnavailable, whose message is for the operator, where the folder has no such
    model."""

    def __init__(self, folder: Path) -> None:
        try:
            self.labels = _labels((folder / TABLE).read_text("utf-8"))
            self._session = open_session(folder / MODEL)
        except (OSError, UnicodeDecodeError) as error:
            raise ToolUnavailable(f"the tagger's model cannot be read: {error}") from error
        except NOT_A_MODEL as error:
            raise ToolUnavailable(f"the tagger's {MODEL} is no model: {error}") from error
        (taken,), (given,) = self._session.get_inputs(), self._session.get_outputs()
        self._taken, self._given = taken.name, given.name
        self.side = _side(taken.shape)
        if given.shape[-1:] not in ([len(self.labels)], [None]):
            raise ToolUnavailable(
                f"the tagger's {MODEL} knows {given.shape[-1]} tags and its {TABLE} "
                f"{len(self.labels)}: they do not belong together"
            )

    def scores(self, picture: Image.Image) -> list[float]:
        """A probability for each label."""
        (scores,) = self._session.run([self._given], {self._taken: _prepared(picture, self.side)})
        found: list[float] = scores[0].tolist()
        return found


def _labels(table: str) -> tuple[Label, ...]:
    rows = csv.DictReader(io.StringIO(table))
    if not {"name", "category"} <= set(rows.fieldnames or ()):
        raise ToolUnavailable(f"the tagger's {TABLE} has no columns `name` and `category`")
    return tuple(
        Label(row["name"], _CATEGORIES.get(row["category"] or "", "general")) for row in rows
    )


def _side(shape: list[int | str | None]) -> int:
    match shape:
        case [_, int(height), int(width), 3] if height == width and 0 < height <= 2_048:
            return height
    raise ToolUnavailable(
        f"the tagger's {MODEL} takes {shape}; it should take N x 448 x 448 x 3, or another side"
    )


def _prepared(picture: Image.Image, side: int) -> NDArray[np.float32]:
    """The whole picture on a white square."""
    longest = max(picture.size)
    size = tuple(max(1, round(length * side / longest)) for length in picture.size)
    small = picture.resize((size[0], size[1]), Image.Resampling.BICUBIC)
    square = Image.new("RGB", (side, side), "white")
    square.paste(small, ((side - size[0]) // 2, (side - size[1]) // 2))
    reds_last = np.asarray(square, np.float32)[None, :, :, ::-1]
    return np.ascontiguousarray(reds_last)
