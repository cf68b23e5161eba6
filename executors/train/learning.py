"""One model, from the features of labelled pictures to the files that tell of it.

Used by `executors.train.run`, in the jail; the only way from there to scikit-learn.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from executors.refusals import Refused
from executors.train import export
from executors.train.drawing import drawn
from executors.train.fitting import Fit
from executors.train.handing import FEATURES
from executors.train.items import FACTS, MODEL, Head, StoredSpec
from executors.train.judging import Judged, judged
from executors.train.splitting import different, looks_of, split
from executors.vision.place import EXPORTER, WEIGHTS_SHA256

WHOLE = "classifier.onnx"
REPORT, TABLE, PICTURE = "report.json", "confusion.csv", "confusion.png"
LABELS_MIN = 2
# Of labels with one picture, and of pictures with two labels.
_NAMED = 20
_LOOK_BYTES = 16
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Made(Struct, frozen=True):
    """The files, by name, and what the outcome says of them."""

    files: dict[str, bytes]
    told: dict[str, Any]


class Learning:
    """Raises Refused, with the numbers, where there is too little to learn from."""

    def __init__(self, head: Head, features: NDArray[np.float16], spec: StoredSpec) -> None:
        _check(head)
        self._head = head
        self._spec = spec
        self._labels = np.array([example.label for example in head.examples], np.int64)
        rows = features.reshape(len(head.examples), FEATURES)
        self._looks = looks_of(_digests(rows), self._labels)
        self._learned, self._kept = split(self._labels, self._looks, spec.validation, spec.seed)
        self._fit = Fit(rows, self._labels, self._learned, spec.seed)

    @property
    def warnings(self) -> list[str]:
        """What its user should know of the pictures."""
        labels, found = self._head.labels, list[str]()
        counts = different(self._labels, self._looks)
        alone = [label for label, count in zip(labels, counts, strict=True) if count < 2]
        if alone and self._spec.validation:
            found.append(
                f"{len(alone):,} labels have one picture, which is learned from: {_some(alone)}"
            )
        if copies_n := self._looks.copies_n:
            found.append(f"{copies_n:,} pictures are copies: no picture is learned from and tested")
        if torn := [self._head.examples[at].image for at in self._looks.torn.tolist()]:
            found.append(f"{len(torn):,} pictures are the same under two labels: {_some(torn)}")
        if self._head.missing_n:
            found.append(f"{self._head.missing_n:,} pictures could not be looked at")
        return found

    def epoch(self) -> float:
        """Go through all pictures once; the loss."""
        return self._fit.epoch()

    def made(self) -> Made:
        """What came of it."""
        images = [self._head.examples[at].image for at in self._kept.tolist()]
        found = judged(
            self._head.labels,
            self._labels[self._kept],
            self._fit.probabilities(self._kept),
            images,
            self._labels[self._learned],
        )
        facts = self._facts(found)
        mistakes = [structs.asdict(mistake) for mistake in found.mistakes]
        weights, labels = self._fit.weights(), self._head.labels
        files = {
            MODEL: export.head(weights, labels),
            # As one line: the library takes it where it is no larger than that may be.
            FACTS: json.dumps(facts, ensure_ascii=False).encode(),
            REPORT: _json({**facts, "mistakes_n": found.mistakes_n, "mistakes": mistakes}),
            TABLE: _table(labels, found.confusion),
            PICTURE: drawn(labels, found.confusion),
        }
        if self._spec.whole:
            files[WHOLE] = export.whole(weights, labels, Path(self._spec.model))
        told = {
            "accuracy": found.accuracy,
            "labels_n": len(labels),
            "pictures_n": len(self._labels),
            "learned_n": len(self._learned),
            "validated_n": len(self._kept),
            "mistakes_n": found.mistakes_n,
        }
        return Made(files, told)

    def _facts(self, found: Judged) -> dict[str, Any]:
        return {
            "name": self._spec.name,
            "labels": list(self._head.labels),
            "accuracy": found.accuracy,
            "pictures": len(self._labels),
            "learned_n": len(self._learned),
            "validated_n": len(self._kept),
            "missing_n": self._head.missing_n,
            "by_label": found.by_label,
            "validation": self._spec.validation,
            "seed": self._spec.seed,
            "epochs": self._spec.epochs,
            "features": {"weights_sha256": WEIGHTS_SHA256, "exporter": EXPORTER},
        }


def _check(head: Head) -> None:
    if len(head.labels) >= LABELS_MIN:
        return
    there = f"{len(head.examples):,} pictures of {len(head.labels):,} labels could be looked at"
    reason = f"{there}, {head.missing_n:,} could not: at least {LABELS_MIN} labels are needed"
    raise Refused("unreadable", reason)


def _digests(rows: NDArray[np.float16]) -> list[bytes]:
    return [blake2b(row, digest_size=_LOOK_BYTES).digest() for row in rows]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


def _table(labels: Sequence[str], confusion: NDArray[np.int64]) -> bytes:
    """A row for what pictures are, a column for what they are taken for."""
    names = [f"'{label}" if label.startswith(_FORMULA) else label for label in labels]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["label", *names])
    rows.writerows([name, *counts] for name, counts in zip(names, confusion.tolist(), strict=True))
    # With a mark, so that spreadsheets see that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
