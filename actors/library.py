"""What is said to a desk of its library of templates, data sources and pictures: commands of
`actors.messages`.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from state.library import DataSource, Picture, Template


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


# Those that bring files along.
SaveCommand = SaveTemplate | SaveDataSource | SavePicture
LibraryCommand = SaveCommand | DeleteTemplate | DeleteDataSource | DeletePicture


def files_in(command: SaveCommand) -> tuple[bytes, ...]:
    """What is to be kept before the desk can say that it has it."""
    beside = command.thumbnail if isinstance(command, SavePicture) else command.facts
    return tuple(data for data in (command.data, beside) if data is not None)
