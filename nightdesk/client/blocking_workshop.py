"""What pictures are made by and what was learned from them, as methods of `Client`: a part of
it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Unpack

from nightdesk.client.blocking_shares import Shares
from nightdesk.client.calls import Call
from nightdesk.client.workshop import (
    PAGE_SIZE,
    Character,
    Extracted,
    KeptCharacter,
    KeptModel,
    KeptPreset,
    Model,
    Preset,
    SaidOfKnownCharacter,
    SaidOfKnownPreset,
    SaidOfNewCharacter,
    SaidOfNewPreset,
    WantedTags,
    WorkshopAddress,
)


class Writer(Protocol):
    """What a file is written to: any binary file is one."""

    def write(self, data: bytes, /) -> int: ...


class Workshop(Shares):
    """Asks by `_ask`, and saves by `_stream`, which the client has."""

    _address: WorkshopAddress

    def _stream(self, call: Call[bytes], to: Path | Writer) -> int:
        raise NotImplementedError

    def presets(self, *, category: str = "", search: str = "") -> tuple[Preset, ...]:
        """The desk's saved ways to make pictures, by name."""
        found: list[Preset] = []
        while True:
            page = len(found) // PAGE_SIZE + 1
            answer = self._ask(self._address.presets(page, category, search))
            found += answer.presets
            if len(answer.presets) < PAGE_SIZE:
                return tuple(found)

    def preset(self, preset_id: str) -> KeptPreset:
        """One, with what it says. Raises NotFound."""
        return self._ask(self._address.preset(preset_id))

    def add_preset(
        self, name: str, config: Mapping[str, Any], **said: Unpack[SaidOfNewPreset]
    ) -> KeptPreset:
        """Keep a way to make pictures: fields of a job of pictures, and whatever else. Raises
        Conflict where there is one of that `id`."""
        return self._ask(self._address.add_preset(name, config, said))

    def set_preset(self, preset_id: str, **said: Unpack[SaidOfKnownPreset]) -> KeptPreset:
        """Say something else of it; with `version` only where it is still that. Raises Conflict."""
        return self._ask(self._address.set_preset(preset_id, said))

    def set_default_preset(self, preset_id: str) -> KeptPreset:
        """Let it be the default one, and no other."""
        return self._ask(self._address.set_default_preset(preset_id))

    def delete_preset(self, preset_id: str) -> None:
        """Forget it; jobs that were made with it stay as they are. Raises NotFound."""
        self._ask(self._address.delete_preset(preset_id))

    def export_presets(self, ids: Sequence[str] = ()) -> dict[str, Any]:
        """The contents of a file of those presets, or of all."""
        return self._ask(self._address.export_presets(ids))

    def import_presets(self, file: Mapping[str, Any]) -> tuple[Preset, ...]:
        """Take in what such a file, or a config of an older system's, holds. All or none of it,
        unless the desk is full."""
        return (self._ask(self._address.import_presets(file))).presets

    def characters(self, *, search: str = "") -> tuple[Character, ...]:
        """The desk's characters, by name."""
        found: list[Character] = []
        while True:
            page = len(found) // PAGE_SIZE + 1
            answer = self._ask(self._address.characters(page, search))
            found += answer.characters
            if len(answer.characters) < PAGE_SIZE:
                return tuple(found)

    def character(self, character_id: str) -> KeptCharacter:
        """One, with its tags. Raises NotFound."""
        return self._ask(self._address.character(character_id))

    def add_character(
        self, name: str, tags: Sequence[str], **said: Unpack[SaidOfNewCharacter]
    ) -> KeptCharacter:
        """Keep what somebody looks like. Raises Conflict where there is one of that `id`."""
        return self._ask(self._address.add_character(name, tags, said))

    def set_character(
        self, character_id: str, **said: Unpack[SaidOfKnownCharacter]
    ) -> KeptCharacter:
        """Say something else of it; with `version` only where it is still that. Raises Conflict."""
        return self._ask(self._address.set_character(character_id, said))

    def delete_character(self, character_id: str) -> None:
        """Forget it. Raises NotFound."""
        self._ask(self._address.delete_character(character_id))

    def extract_character(self, **wanted: Unpack[WantedTags]) -> Extracted:
        """What the tags of pictures have in common: of a tag job, of a folder, or of all tag jobs.
        Nothing is kept."""
        return self._ask(self._address.extract_character(wanted))

    def models(self) -> tuple[Model, ...]:
        """What the desk's jobs have learned, the newest first."""
        return (self._ask(self._address.models())).models

    def model(self, model_id: str) -> KeptModel:
        """One, with all that is known of it. Raises NotFound."""
        return self._ask(self._address.model(model_id))

    def model_file(self, model_id: str, to: Path | Writer) -> int:
        """Write a model's ONNX to a file; returns its size in bytes."""
        return self._stream(self._address.model_file(model_id), to)

    def rename_model(self, model_id: str, name: str) -> KeptModel:
        """Call it otherwise; its id stays. Raises NotFound."""
        return self._ask(self._address.rename_model(model_id, name))

    def delete_model(self, model_id: str) -> None:
        """Forget it; jobs that were made with it keep theirs. Raises NotFound."""
        self._ask(self._address.delete_model(model_id))
