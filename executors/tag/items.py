"""The values that a job of tags is planned from and leased by. Used by both halves of `tag`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from executors.vision.labels import Language
from executors.vision.sources import PictureSource

AnalyzerName = Literal["imagenet", "wd14tagger", "deepbooru", "clip"]
ANALYZERS: tuple[AnalyzerName, ...] = ("imagenet", "wd14tagger", "deepbooru", "clip")
# Where it looks: in a jailed worker of ours, or in the operator's WebUI.
Via = Literal["local", "webui"]
VIAS: tuple[Via, ...] = ("local", "webui")
SaveType = Literal["txt", "json"]
SAVE_TYPES: tuple[SaveType, ...] = ("txt", "json")
TagOrder = Literal["score", "name"]
TAG_ORDERS: tuple[TagOrder, ...] = ("score", "name")


class TagItem(PictureSource, frozen=True, kw_only=True, omit_defaults=True):
    """One picture; `name` is the file that its tags go to."""

    name: str


class StoredSpec(Struct, frozen=True, kw_only=True):
    """What a worker reads of a stored spec. `place` is that of the analyzer's model, which the
    server fills in: it is never a user's to say. `model` is the name of a tagger of the WebUI's."""

    analyzer: AnalyzerName
    threshold: float
    character_threshold: float
    top: int
    save_type: SaveType
    tag_order: TagOrder
    language: Language
    skip_tags: tuple[str, ...]
    extend_tags: tuple[str, ...]
    place: str
    via: Via = "local"
    model: str = ""


class Tag(Struct, frozen=True):
    """`score` is from 0 to 1."""

    name: str
    score: float
    category: str = "general"


class Seen(Struct, frozen=True):
    """What is on a picture; `ratings` say how fit it is for whom, where the model says that."""

    tags: tuple[Tag, ...]
    ratings: dict[str, float] = {}
