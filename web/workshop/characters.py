"""A desk's characters as the front end sees them: kept, read, changed.

Used by `web.workshop.characters_api` and by the dialect of the task manager.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from actors.errors import CharacterNotFound, EntryChanged
from actors.library import DeleteCharacter, SaveCharacter
from actors.messages import Reply
from actors.ports import DeskKey
from executors.problems import text_reason
from executors.shown import shown
from state.digests import digest_of
from state.library import Character, fresh_id
from web.deps import WebDeps
from web.documents.about import chosen_id
from web.documents.files import newest
from web.http import invalid
from web.validate import Errors, field_error
from web.visit import Visit
from web.workshop.extraction import MAX_WANTED
from web.workshop.keeping import applied, still_there, until_kept
from web.workshop.said import NOTHING_SAID, Said, encoded, errors_in

# What an id is made of where the name gives nothing.
OTHERWISE = "character"
MAX_TAGS = MAX_WANTED
MAX_TAG_CHARS = 200
# A prompt may stress a tag more than it weighs in pictures.
MAX_WEIGHT = 2.0


class Looks(Struct, frozen=True):
    """What somebody looks like: tags, the foremost first, and how much each of them weighs."""

    tags: Sequence[str] = ()
    tag_weights: Mapping[str, float] = {}


class KeptCharacter(Struct, frozen=True):
    """A character, its looks, and the revision of the desk that it was read at or kept in."""

    character: Character
    looks: Looks
    revision: int


class Characters:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store

    def find(self, visit: Visit, id: str) -> Character:
        """As last published. Raises CharacterNotFound."""
        character = visit.desk.published.characters.get(id)
        if character is None:
            raise CharacterNotFound("there is no such character", id=shown(id))
        return character

    async def read(self, visit: Visit, id: str) -> KeptCharacter:
        """Raises CharacterNotFound, LibraryMissing."""
        character, looks = await newest(
            partial(self.find, visit, id), partial(self._looks, visit.key)
        )
        return KeptCharacter(character, looks, visit.desk.published.revision)

    async def read_all(self, visit: Visit, characters: Iterable[Character]) -> list[KeptCharacter]:
        """Those of them that are still there, with their looks. Raises LibraryMissing."""
        ids = [character.id for character in characters]
        return await still_there(partial(self.read, visit), ids, CharacterNotFound)

    async def add(self, visit: Visit, said: Said, looks: Looks, id: str = "") -> KeptCharacter:
        """Keep it under that id, or under one that its name gives. Raises WebError, LimitReached,
        EntryChanged where there is one of that id."""
        if said.name is UNSET:
            raise invalid([field_error("name", "is missing")])
        _check(said, looks)
        wanted = chosen_id(id) if id else ""
        data = encoded(asdict(looks))
        name, digest = said.name, digest_of(data)

        async def attempt() -> KeptCharacter:
            fresh = wanted or fresh_id(name, visit.desk.published.characters, OTHERWISE)
            character = Character(id=fresh, name=name, digest=digest, size_bytes=len(data))
            command = SaveCharacter(character=applied(character, said), data=data, replaces=None)
            reply = await visit.ask(command)
            return KeptCharacter(self.find(visit, fresh), looks, reply.revision)

        return await until_kept(attempt, anew=not wanted)

    async def edit(
        self,
        visit: Visit,
        id: str,
        said: Said = NOTHING_SAID,
        *,
        tags: Sequence[str] | UnsetType = UNSET,
        tag_weights: Mapping[str, float] | UnsetType = UNSET,
        version: str | UnsetType = UNSET,
    ) -> KeptCharacter:
        """Say something else of it. With a `version` (a digest) only of that one. Raises WebError,
        LimitReached, CharacterNotFound, EntryChanged."""

        async def attempt() -> KeptCharacter:
            before = await self.read(visit, id)
            if version is not UNSET and version != before.character.digest:
                raise EntryChanged("it was changed meanwhile: read it again", id=id)
            looks = Looks(
                before.looks.tags if tags is UNSET else tags,
                before.looks.tag_weights if tag_weights is UNSET else tag_weights,
            )
            _check(said, looks)
            data = encoded(asdict(looks))
            character = replace(before.character, digest=digest_of(data), size_bytes=len(data))
            command = SaveCharacter(
                character=applied(character, said), data=data, replaces=before.character.digest
            )
            reply = await visit.ask(command)
            return KeptCharacter(self.find(visit, id), looks, reply.revision)

        return await until_kept(attempt, anew=version is UNSET)

    async def delete(self, visit: Visit, id: str) -> Reply:
        """Raises CharacterNotFound."""
        return await visit.ask(DeleteCharacter(id))

    async def _looks(self, desk: DeskKey, character: Character) -> Looks:
        data = await self._store.read_library(desk, character.digest)
        return msgspec.json.decode(data, type=Looks)


def _check(said: Said, looks: Looks) -> None:
    errors = errors_in(said) + _errors_in_looks(looks)
    if errors:
        raise invalid(errors)


def _errors_in_looks(looks: Looks) -> Errors:
    """All that is wrong with it."""
    errors: Errors = []
    for field, count in (("tags", len(looks.tags)), ("tag_weights", len(looks.tag_weights))):
        if count > MAX_TAGS:
            errors.append(field_error(field, f"more than {MAX_TAGS} of them"))
    if errors:
        return errors
    for place, tag in enumerate(looks.tags):
        if (reason := text_reason(tag, MAX_TAG_CHARS)) is not None:
            errors.append(field_error(f"tags[{place}]", reason))
    for tag, weight in looks.tag_weights.items():
        reason = text_reason(tag, MAX_TAG_CHARS)
        if reason is None and not 0 <= weight <= MAX_WEIGHT:
            reason = f"must be a number from 0 to {MAX_WEIGHT:g}"
        if reason is not None:
            errors.append(field_error(f"tag_weights.{shown(tag)[:MAX_TAG_CHARS]}", reason))
    return errors
