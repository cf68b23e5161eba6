"""What is said to a desk of its library of templates, data sources, pictures, presets, characters
and models: commands of `actors.messages`.
"""

from __future__ import annotations

from typing import assert_never

from msgspec import UNSET, Struct, UnsetType

from state.library import Character, DataSource, Picture, Preset, Template


class SaveTemplate(Struct, frozen=True, kw_only=True):
    """Keep this template, as the next version of the one that has its id. `data` and `facts` are
    the bytes that its digests name; None: those of the version before, which has the same digests.
    Its version, uses and times are the desk's to say.

    With `replaces` it is done only where the present version is that one (None: there is none).
    """

    template: Template
    data: bytes | None = None
    facts: bytes | None = None
    replaces: int | UnsetType | None = UNSET


class DeleteTemplate(Struct, frozen=True):
    """Forget the template. Jobs that were made with it keep theirs."""

    id: str


class SaveDataSource(Struct, frozen=True, kw_only=True):
    """Keep this table, instead of the one that has its id."""

    source: DataSource
    data: bytes
    facts: bytes


class DeleteDataSource(Struct, frozen=True):
    """Forget the table. Jobs that were made of it have their rows."""

    id: str


class SavePicture(Struct, frozen=True, kw_only=True):
    """Keep this picture, instead of the one that has its id. `data` and `thumbnail` are the bytes
    that its digests name; no `thumbnail` where it names none."""

    picture: Picture
    data: bytes
    thumbnail: bytes | None = None


class DeletePicture(Struct, frozen=True):
    """Forget the picture. Jobs whose rows name it keep theirs."""

    id: str


class SavePreset(Struct, frozen=True, kw_only=True):
    """Keep this preset, instead of the one that has its id. `data` are the bytes that its digest
    names; None: those of the one before, which has the same digest. Where it is the default, no
    other is any more.

    With `replaces` it is done only where the present one has that digest (None: there is none).
    """

    preset: Preset
    data: bytes | None = None
    replaces: str | UnsetType | None = UNSET


class DeletePreset(Struct, frozen=True):
    """Forget the preset. Jobs that were made with it have what it said."""

    id: str


class SaveCharacter(Struct, frozen=True, kw_only=True):
    """Keep this character, instead of the one that has its id; `data` and `replaces` as those of a
    preset."""

    character: Character
    data: bytes | None = None
    replaces: str | UnsetType | None = UNSET


class DeleteCharacter(Struct, frozen=True):
    """Forget the character."""

    id: str


class RenameModel(Struct, frozen=True):
    """Call the model so."""

    id: str
    name: str


class DeleteModel(Struct, frozen=True):
    """Forget the model. Jobs that were made with it keep theirs."""

    id: str


# Those that bring files along.
SaveCommand = SaveTemplate | SaveDataSource | SavePicture | SavePreset | SaveCharacter
LibraryCommand = (
    SaveCommand
    | DeleteTemplate
    | DeleteDataSource
    | DeletePicture
    | DeletePreset
    | DeleteCharacter
    | RenameModel
    | DeleteModel
)


def files_in(command: SaveCommand) -> tuple[bytes, ...]:
    """What is to be kept before the desk can say that it has it."""
    files: tuple[bytes | None, ...]
    match command:
        case SavePicture():
            files = (command.data, command.thumbnail)
        case SaveTemplate() | SaveDataSource():
            files = (command.data, command.facts)
        case SavePreset() | SaveCharacter():
            files = (command.data, None)
        case _:
            assert_never(command)
    return tuple(data for data in files if data is not None)
