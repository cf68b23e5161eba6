"""A desk's presets as the front end sees them: kept, read, changed, and the specs they come to.

Used by `web.workshop.presets_api`, by jobs that name one and by the dialect of the task manager.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from actors.errors import EntryChanged, PresetNotFound
from actors.library import DeletePreset, SavePreset
from actors.messages import Reply
from actors.ports import DeskKey
from executors.shown import shown
from state.digests import digest_of
from state.library import Preset, fresh_id
from web.deps import WebDeps
from web.documents.about import chosen_id
from web.documents.files import newest
from web.http import invalid
from web.validate import Errors, field_error
from web.visit import Visit
from web.workshop.configs import config_errors, spec_of
from web.workshop.keeping import applied, still_there, until_kept
from web.workshop.said import NOTHING_SAID, Said, encoded, errors_in

# What an id is made of where the name gives nothing.
OTHERWISE = "config"


class Kept(Struct, frozen=True):
    """A preset, what it says, and the revision of the desk that it was read at or kept in."""

    preset: Preset
    config: dict[str, Any]
    revision: int


class Carried(Struct, frozen=True):
    """A preset from outside; `id` is empty where it has none that we could use."""

    said: Said
    config: dict[str, Any]
    id: str = ""


class Presets:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store

    def find(self, visit: Visit, id: str) -> Preset:
        """As last published. Raises PresetNotFound."""
        preset = visit.desk.published.presets.get(id)
        if preset is None:
            raise PresetNotFound("there is no such preset", id=shown(id))
        return preset

    async def read(self, visit: Visit, id: str) -> Kept:
        """Raises PresetNotFound, LibraryMissing."""
        preset, config = await newest(
            partial(self.find, visit, id), partial(self._config, visit.key)
        )
        return Kept(preset, config, visit.desk.published.revision)

    async def read_all(self, visit: Visit, presets: Iterable[Preset]) -> list[Kept]:
        """Those of them that are still there, with what they say. Raises LibraryMissing."""
        ids = [preset.id for preset in presets]
        return await still_there(partial(self.read, visit), ids, PresetNotFound)

    async def spec_of(self, visit: Visit, id: str) -> dict[str, Any]:
        """What a job is told by it, which a request may then say otherwise. Raises PresetNotFound,
        LibraryMissing."""
        return spec_of((await self.read(visit, id)).config)

    async def add(self, visit: Visit, said: Said, config: Mapping[str, Any], id: str = "") -> Kept:
        """Keep it under that id, or under one that its name gives. Raises WebError, LimitReached,
        EntryChanged where there is one of that id."""
        if said.name is UNSET:
            raise invalid([field_error("name", "is missing")])
        _check(said, config)
        wanted = chosen_id(id) if id else ""
        data = encoded(config)
        name, digest = said.name, digest_of(data)

        async def attempt() -> Kept:
            fresh = wanted or fresh_id(name, visit.desk.published.presets, OTHERWISE)
            preset = Preset(id=fresh, name=name, digest=digest, size_bytes=len(data))
            command = SavePreset(preset=applied(preset, said), data=data, replaces=None)
            reply = await visit.ask(command)
            return Kept(self.find(visit, fresh), dict(config), reply.revision)

        return await until_kept(attempt, anew=not wanted)

    async def edit(
        self,
        visit: Visit,
        id: str,
        said: Said = NOTHING_SAID,
        *,
        config: Mapping[str, Any] | UnsetType = UNSET,
        fields: Mapping[str, Any] | None = None,
        version: str | UnsetType = UNSET,
    ) -> Kept:
        """Say something else of it: `config` in the place of what it says, or `fields` in the place
        of those of it. With a `version` (a digest) only of that one. Raises WebError, LimitReached,
        PresetNotFound, EntryChanged."""

        async def attempt() -> Kept:
            before = await self.read(visit, id)
            if version is not UNSET and version != before.preset.digest:
                raise EntryChanged("it was changed meanwhile: read it again", id=id)
            whole = before.config if config is UNSET else config
            whole = {**whole, **(fields or {})}
            _check(said, whole if whole != before.config else {})
            data = encoded(whole)
            preset = replace(before.preset, digest=digest_of(data), size_bytes=len(data))
            command = SavePreset(
                preset=applied(preset, said), data=data, replaces=before.preset.digest
            )
            reply = await visit.ask(command)
            return Kept(self.find(visit, id), whole, reply.revision)

        return await until_kept(attempt, anew=version is UNSET)

    async def take_in(self, visit: Visit, presets: Sequence[Carried]) -> list[Kept]:
        """Keep presets from outside, under the ids that they had where those are free. Raises
        WebError with all that is wrong before any is kept, LimitReached."""
        errors: Errors = []
        for place, each in enumerate(presets):
            where = f"configs[{place}]." if len(presets) > 1 else ""
            errors += errors_in(each.said, where) + config_errors(each.config, where)
        if errors:
            raise invalid(errors)
        return [await self._take_in(visit, each) for each in presets]

    async def _take_in(self, visit: Visit, carried: Carried) -> Kept:
        if carried.id and carried.id not in visit.desk.published.presets:
            try:
                return await self.add(visit, carried.said, carried.config, carried.id)
            except EntryChanged:
                # Somebody was faster with that id.
                pass
        return await self.add(visit, carried.said, carried.config)

    async def delete(self, visit: Visit, id: str) -> Reply:
        """Raises PresetNotFound."""
        return await visit.ask(DeletePreset(id))

    async def _config(self, desk: DeskKey, preset: Preset) -> dict[str, Any]:
        data = await self._store.read_library(desk, preset.digest)
        return msgspec.json.decode(data, type=dict[str, Any])


def categories_of(presets: Iterable[Preset]) -> list[str]:
    """Those that there are."""
    return sorted({each.category for each in presets if each.category})


def _check(said: Said, config: Mapping[str, Any]) -> None:
    errors: Errors = errors_in(said) + config_errors(config)
    if errors:
        raise invalid(errors)
