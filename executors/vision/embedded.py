"""The embedded model: 1,000 things of ImageNet, without a network. Built by `make setup`.

Used in the jail, by executors that tag and, for its `features`, by those that learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from actors.ports import ToolUnavailable
from executors.vision.session import open_session

# Of what the model takes: as `executors.vision.network` has it, which is not for workers to load.
SIDE = 224
# What of the shorter side is looked at, as in its training.
_CROP = 0.875
# No shorter side of a decoded picture has to be longer: its crop is not enlarged then.
DECODED_SIDE = 256


class EmbeddedModel:
    """Raises ToolUnavailable where it was not built."""

    def __init__(self, model: Path) -> None:
        try:
            self._session = open_session(model)
        except OSError as error:
            raise ToolUnavailable(
                f"the embedded model cannot be read ({error.strerror}): run `make setup`"
            ) from error

    def probabilities(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """One row of 1,000 for each picture; a row sums up to 1."""
        (logits,) = self._session.run(["logits"], {"pictures": _batch(pictures)})
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def features(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """One row of 1,280 for each picture."""
        (features,) = self._session.run(["features"], {"pictures": _batch(pictures)})
        found: NDArray[np.float32] = features
        return found


def _batch(pictures: Sequence[Image.Image]) -> NDArray[np.uint8]:
    return np.stack([np.asarray(_prepared(picture)) for picture in pictures])


def _prepared(picture: Image.Image) -> Image.Image:
    """The middle of the picture, SIDE x SIDE. Twice as fast as the bicubic one of its training, and
    as good where that could be measured: decision 0028."""
    width, height = picture.size
    kept = min(width, height) * _CROP
    left, top = (width - kept) / 2, (height - kept) / 2
    box = (left, top, left + kept, top + kept)
    return picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box)
