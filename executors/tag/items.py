"""The values that a job of tags is planned from and leased by. Used by both halves of `tag`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from executors.vision.labels import Language

AnalyzerName = Literal["imagenet", "wd14tagger"]
ANALYZERS: tuple[AnalyzerName, ...] = ("imagenet", "wd14tagger")
SaveType = Literal["txt", "json"]
SAVE_TYPES: tuple[SaveType, ...] = ("txt", "json")
TagOrder = Literal["score", "name"]
TAG_ORDERS: tuple[TagOrder, ...] = ("score", "name")


class FileOfJob(Struct, frozen=True, forbid_unknown_fields=True):
    """What another job of the same desk has made."""

    job: str
    name: str


class TagItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One picture. `image` is what people call it and `name` the file that its tags go to; where
    its bytes are is one of `digest` (of the job's own copy of a picture of the library), `file` and
    `path` (in a folder of the operator's)."""

    image: str
    name: str
    picture: str | None = None
    digest: str | None = None
    file: FileOfJob | None = None
    path: str | None = None


class StoredSpec(Struct, frozen=True, kw_only=True):
    """What a worker reads of a stored spec. `model` is the place of the analyzer's model, which the
    server fills in: it is never a user's to say."""

    analyzer: AnalyzerName
    threshold: float
    character_threshold: float
    top: int
    save_type: SaveType
    tag_order: TagOrder
    language: Language
    skip_tags: tuple[str, ...]
    extend_tags: tuple[str, ...]
    model: str


class Tag(Struct, frozen=True):
    """`score` is from 0 to 1."""

    name: str
    score: float
    category: str = "general"
