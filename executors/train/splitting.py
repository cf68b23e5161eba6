"""Which pictures are learned from, and which are kept back to see what was learned. Pure.

Copies of one picture are never on both sides: what was learned by heart would count as known. Used
by `executors.train.learning`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Places = NDArray[np.int64]


class Looks(Struct, frozen=True):
    """Which pictures are the same to the model: equal numbers in `same`, one for each picture.
    `labels_n` is under how many labels each of those numbers stands."""

    same: Places
    labels_n: Places

    @property
    def copies_n(self) -> int:
        """How many pictures are one that was there before."""
        return len(self.same) - len(self.labels_n)

    @property
    def torn(self) -> Places:
        """The places of pictures that have several labels."""
        return np.flatnonzero(self.labels_n[self.same] > 1)


def looks_of(rows: Sequence[bytes], labels: Places) -> Looks:
    """`rows` tell what the model sees of each picture."""
    known: dict[bytes, int] = {}
    same = np.array([known.setdefault(row, len(known)) for row in rows], np.int64)
    pairs = np.unique(np.stack([same, labels]), axis=1)
    return Looks(same, np.bincount(pairs[0], minlength=len(known)))


def split(labels: Places, looks: Looks, share: float, seed: int) -> tuple[Places, Places]:
    """(places to learn from, places kept back), both sorted: of the different pictures of each
    label that share is kept back, at least one and never all where there are two or more. One with
    several labels is only learned from. The same for the same seed."""
    random = np.random.default_rng(seed)
    kept = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        places = random.permutation(np.flatnonzero(labels == label))
        found, first = np.unique(looks.same[places], return_index=True)
        count = _kept_of(len(found), share)
        # In the order of chance, in which `np.unique` has not left them.
        alone = [look for look in found[np.argsort(first)] if looks.labels_n[look] == 1]
        kept[places] = np.isin(looks.same[places], alone[:count])
    return np.flatnonzero(~kept), np.flatnonzero(kept)


def different(labels: Places, looks: Looks) -> Places:
    """How many different pictures each label has."""
    pairs = np.unique(np.stack([labels, looks.same]), axis=1)
    return np.bincount(pairs[0])


def _kept_of(count: int, share: float) -> int:
    if count < 2 or share == 0:
        return 0
    return min(count - 1, max(1, round(count * share)))
