"""What looks at a picture in a worker: the embedded model, or one of the operator's.

An analyzer says everything that is above its thresholds; what of it becomes a tag is decided in
`executors.tag.choosing`. Used by `executors.tag.local`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from executors.tag.items import Seen, StoredSpec, Tag
from executors.tag.wd14 import TagModel
from executors.vision.embedded import DECODED_SIDE, EmbeddedModel
from executors.vision.labels import Language, labels


class Analyzer(Protocol):
    """Opened once for all items of a job in one worker."""

    @property
    def side(self) -> int:
        """A picture that is decoded for it needs no shorter side than that."""

    def look(self, picture: Image.Image) -> Seen: ...


def open_analyzer(spec: StoredSpec) -> Analyzer:
    """Raises ToolUnavailable where its model is not there, or is another one."""
    if spec.analyzer == "wd14tagger":
        return Wd14(Path(spec.place), spec.threshold, spec.character_threshold)
    return ImageNet(Path(spec.place), spec.threshold, spec.language)


class ImageNet:
    """1,000 things, in words of one language. Two classes of one name are one thing."""

    side = DECODED_SIDE

    def __init__(self, model: Path, threshold: float, language: Language) -> None:
        self._model = EmbeddedModel(model)
        self._threshold = threshold
        names = labels(language)
        self._names = tuple(dict.fromkeys(names))
        places = {name: place for place, name in enumerate(self._names)}
        # For each class where its name is.
        self._places = np.array([places[name] for name in names])

    def look(self, picture: Image.Image) -> Seen:
        """See Analyzer."""
        (shares,) = self._model.probabilities([picture])
        scores = np.bincount(self._places, shares)
        (seen,) = np.nonzero(scores >= self._threshold)
        return Seen(tuple(Tag(self._names[place], float(scores[place])) for place in seen))


class Wd14:
    """Marks of drawn pictures, characters and ratings, from a model of the operator's."""

    def __init__(self, folder: Path, threshold: float, character_threshold: float) -> None:
        self._model = TagModel(folder)
        self._thresholds = {"general": threshold, "character": character_threshold}

    @property
    def side(self) -> int:
        return self._model.side

    def look(self, picture: Image.Image) -> Seen:
        """See Analyzer."""
        tags, ratings = [], {}
        for label, score in zip(self._model.labels, self._model.scores(picture), strict=True):
            if label.category == "rating":
                ratings[label.name] = round(score, 4)
            elif score >= self._thresholds[label.category]:
                tags.append(Tag(label.name, score, label.category))
        return Seen(tuple(tags), ratings)
