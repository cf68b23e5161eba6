"""How much a job of training may take to learn, counted before it begins. Light and pure.

What a worker may do with one item is limited (`--cpu-item-cpu-s`); learning is one item, and the
longest there is. Used by `executors.train.options`.
"""

from __future__ import annotations

EPOCHS_MIN, EPOCHS_MAX = 1, 300
# As many as small sets need: few pictures make few steps an epoch.
USUAL, LEAST = 60, 10
# What a picture costs besides each of its labels, in labels: it is unpacked and scaled.
COST_OF_PICTURE = 80
# Pictures, times their labels and that, times epochs: 6 s of an ordinary core, so that a busy one
# keeps the time of an item too.
MOST = 60_000_000


def epochs_for(pictures: int, labels: int) -> int:
    """How often all pictures are gone through where a job does not say; 0: too much in any case."""
    affordable = most_epochs(pictures, labels)
    return 0 if affordable < LEAST else min(USUAL, affordable)


def most_epochs(pictures: int, labels: int) -> int:
    return min(EPOCHS_MAX, MOST // (pictures * (labels + COST_OF_PICTURE)))
