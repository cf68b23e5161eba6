"""Learning itself: a softmax regression of scikit-learn on the features, epoch by epoch.

The features stay half floats, as they came, and are scaled a part at a time: what is held in
memory beside them is bounded. Equal input gives equal output. Used by `executors.train.run`, in the
jail.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from executors.train.handing import FEATURES

Rows = NDArray[np.float16]
Floats = NDArray[np.float32]
# So many pictures are scaled at once.
_PART = 4_096
# An epoch has about so many steps; one is made of at least and at most so many pictures.
_STEPS, _LEAST, _MOST = 40, 32, 512
# Of a feature that hardly varies: what little it does must not be blown up.
_LEAST_SPREAD = 0.05
_DECAY = 0.01
_STEP = 0.001


class Weights(Struct, frozen=True):
    """probabilities = softmax(features @ weights + bias), for features as they come: 1,280 x labels
    and labels."""

    weights: Floats
    bias: Floats


class Fit:
    """Learns from the `learned` rows of `features`. Every attribute is written by `epoch` and at
    the beginning."""

    def __init__(
        self, features: Rows, labels: NDArray[np.int64], learned: NDArray[np.int64], seed: int
    ) -> None:
        self._features, self._labels, self._learned = features, labels, learned
        self._mean, self._spread = _scale(features, learned)
        self._order = np.random.default_rng(seed)
        self._classes = np.unique(labels)
        # Without a layer between, it is a softmax regression that can be told to go on.
        self._model = MLPClassifier(
            hidden_layer_sizes=(),
            alpha=_DECAY,
            batch_size=min(len(learned), max(_LEAST, min(_MOST, len(learned) // _STEPS))),
            learning_rate_init=_STEP,
            random_state=seed,
        )

    def epoch(self) -> float:
        """Go through all pictures once; the loss of the last part of them."""
        rows = self._order.permutation(self._learned)
        for part in np.array_split(rows, -(-len(rows) // _PART)):
            given = self._scaled(part), self._labels[part]
            self._model.partial_fit(*given, classes=self._classes)
        return float(self._model.loss_)

    def probabilities(self, rows: NDArray[np.int64]) -> Floats:
        """As scikit-learn has it: one row for each, a column for each label."""
        parts = np.array_split(rows, max(1, -(-len(rows) // _PART)))
        found = [self._model.predict_proba(self._scaled(part)) for part in parts if len(part)]
        if not found:
            return np.zeros((0, len(self._classes)), np.float32)
        return np.concatenate(found).astype(np.float32)

    def weights(self) -> Weights:
        """What was learned, with the scaling in it."""
        (learned,), (bias,) = self._model.coefs_, self._model.intercepts_
        learned = learned.astype(np.float64)
        bias = bias.astype(np.float64)
        if learned.shape[1] == 1:
            # Of two labels it learns how much the second one is likelier.
            learned = np.concatenate([np.zeros_like(learned), learned], axis=1)
            bias = np.concatenate([np.zeros_like(bias), bias])
        scaled = learned / self._spread[:, None]
        return Weights(scaled.astype(np.float32), (bias - self._mean @ scaled).astype(np.float32))

    def _scaled(self, rows: NDArray[np.int64]) -> Floats:
        values = self._features[rows].astype(np.float32)
        values -= self._mean.astype(np.float32)
        values /= self._spread.astype(np.float32)
        return values


def _scale(
    features: Rows, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(mean, spread) of each feature."""
    total, squares = np.zeros(FEATURES), np.zeros(FEATURES)
    for part in _parts(features, rows):
        total += part.sum(axis=0)
        squares += np.square(part).sum(axis=0)
    mean = total / len(rows)
    spread = np.sqrt(np.maximum(squares / len(rows) - np.square(mean), 0))
    return mean, np.maximum(spread, _LEAST_SPREAD)


def _parts(features: Rows, rows: NDArray[np.int64]) -> Iterator[NDArray[np.float64]]:
    for start in range(0, len(rows), _PART):
        yield features[rows[start : start + _PART]].astype(np.float64)
