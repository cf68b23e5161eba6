"""A model that a desk has learned, in a worker: the head on the features of the embedded model.

Made by `executors.train.export`; none comes from anywhere else. Used by `executors.classify.run`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct
from PIL import Image

from actors.ports import ToolUnavailable
from executors.vision.embedded import EmbeddedModel
from executors.vision.place import EXPORTER, WEIGHTS_SHA256
from executors.vision.session import NOT_A_MODEL, open_session


class Features(Struct, frozen=True):
    """What it was learned on."""

    weights_sha256: str
    exporter: int


class Facts(Struct, frozen=True):
    """What is known of it, as far as it is needed here."""

    labels: tuple[str, ...]
    features: Features


class LearnedModel:
    """Raises ToolUnavailable, whose message is for the user, for one that cannot be used here."""

    def __init__(self, model: bytes, facts: bytes, embedded: Path) -> None:
        try:
            known = msgspec.json.decode(facts, type=Facts)
            self._head = open_session(model)
        except (*NOT_A_MODEL, msgspec.MsgspecError) as error:
            raise ToolUnavailable(f"the model cannot be read: {error}") from error
        if known.features != Features(WEIGHTS_SHA256, EXPORTER):
            said = "the model was learned on another embedded model than this server has"
            raise ToolUnavailable(f"{said}: learn it again")
        self.labels = known.labels
        (given,) = self._head.get_outputs()
        if given.shape[-1] != len(self.labels):
            said = f"the model knows {given.shape[-1]} labels and its facts {len(self.labels)}"
            raise ToolUnavailable(f"{said}: they do not belong together")
        self._embedded = EmbeddedModel(embedded)

    def scores(self, picture: Image.Image) -> list[float]:
        """A probability for each label."""
        features = self._embedded.features([picture])
        (scores,) = self._head.run(["probabilities"], {"features": features})
        found: list[float] = scores[0].tolist()
        return found
