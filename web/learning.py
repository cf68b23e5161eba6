"""What jobs of training and classifying are made of besides their requests: pictures and models of
the desk's library, and pictures in the folders of the operator's that `input_dir` names; for
training with the label that each folder within is. Used by `web.create_api` and the dialects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from executors.classify.spec import ClassifySpec
from executors.folders import Folders
from executors.refusals import Refused
from executors.train.items import LabelledPicture
from executors.train.spec import TrainSpec
from executors.vision.sources import PartOfFile, UnpackedPicture
from executors.vision.unpacking import labelled
from state.digests import digest_of
from state.library import Model, Picture
from web.drafts import Given
from web.http import invalid
from web.tagging import INPUT_DIR, TaggedFolders, named_folders
from web.threads import Threads
from web.validate import Errors, field_error
from web.visit import Visit

TRAINING = TrainSpec.kind
CLASSIFYING = ClassifySpec.kind


class TrainSupplies(Struct, frozen=True):
    """`rows` are the items: those of the folders; None where the request has them itself."""

    pictures: Mapping[str, Picture]
    rows: list[Any] | None = None
    ids: tuple[str, ...] = ()

    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """See `web.drafts.Given`; folders have become items."""
        given = {field: value for field, value in spec.items() if field != INPUT_DIR}
        return {"pictures": self.pictures, **given}


class LabelledFolders:
    """Gives to jobs of training. Holds no state of its own; one for a server."""

    def __init__(self, folders: Folders, threads: Threads, max_items: int) -> None:
        self._folders = folders
        self._threads = threads
        self._max_items = max_items

    async def of(self, visit: Visit, spec: Any, *, has_items: bool) -> TrainSupplies:
        """What a job of that spec, unchecked, is made of. Raises WebError."""
        pictures = visit.desk.published.pictures
        if not isinstance(spec, Mapping) or spec.get(INPUT_DIR) is None:
            return TrainSupplies(pictures)
        if has_items:
            raise invalid([field_error(f"spec.{INPUT_DIR}", "must not stand beside items")])
        return TrainSupplies(pictures, await self._labelled(named_folders(spec[INPUT_DIR])))

    async def _labelled(self, paths: list[str]) -> list[Any]:
        labels: dict[str, str] = {}
        errors: Errors = []
        for place, path in enumerate(paths):
            look = partial(self._folders.pictures, path, self._max_items)
            try:
                found = await self._threads.step(look)
            except Refused as refusal:
                errors.append(field_error(f"spec.{INPUT_DIR}[{place}]", str(refusal)))
            else:
                errors += _take(labels, found, path)
        if not errors and not labels:
            reason = "no folder within has pictures: each of them is a label"
            errors.append(field_error(f"spec.{INPUT_DIR}", reason))
        if errors:
            raise invalid(errors)
        return [{"path": path, "label": label} for path, label in labels.items()]


def _take(labels: dict[str, str], found: Sequence[str], folder: str) -> Errors:
    """Add the pictures of a folder, each with the folder within for its label; those that lie in
    none have no label. What is wrong: the first that would have two."""
    for path in found:
        label, slash, _ = path.removeprefix(f"{folder}/").partition("/")
        if slash and labels.setdefault(path, label) != label:
            reason = f"{path} would be labelled {labels[path]!r} and {label!r}"
            return [field_error(f"spec.{INPUT_DIR}", reason)]
    return []


def unpacked_rows(data: bytes) -> tuple[str, list[LabelledPicture]]:
    """(the digest of a file of unpacked pictures, the items that they are). Raises Refused."""
    digest = digest_of(data)
    return digest, [
        LabelledPicture(
            UnpackedPicture(
                each.image, PartOfFile(digest, each.start, each.size_bytes, each.crc32)
            ),
            each.label,
        )
        for each in labelled(data)
    ]


class ClassifySupplies(Struct, frozen=True):
    """What goes to jobs of tags, and the models that there are."""

    given: Given
    models: Mapping[str, Model]

    @property
    def rows(self) -> Sequence[Any] | None:
        return self.given.rows

    @property
    def ids(self) -> tuple[str, ...]:
        return self.given.ids

    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """See `web.drafts.Given`."""
        return {"models": self.models, **self.given.completed(spec)}


class LearnedModels:
    """Gives to jobs of classifying: pictures as for tags, and the models of the desk."""

    def __init__(self, tagged: TaggedFolders) -> None:
        self._tagged = tagged

    async def of(self, visit: Visit, spec: Any, *, has_items: bool) -> ClassifySupplies:
        """What a job of that spec, unchecked, is made of. Raises WebError."""
        given = await self._tagged.of(visit, spec, has_items=has_items)
        return ClassifySupplies(given, visit.desk.published.models)
