"""Presets, characters and models as the native API tells them. Pure."""

from __future__ import annotations

from state.library import Character, Model, Preset
from web.views import wire_time
from web.workshop import schemas


def preset_entry(preset: Preset) -> schemas.PresetEntry:
    """One row of the list."""
    return schemas.PresetEntry(
        id=preset.id,
        name=preset.name,
        category=preset.category,
        description=preset.description,
        is_default=preset.is_default,
        size_bytes=preset.size_bytes,
        version=preset.digest,
        created_at=wire_time(preset.created_at),
        updated_at=wire_time(preset.updated_at),
    )


def character_entry(character: Character) -> schemas.CharacterEntry:
    """One row of the list."""
    return schemas.CharacterEntry(
        id=character.id,
        name=character.name,
        description=character.description,
        size_bytes=character.size_bytes,
        version=character.digest,
        created_at=wire_time(character.created_at),
        updated_at=wire_time(character.updated_at),
    )


def model_entry(model: Model) -> schemas.ModelEntry:
    """One row of the list."""
    return schemas.ModelEntry(
        id=model.id,
        name=model.name,
        job_id=model.job_id,
        labels=model.labels_n,
        accuracy=model.accuracy,
        pictures=model.pictures_n,
        size_bytes=model.size_bytes,
        sha256=model.digest,
        created_at=wire_time(model.created_at),
    )
