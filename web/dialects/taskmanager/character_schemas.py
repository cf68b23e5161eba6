"""Characters on this dialect's wire. OpenAPI is generated from these."""

from __future__ import annotations

from msgspec import Struct

from web.dialects.taskmanager.schemas import ManagerAnswer
from web.schemas import Count, Time


class ManagerExtractBody(Struct, frozen=True, kw_only=True):
    """Where the tags are: a task of tags, a folder of the operator's, or, where `source_dir` is
    empty or ends in `tags`, all tasks of tags. Of these those tags that are in so many pictures,
    that weigh so much, the most frequent so many of them, but for some."""

    source_dir: str = ""
    min_frequency: int = 2
    min_weight: float = 0.3
    max_tags: int = 30
    exclude_tags: list[str] = []


class ManagerCharacterBody(Struct, frozen=True, kw_only=True):
    """A new character: of `core_tags`, as they weigh in those pictures; none named: of all that are
    found there."""

    name: str
    description: str = ""
    source_dir: str = ""
    core_tags: list[str] = []
    min_frequency: int = 2
    min_weight: float = 0.3
    max_tags: int = 30
    exclude_tags: list[str] = []


class ManagerCharacterUpdateBody(Struct, frozen=True, kw_only=True):
    """Which one (its name, or its id), and what is to be said of it; what is left out stays."""

    name: str
    description: str | None = None
    tags: list[str] | None = None
    tag_weights: dict[str, float] | None = None


class ManagerCharacterNameBody(Struct, frozen=True, kw_only=True):
    """Its name, or its id."""

    name: str


class ManagerExtracted(Struct, frozen=True, kw_only=True):
    """How many files were looked at, and of each tag in how many of them it is, and how much it
    weighs there, from 0 to 1."""

    total_files: Count
    tag_frequency: dict[str, Count]
    tag_weights: dict[str, float]


class ManagerExtractedAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerExtracted


class ManagerCharacter(Struct, frozen=True, kw_only=True):
    """What somebody looks like: tags, the foremost first, and how much each weighs."""

    id: str
    name: str
    description: str
    tags: list[str]
    tag_weights: dict[str, float]
    created_at: Time
    updated_at: Time


class ManagerCharacterAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerCharacter


class ManagerCharactersAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: list[ManagerCharacter]
