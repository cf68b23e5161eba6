"""How well it was learned: what the model says of the pictures that were kept back.

Used by `executors.train.run`, in the jail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

# Of the pictures that it takes for something else; the surest mistakes first.
MISTAKES_TOLD = 1_000


class Mistake(Struct, frozen=True):
    """A picture that was kept back, and what it was taken for."""

    image: str
    label: str
    taken_for: str
    score: float


class Judged(Struct, frozen=True):
    """`confusion` counts pictures by what they are (rows) and what they are taken for (columns).
    `accuracy` is None where none was kept back."""

    accuracy: float | None
    confusion: NDArray[np.int64]
    by_label: list[dict[str, Any]]
    mistakes: list[Mistake]
    mistakes_n: int


def judged(
    labels: Sequence[str],
    true: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    images: Sequence[str],
    learned: NDArray[np.int64],
) -> Judged:
    """`true`, `probabilities` and `images` are of the pictures kept back, `learned` the labels of
    those that were learned from."""
    every = np.arange(len(labels))
    taken = probabilities.argmax(axis=1)
    right = int((taken == true).sum())
    if not len(true):
        nothing = np.zeros((len(labels), len(labels)), np.int64)
        return Judged(None, nothing, _by_label(labels, true, taken, learned), [], 0)
    return Judged(
        accuracy=round(right / len(true), 4),
        confusion=confusion_matrix(true, taken, labels=every),
        by_label=_by_label(labels, true, taken, learned),
        mistakes=_mistakes(labels, true, probabilities, images),
        mistakes_n=len(true) - right,
    )


def _by_label(
    labels: Sequence[str],
    true: NDArray[np.int64],
    taken: NDArray[np.int64],
    learned: NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Numbers that nothing was kept back for are None."""
    learned_n = np.bincount(learned, minlength=len(labels)).tolist()
    kept_n = np.bincount(true, minlength=len(labels)).tolist()
    precision, recall = [0.0] * len(labels), [0.0] * len(labels)
    if len(true):
        found = precision_recall_fscore_support(
            true, taken, labels=np.arange(len(labels)), zero_division=0
        )
        precision, recall = found[0].tolist(), found[1].tolist()
    return [
        {
            "label": label,
            "precision": round(precision[at], 4) if kept_n[at] else None,
            "recall": round(recall[at], 4) if kept_n[at] else None,
            "learned_n": learned_n[at],
            "validated_n": kept_n[at],
        }
        for at, label in enumerate(labels)
    ]


def _mistakes(
    labels: Sequence[str],
    true: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    images: Sequence[str],
) -> list[Mistake]:
    taken, scores = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(taken != true)
    surest = wrong[np.argsort(-scores[wrong], kind="stable")][:MISTAKES_TOLD]
    return [
        Mistake(images[at], labels[true[at]], labels[taken[at]], round(float(scores[at]), 4))
        for at in surest.tolist()
    ]
