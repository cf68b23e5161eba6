"""Presets, characters and models on the wire of the native API. OpenAPI is generated from these."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType

from web.schemas import Count, Text, Time


class PresetEntry(Struct, frozen=True):
    """A saved way to make pictures. `version` is the SHA-256 of what it says; one at most is the
    default."""

    id: str
    name: str
    category: str
    description: str
    is_default: bool
    size_bytes: Count
    version: str
    created_at: Time
    updated_at: Time


class PresetsAnswer(Struct, frozen=True):
    """A page of them, by name; `total` are all that fit, `categories` all that there are."""

    presets: list[PresetEntry]
    categories: list[str]
    page: Count
    size: Count
    total: Count
    revision: Count


class PresetAnswer(Struct, frozen=True):
    """A preset and what it says: the fields of a job of pictures, and whatever else is in it."""

    preset: PresetEntry
    config: dict[str, Any]
    revision: Count
    durable: bool


class KeptPresetsAnswer(Struct, frozen=True):
    """Presets that were taken in."""

    presets: list[PresetEntry]
    revision: Count
    durable: bool


class NewPresetBody(Struct, frozen=True):
    """Without an `id` one is made of the name. An `id` that is there is refused."""

    name: Text
    config: dict[str, Any] = {}
    id: str = ""
    category: str = ""
    description: str = ""
    is_default: bool = False


class PresetBody(Struct, frozen=True):
    """What is left out stays. With `version` only where it is still that one."""

    name: str | UnsetType = UNSET
    config: dict[str, Any] | UnsetType = UNSET
    category: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    version: str | UnsetType = UNSET


class PresetsFileBody(Struct, frozen=True):
    """A file of presets as it is exported. One config in an envelope (`config_name`, `config`), or
    a config itself, will do as well."""

    configs: list[dict[str, Any]]


class CharacterEntry(Struct, frozen=True):
    """What somebody looks like in tags. `version` is the SHA-256 of them."""

    id: str
    name: str
    description: str
    size_bytes: Count
    version: str
    created_at: Time
    updated_at: Time


class CharactersAnswer(Struct, frozen=True):
    """A page of them, by name; `total` are all that fit."""

    characters: list[CharacterEntry]
    page: Count
    size: Count
    total: Count
    revision: Count


class CharacterAnswer(Struct, frozen=True):
    """A character, its tags, the foremost first, and how much each of them weighs."""

    character: CharacterEntry
    tags: list[str]
    tag_weights: dict[str, float]
    revision: Count
    durable: bool


class NewCharacterBody(Struct, frozen=True):
    """Without an `id` one is made of the name. An `id` that is there is refused."""

    name: Text
    tags: list[str] = []
    tag_weights: dict[str, float] = {}
    id: str = ""
    description: str = ""


class CharacterBody(Struct, frozen=True):
    """What is left out stays. With `version` only where it is still that one."""

    name: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    tag_weights: dict[str, float] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    version: str | UnsetType = UNSET


class ExtractBody(Struct, frozen=True):
    """Which tags, and of which pictures: those of a job of tags (its id), of a folder of the
    operator's, or, where `source` is empty, of all jobs of tags."""

    source: str = ""
    min_frequency: int = 2
    min_weight: float = 0.3
    max_tags: int = 30
    exclude_tags: list[str] = []


class ExtractAnswer(Struct, frozen=True):
    """In how many of the files a tag is, and how much it weighs there on the average."""

    total_files: Count
    tag_frequency: dict[str, Count]
    tag_weights: dict[str, float]


class ModelEntry(Struct, frozen=True):
    """What a job has learned. `accuracy` is of pictures that were kept back, from 0 to 1; null
    where there were none. `sha256` is of its file. `job_id` may be gone."""

    id: str
    name: str
    job_id: str
    labels: Count
    accuracy: float | None
    pictures: Count
    size_bytes: Count
    sha256: str
    created_at: Time


class ModelsAnswer(Struct, frozen=True):
    """The desk's models, the newest first."""

    models: list[ModelEntry]
    revision: Count


class ModelAnswer(Struct, frozen=True):
    """A model, and what is known of it: its labels, how well it knows each of them, and how it was
    learned (docs/train.md)."""

    model: ModelEntry
    report: Raw
    revision: Count
    durable: bool


class ModelBody(Struct, frozen=True):
    """What it is to be called."""

    name: Text
