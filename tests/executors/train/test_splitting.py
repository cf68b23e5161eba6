"""Which pictures are learned from, and which are kept back."""

from __future__ import annotations

import numpy as np

from executors.train.splitting import looks_of, split


def parted(rows, labels, share=0.5, seed=0):
    labels = np.array(labels)
    learned, kept = split(labels, looks_of(rows, labels), share, seed)
    assert sorted([*learned, *kept]) == [*range(len(labels))]
    return set(learned.tolist()), set(kept.tolist())


def test_a_picture_with_two_labels_is_only_learned_from():
    rows = [b"torn", b"a", b"b", b"torn", b"c", b"d"]
    kept = [parted(rows, [0, 0, 0, 1, 1, 1], share=0.9, seed=seed)[1] for seed in range(20)]
    assert all(kept)
    assert not any(places & {0, 3} for places in kept)


def test_copies_are_on_one_side():
    rows = [b"a", b"a", b"b", b"b", b"c", b"c"]
    for seed in range(20):
        _, kept = parted(rows, [0] * 6, seed=seed)
        assert kept
        assert all((at in kept) == (at + 1 in kept) for at in (0, 2, 4))


def test_of_a_label_with_one_picture_nothing_is_kept_back():
    assert parted([b"a", b"b"], [0, 1]) == ({0, 1}, set())
