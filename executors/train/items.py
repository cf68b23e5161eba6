"""The values that a job of training is planned from and leased by, and what its last item is
handed. Used by both halves of `train`.
"""

from __future__ import annotations

from msgspec import Struct

from executors.vision.sources import PictureSource, UnpackedPicture

# What the model, and what is known of it, are called among the files of the job.
MODEL, FACTS = "model.onnx", "model.json"


class TrainItem(PictureSource, frozen=True, kw_only=True, omit_defaults=True):
    """One picture with its label; or, with `pictures_n`, the last item, which learns from what the
    others have found: there were so many."""

    label: str = ""
    pictures_n: int = 0


class LabelledPicture(Struct, frozen=True):
    """A picture of an archive with its label, as the front end hands it to a plan."""

    picture: UnpackedPicture
    label: str


class StoredSpec(Struct, frozen=True, kw_only=True):
    """What a worker reads of a stored spec. `model` is the place of the embedded model, which the
    server fills in: it is never a user's to say."""

    name: str
    validation: float
    seed: int
    epochs: int
    whole: bool
    model: str


class Example(Struct, frozen=True, array_like=True):
    """A picture whose features are known; `label` is a place among the labels."""

    image: str
    label: int


class Head(Struct, frozen=True):
    """What stands before the features in what the last item is handed. `missing_n` pictures of the
    job could not be looked at."""

    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    missing_n: int = 0


# The folder of what is seen on pictures, among the files of the job.
FEATURES_FOLDER = "features/"


def features_file(index: int) -> str:
    """The artifact with the features of that item's picture."""
    return f"{FEATURES_FOLDER}{index}.f16"
