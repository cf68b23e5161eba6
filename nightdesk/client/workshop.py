"""What pictures are made by and what was learned from them, for the client: presets, characters and
models. Their values, and the requests for them, which both clients share. The wire is
docs/presets.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

import msgspec
from msgspec import Struct

from nightdesk.client.calls import Call
from nightdesk.client.shares import ShareAddress

# Of one request for a list.
PAGE_SIZE = 200


class Preset(Struct, frozen=True, kw_only=True):
    """A saved way to make pictures. `version` is another whenever what it says is."""

    id: str
    name: str
    category: str = ""
    description: str = ""
    is_default: bool = False
    size_bytes: int
    version: str
    created_at: datetime
    updated_at: datetime


class KeptPreset(Struct, frozen=True, kw_only=True):
    """A preset, and what it says."""

    preset: Preset
    config: dict[str, Any]


class Character(Struct, frozen=True, kw_only=True):
    """What somebody looks like. `version` is another whenever that is."""

    id: str
    name: str
    description: str = ""
    size_bytes: int
    version: str
    created_at: datetime
    updated_at: datetime


class KeptCharacter(Struct, frozen=True, kw_only=True):
    """A character, its tags, the foremost first, and how much each of them weighs."""

    character: Character
    tags: tuple[str, ...]
    tag_weights: dict[str, float]


class Extracted(Struct, frozen=True, kw_only=True):
    """What tags of so many files of tags have in common."""

    total_files: int
    tag_frequency: dict[str, int]
    tag_weights: dict[str, float]


class Model(Struct, frozen=True, kw_only=True):
    """What a job has learned: `accuracy` is of pictures that were kept back (None: none were),
    `sha256` of its ONNX."""

    id: str
    name: str
    job_id: str
    labels: int
    accuracy: float | None = None
    pictures: int
    size_bytes: int
    sha256: str
    created_at: datetime


class KeptModel(Struct, frozen=True, kw_only=True):
    """A model, and all that is known of it: see docs/train.md."""

    model: Model
    report: dict[str, Any]


class SaidOfPreset(TypedDict, total=False):
    """What may be said of a preset; what is left out stays as it is."""

    name: str | None
    config: Mapping[str, Any] | None
    category: str | None
    description: str | None
    is_default: bool | None


class SaidOfNewPreset(TypedDict, total=False):
    """And what it is to be found by; else that is made of its name."""

    id: str | None
    category: str | None
    description: str | None
    is_default: bool | None


class SaidOfKnownPreset(SaidOfPreset, total=False):
    """And the version that it must still be."""

    version: str | None


class SaidOfNewCharacter(TypedDict, total=False):
    """What it is to be found by (else that is made of its name), and how it weighs its tags."""

    id: str | None
    tag_weights: Mapping[str, float] | None
    description: str | None


class SaidOfKnownCharacter(TypedDict, total=False):
    """What may be said of a character, and the version that it must still be."""

    name: str | None
    tags: Sequence[str] | None
    tag_weights: Mapping[str, float] | None
    description: str | None
    version: str | None


class WantedTags(TypedDict, total=False):
    """Which tags are looked for, and where: see docs/presets.md."""

    source: str | None
    min_frequency: int | None
    min_weight: float | None
    max_tags: int | None
    exclude_tags: Sequence[str] | None


class PresetsAnswer(Struct, frozen=True):
    presets: tuple[Preset, ...]
    total: int = 0


class CharactersAnswer(Struct, frozen=True):
    characters: tuple[Character, ...]
    total: int = 0


class ModelsAnswer(Struct, frozen=True):
    models: tuple[Model, ...]


class GoneAnswer(Struct, frozen=True):
    id: str


class WorkshopAddress(ShareAddress):
    """An Address that knows the requests for presets, characters and models."""

    def presets(self, page: int, category: str, search: str) -> Call[PresetsAnswer]:
        params: dict[str, str | int] = {
            "page": page,
            "size": PAGE_SIZE,
            "category": category,
            "search": search,
        }
        path = self._path("presets")
        return Call(method="GET", path=path, answer=PresetsAnswer, params=params, again=True)

    def preset(self, preset_id: str) -> Call[KeptPreset]:
        path = self._path("presets", preset_id)
        return Call(method="GET", path=path, answer=KeptPreset, again=True)

    def add_preset(
        self, name: str, config: Mapping[str, Any], said: SaidOfNewPreset
    ) -> Call[KeptPreset]:
        body = _without_none({"name": name, "config": config, **said})
        return Call(method="POST", path=self._path("presets"), answer=KeptPreset, body=body)

    def set_preset(self, preset_id: str, said: SaidOfKnownPreset) -> Call[KeptPreset]:
        path = self._path("presets", preset_id)
        return Call(method="PUT", path=path, answer=KeptPreset, body=_without_none(said))

    def set_default_preset(self, preset_id: str) -> Call[KeptPreset]:
        path = self._path("presets", preset_id, "default")
        return Call(method="POST", path=path, answer=KeptPreset, again=True)

    def delete_preset(self, preset_id: str) -> Call[GoneAnswer]:
        path = self._path("presets", preset_id)
        return Call(method="DELETE", path=path, answer=GoneAnswer)

    def export_presets(self, ids: Sequence[str]) -> Call[dict[str, Any]]:
        path, params = self._path("presets", "export"), {"ids": ",".join(ids)}
        answer = dict[str, Any]
        return Call(method="GET", path=path, answer=answer, params=params, again=True)

    def import_presets(self, file: Mapping[str, Any]) -> Call[PresetsAnswer]:
        path, body = self._path("presets", "import"), msgspec.json.encode(file)
        return Call(method="POST", path=path, answer=PresetsAnswer, body=body)

    def characters(self, page: int, search: str) -> Call[CharactersAnswer]:
        params: dict[str, str | int] = {"page": page, "size": PAGE_SIZE, "search": search}
        path = self._path("characters")
        return Call(method="GET", path=path, answer=CharactersAnswer, params=params, again=True)

    def character(self, character_id: str) -> Call[KeptCharacter]:
        path = self._path("characters", character_id)
        return Call(method="GET", path=path, answer=KeptCharacter, again=True)

    def add_character(
        self, name: str, tags: Sequence[str], said: SaidOfNewCharacter
    ) -> Call[KeptCharacter]:
        body = _without_none({"name": name, "tags": list(tags), **said})
        return Call(method="POST", path=self._path("characters"), answer=KeptCharacter, body=body)

    def set_character(self, character_id: str, said: SaidOfKnownCharacter) -> Call[KeptCharacter]:
        path = self._path("characters", character_id)
        return Call(method="PUT", path=path, answer=KeptCharacter, body=_without_none(said))

    def delete_character(self, character_id: str) -> Call[GoneAnswer]:
        path = self._path("characters", character_id)
        return Call(method="DELETE", path=path, answer=GoneAnswer)

    def extract_character(self, wanted: WantedTags) -> Call[Extracted]:
        path, body = self._path("characters", "extract"), _without_none(wanted)
        return Call(method="POST", path=path, answer=Extracted, body=body, again=True)

    def models(self) -> Call[ModelsAnswer]:
        return Call(method="GET", path=self._path("models"), answer=ModelsAnswer, again=True)

    def model(self, model_id: str) -> Call[KeptModel]:
        path = self._path("models", model_id)
        return Call(method="GET", path=path, answer=KeptModel, again=True)

    def model_file(self, model_id: str) -> Call[bytes]:
        path = self._path("models", model_id, "file")
        return Call(method="GET", path=path, answer=bytes)

    def rename_model(self, model_id: str, name: str) -> Call[KeptModel]:
        path, body = self._path("models", model_id), msgspec.json.encode({"name": name})
        return Call(method="PATCH", path=path, answer=KeptModel, body=body, again=True)

    def delete_model(self, model_id: str) -> Call[GoneAnswer]:
        path = self._path("models", model_id)
        return Call(method="DELETE", path=path, answer=GoneAnswer)


def _without_none(said: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({name: x for name, x in said.items() if x is not None})
