"""The templates, data sources and pictures that a desk keeps. Pure; used by `actors.rules.jobs`.

What else its library holds is decided in `actors.rules.workshop`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import replace

from actors.errors import (
    DataSourceNotFound,
    PictureNotFound,
    TemplateChanged,
    TemplateNotFound,
)
from actors.library import (
    DeleteCharacter,
    DeleteDataSource,
    DeleteModel,
    DeletePicture,
    DeletePreset,
    DeleteTemplate,
    LibraryCommand,
    RenameModel,
    SaveCharacter,
    SaveDataSource,
    SavePicture,
    SavePreset,
    SaveTemplate,
)
from actors.rules import workshop
from actors.rules.change import Limits, Moment
from actors.rules.entries import check_room, without
from state.library import DataSource, Picture, Template
from state.model import DeskState


def decided(state: DeskState, command: LibraryCommand, moment: Moment, limits: Limits) -> DeskState:
    """The desk with that change of its library."""
    match command:
        case SaveTemplate():
            return _save_template(state, command, moment, limits)
        case SaveDataSource():
            return _save_source(state, command.source, moment, limits)
        case SavePicture():
            return _save_picture(state, command.picture, moment, limits)
        case DeleteTemplate(id):
            if id not in state.templates:
                raise TemplateNotFound("there is no such template", id=id)
            return replace(state, templates=without(state.templates, id))
        case DeleteDataSource(id):
            if id not in state.data_sources:
                raise DataSourceNotFound("there is no such data source", id=id)
            return replace(state, data_sources=without(state.data_sources, id))
        case DeletePicture(id):
            if id not in state.pictures:
                raise PictureNotFound("there is no such picture", id=id)
            return replace(state, pictures=without(state.pictures, id))
        case SavePreset() | DeletePreset() | SaveCharacter() | DeleteCharacter():
            return workshop.decided(state, command, moment, limits)
        case RenameModel() | DeleteModel():
            return workshop.decided(state, command, moment, limits)
        case _:
            assert_never(command)


def _save_template(
    state: DeskState, command: SaveTemplate, moment: Moment, limits: Limits
) -> DeskState:
    template = command.template
    before = state.templates.get(template.id)
    _check_replaces(command, before)
    template = replace(
        template,
        version=1 if before is None else before.version + 1,
        uses=0 if before is None else before.uses,
        created_at=moment.now if before is None else before.created_at,
        updated_at=moment.now,
    )
    check_room(state.templates, template, limits.max_templates, "templates")
    return replace(state, templates={**state.templates, template.id: template})


def _check_replaces(command: SaveTemplate, before: Template | None) -> None:
    version = None if before is None else before.version
    if command.replaces is not UNSET and command.replaces != version:
        if before is None:
            raise TemplateNotFound("there is no such template", id=command.template.id)
        said = "the template was changed meanwhile: read it again"
        raise TemplateChanged(said, id=before.id, version=before.version)
    if command.data is None:
        # Its files are those of the version before, or nobody has brought them.
        if before is None:
            raise TemplateNotFound("there is no such template", id=command.template.id)
        if (before.digest, before.facts) != (command.template.digest, command.template.facts):
            said = "the template was changed meanwhile: read it again"
            raise TemplateChanged(said, id=before.id, version=before.version)


def _save_source(state: DeskState, source: DataSource, moment: Moment, limits: Limits) -> DeskState:
    source = replace(source, created_at=moment.now)
    check_room(state.data_sources, source, limits.max_data_sources, "data sources")
    return replace(state, data_sources={**state.data_sources, source.id: source})


def _save_picture(state: DeskState, picture: Picture, moment: Moment, limits: Limits) -> DeskState:
    picture = replace(picture, created_at=moment.now)
    check_room(state.pictures, picture, limits.max_pictures, "pictures")
    return replace(state, pictures={**state.pictures, picture.id: picture})


def used(state: DeskState, ids: Iterable[str]) -> DeskState:
    """With one use more of each of those templates, as far as they are still there."""
    used_now = {
        id: replace(state.templates[id], uses=state.templates[id].uses + 1)
        for id in dict.fromkeys(ids)
        if id in state.templates
    }
    if not used_now:
        return state
    return replace(state, templates={**state.templates, **used_now})
