"""The presets, characters and models that a desk keeps. Pure; used by `actors.rules.library` and,
for models that jobs have made, by the session.
"""

from __future__ import annotations

from typing import assert_never

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from actors.errors import CharacterNotFound, EntryChanged, ModelNotFound, PresetNotFound
from actors.library import (
    DeleteCharacter,
    DeleteModel,
    DeletePreset,
    RenameModel,
    SaveCharacter,
    SavePreset,
)
from actors.rules.change import Limits, Moment
from actors.rules.entries import check_room, without
from state.library import Character, Preset
from state.model import DeskState

WorkshopCommand = (
    SavePreset | DeletePreset | SaveCharacter | DeleteCharacter | RenameModel | DeleteModel
)


def decided(
    state: DeskState, command: WorkshopCommand, moment: Moment, limits: Limits
) -> DeskState:
    """The desk with that change of its presets, characters and models."""
    match command:
        case SavePreset():
            return _save_preset(state, command, moment, limits)
        case DeletePreset(id):
            if id not in state.presets:
                raise PresetNotFound("there is no such preset", id=id)
            return replace(state, presets=without(state.presets, id))
        case SaveCharacter():
            return _save_character(state, command, moment, limits)
        case DeleteCharacter(id):
            if id not in state.characters:
                raise CharacterNotFound("there is no such character", id=id)
            return replace(state, characters=without(state.characters, id))
        case RenameModel():
            return _rename_model(state, command, limits)
        case DeleteModel(id):
            if id not in state.models:
                raise ModelNotFound("there is no such model", id=id)
            return replace(state, models=without(state.models, id))
        case _:
            assert_never(command)


def _save_preset(
    state: DeskState, command: SavePreset, moment: Moment, limits: Limits
) -> DeskState:
    before = state.presets.get(command.preset.id)
    if before is None and (command.data is None or isinstance(command.replaces, str)):
        raise PresetNotFound("there is no such preset", id=command.preset.id)
    _check_replaces(before, command.preset, command.data, command.replaces)
    preset = replace(
        command.preset,
        created_at=moment.now if before is None else before.created_at,
        updated_at=moment.now,
    )
    check_room(state.presets, preset, limits.max_presets, "presets")
    others = state.presets
    if preset.is_default:
        others = {id: _no_default(each) for id, each in others.items()}
    return replace(state, presets={**others, preset.id: preset})


def _no_default(preset: Preset) -> Preset:
    return replace(preset, is_default=False) if preset.is_default else preset


def _save_character(
    state: DeskState, command: SaveCharacter, moment: Moment, limits: Limits
) -> DeskState:
    before = state.characters.get(command.character.id)
    if before is None and (command.data is None or isinstance(command.replaces, str)):
        raise CharacterNotFound("there is no such character", id=command.character.id)
    _check_replaces(before, command.character, command.data, command.replaces)
    character = replace(
        command.character,
        created_at=moment.now if before is None else before.created_at,
        updated_at=moment.now,
    )
    check_room(state.characters, character, limits.max_characters, "characters")
    return replace(state, characters={**state.characters, character.id: character})


def _check_replaces(
    before: Preset | Character | None,
    wanted: Preset | Character,
    data: bytes | None,
    replaces: str | UnsetType | None,
) -> None:
    """Raises EntryChanged where the present one is not that which was looked at."""
    present = None if before is None else before.digest
    # Without bytes of its own it has those of the one before, or nobody has brought them.
    is_other = data is None and present != wanted.digest
    if is_other or (replaces is not UNSET and replaces != present):
        raise EntryChanged("it was changed meanwhile: read it again", id=wanted.id)


def _rename_model(state: DeskState, command: RenameModel, limits: Limits) -> DeskState:
    model = state.models.get(command.id)
    if model is None:
        raise ModelNotFound("there is no such model", id=command.id)
    model = replace(model, name=command.name)
    check_room(state.models, model, limits.max_models, "models")
    return replace(state, models={**state.models, model.id: model})
