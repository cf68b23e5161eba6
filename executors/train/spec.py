"""The light half of training: validates a job, in the server. See `docs/train.md`.

Every picture is an item, whose features its worker keeps; the last item learns from all of them and
is leased only when they have ended (`Plan.finale`). `executors.train.run` is the other half.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from actors.ports import Plan, PlanLimits
from actors.ports.forms import Asked, Form
from executors.asked import asked_job
from executors.problems import BadItem, Problems, read_items
from executors.train.items import MODEL, LabelledPicture, TrainItem
from executors.train.options import (
    MAX_LABELS,
    MAX_PICTURES,
    epochs_of,
    form_of,
    label_reason,
    read_options,
)
from executors.vision.place import embedded_model
from executors.vision.sources import (
    PictureSource,
    Sources,
    UnpackedPicture,
    asked_source,
    picture_schema,
)
from state.model import InputItem

LABELS_MIN = 2
_STORED = ("name", "validation", "seed", "whole", "concurrency", "retries")
_encoder = msgspec.json.Encoder()


class TrainSpec:
    """ExecutorSpec of kind `train`. `folders` are the names of the folders of pictures that are
    open to all."""

    kind = "train"
    pool = "cpu"
    runner = "executors.train.run:TrainExecutor"
    manifest = ("image", "label", "file", "status", "error")

    def __init__(self, folders: Sequence[str] = ()) -> None:
        self._folders = tuple(folders)

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The front end has put what the desk's library has into
        `spec.pictures`, so this stays pure."""
        problems = Problems()
        options = read_options(spec, limits, problems)
        sources = Sources(options.pictures, self._folders)
        labels: Counter[str] = Counter()
        # The last item counts too.
        room = replace(limits, max_items=min(MAX_PICTURES, limits.max_items - 1))
        read = partial(_item, sources=sources, labels=labels)
        good = read_items(items, read, room, problems)
        problems.raise_if_any()
        _check_labels(labels, problems)
        problems.raise_if_any()
        epochs = epochs_of(options, len(good), len(labels), problems)
        problems.raise_if_any()
        stored: dict[str, Any] = {field: getattr(options, field) for field in _STORED}
        last = TrainItem(image=options.name, pictures_n=len(good))
        return Plan(
            items=[*good, InputItem(Raw(_encoder.encode(last)))],
            spec={**stored, "epochs": epochs},
            secrets={},
            concurrency=options.concurrency,
            retries=options.retries,
            assets=sources.assets,
            finale=True,
            product=MODEL,
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        told = msgspec.json.decode(item, type=_Told)
        return {"image": told.image, "label": told.label} if told.label else {"image": told.image}

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets. There are none; where the model is, only workers learn."""
        return {**spec, "model": str(embedded_model())}

    def form(self, limits: PlanLimits) -> Form:
        """See Formed.form."""
        return Form(spec=form_of(limits), item=picture_schema(), files=("zip",))

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        return asked_job(self.form(limits), spec, items, _asked)


def _asked(stored: Raw) -> Any:
    """What a user hands in for a stored item; the last one is nobody's."""
    item = msgspec.json.decode(stored, type=TrainItem)
    if item.pictures_n:
        return None
    source = asked_source(item)
    if isinstance(source, UnpackedPicture):
        return LabelledPicture(source, item.label)
    return {**source, "label": item.label}


class _Told(Struct, frozen=True):
    """What an outcome says of an item where nothing ran."""

    image: str
    label: str = ""


def _item(raw: Any, *, sources: Sources, labels: Counter[str]) -> InputItem:
    """Raises BadItem."""
    label = None
    if isinstance(raw, LabelledPicture):
        label, raw = raw.label, raw.picture
    elif isinstance(raw, Mapping):
        label = raw.get("label")
        raw = {field: value for field, value in raw.items() if field != "label"}
    source = sources.read(raw)
    if label is None:
        label = _folder_of(source)
    if (reason := label_reason(label)) is not None:
        raise BadItem(("label", reason))
    # Some systems write the folders of an archive with their accents apart.
    label = unicodedata.normalize("NFC", label.strip())
    labels[label] += 1
    item = TrainItem(label=label, **msgspec.structs.asdict(source))
    return InputItem(Raw(_encoder.encode(item)))


def _folder_of(source: PictureSource) -> str:
    """Raises BadItem."""
    folders = [] if source.path is None else source.path.split("/")[1:-1]
    if not folders:
        raise BadItem(("label", "is missing: what the picture shows"))
    return folders[-1]


def _check_labels(labels: Counter[str], problems: Problems) -> None:
    if len(labels) < LABELS_MIN:
        only = next(iter(labels))[:100]
        reason = f"all have the label {only!r}: at least {LABELS_MIN} are needed to tell apart"
        problems.add(None, "items", reason)
    if len(labels) > MAX_LABELS:
        reason = f"have {len(labels):,} labels; a model knows at most {MAX_LABELS:,}"
        problems.add(None, "items", reason)
