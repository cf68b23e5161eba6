"""Characters, as this system's pages have them: found by their names. The wire is
docs/task-manager.md.
"""

from __future__ import annotations

from functools import partial

from msgspec import UNSET
from quart import Response, request

from state.library import Character
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.character_schemas import (
    ManagerCharacter,
    ManagerCharacterAnswer,
    ManagerCharacterBody,
    ManagerCharacterNameBody,
    ManagerCharactersAnswer,
    ManagerCharacterUpdateBody,
    ManagerExtractBody,
    ManagerExtracted,
    ManagerExtractedAnswer,
)
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.refusals import character_is_there, character_not_found, no_tags
from web.dialects.taskmanager.routing import Row
from web.dialects.taskmanager.schemas import ManagerAnswer
from web.documents.entries import by_name
from web.http import Query
from web.routes import Parameter
from web.views import wire_time
from web.visit import Visit
from web.workshop.characters import Characters, KeptCharacter, Looks
from web.workshop.extraction import SURE, Extracted, checked_limits
from web.workshop.said import Said
from web.workshop.tagged import TaggedPictures

PATH = "/api/character"
_MAX_CHARS = 200
_KEEP = ("limit_reached", "entry_changed", "mailbox_full", "storage_full", "body_too_large")
_ONE = ("character_not_found", "files_damaged")


class CharactersApi:
    """Handlers that hold no state of their own."""

    def __init__(self, characters: Characters, tagged: TaggedPictures, reader: Reader) -> None:
        self._characters = characters
        self._tagged = tagged
        self._reader = reader

    def rows(self) -> list[Row]:
        return [*self._that_tell(), *self._that_change()]

    def _that_tell(self) -> list[Row]:
        return [
            Row(
                method="GET",
                paths=(f"{PATH}/list",),
                name="manager_characters",
                handler=self.list,
                summary="Every character, by name",
                answer=ManagerCharactersAnswer,
                errors=("files_damaged",),
            ),
            Row(
                method="GET",
                paths=(f"{PATH}/get",),
                name="manager_character",
                handler=self.get,
                summary="The character of that name",
                answer=ManagerCharacterAnswer,
                parameters=(Parameter("name", {"type": "string"}, "Or its id."),),
                errors=_ONE,
            ),
            Row(
                method="POST",
                paths=(f"{PATH}/extract",),
                name="manager_character_extract",
                handler=self.extract,
                summary="What tags of pictures have in common; nothing is kept",
                body=ManagerExtractBody,
                answer=ManagerExtractedAnswer,
                errors=("files_damaged",),
            ),
        ]

    def _that_change(self) -> list[Row]:
        post = partial(Row, method="POST")
        return [
            post(
                paths=(f"{PATH}/create",),
                name="manager_character_create",
                handler=self.create,
                summary="Keep a character",
                body=ManagerCharacterBody,
                answer=ManagerCharacterAnswer,
                errors=_KEEP,
                command="save_character",
            ),
            post(
                paths=(f"{PATH}/update",),
                name="manager_character_update",
                handler=self.update,
                summary="Say something else of a character",
                body=ManagerCharacterUpdateBody,
                answer=ManagerCharacterAnswer,
                errors=(*_ONE, *_KEEP),
                command="save_character",
            ),
            post(
                paths=(f"{PATH}/delete",),
                name="manager_character_delete",
                handler=self.delete,
                summary="Forget a character",
                body=ManagerCharacterNameBody,
                answer=ManagerAnswer,
                errors=("character_not_found", "mailbox_full", "storage_full"),
                command="delete_character",
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        ordered = sorted(visit.desk.published.characters.values(), key=by_name)
        kept = await self._characters.read_all(visit, ordered)
        return answer([_character_of(each) for each in kept])

    async def get(self, visit: Visit) -> Response:
        query = Query(request.args)
        name = query.text("name", most_chars=_MAX_CHARS)
        if not name:
            query.wrong("name", "is missing")
        query.done()
        return _answer(await self._characters.read(visit, _find(visit, name).id))

    async def extract(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerExtractBody)
        found = await self._extracted(visit, asked)
        return answer(
            ManagerExtracted(
                total_files=found.total_files,
                tag_frequency=found.tag_frequency,
                tag_weights=found.tag_weights,
            )
        )

    async def create(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerCharacterBody)
        if _named(visit, asked.name) is not None:
            raise character_is_there(asked.name)
        found = await self._extracted(visit, asked)
        tags = list(dict.fromkeys(asked.core_tags)) or list(found.tag_weights)
        if not tags:
            raise no_tags(found.total_files)
        looks = Looks(tags, {tag: found.tag_weights.get(tag, SURE) for tag in tags})
        said = Said(name=asked.name, description=asked.description)
        return _answer(await self._characters.add(visit, said, looks))

    async def update(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerCharacterUpdateBody)
        kept = await self._characters.edit(
            visit,
            _find(visit, asked.name).id,
            Said(description=UNSET if asked.description is None else asked.description),
            tags=UNSET if asked.tags is None else asked.tags,
            tag_weights=UNSET if asked.tag_weights is None else asked.tag_weights,
        )
        return _answer(kept)

    async def delete(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerCharacterNameBody)
        await self._characters.delete(visit, _find(visit, asked.name).id)
        return answer()

    async def _extracted(
        self, visit: Visit, asked: ManagerExtractBody | ManagerCharacterBody
    ) -> Extracted:
        """Raises WebError, JobFilesMissing."""
        wanted = checked_limits(
            asked.min_frequency, asked.min_weight, asked.max_tags, asked.exclude_tags
        )
        return (await self._tagged.tally(visit, asked.source_dir, "source_dir")).found(wanted)


def _find(visit: Visit, named: str) -> Character:
    """By its id, else by its name. Raises Refused."""
    character = visit.desk.published.characters.get(named) or _named(visit, named)
    if character is None:
        raise character_not_found(named)
    return character


def _named(visit: Visit, name: str) -> Character | None:
    """The first of that name."""
    characters = sorted(visit.desk.published.characters.values(), key=by_name)
    return next((each for each in characters if each.name == name), None)


def _character_of(kept: KeptCharacter) -> ManagerCharacter:
    character = kept.character
    return ManagerCharacter(
        id=character.id,
        name=character.name,
        description=character.description,
        tags=[*kept.looks.tags],
        tag_weights={**kept.looks.tag_weights},
        created_at=wire_time(character.created_at),
        updated_at=wire_time(character.updated_at),
    )


def _answer(kept: KeptCharacter) -> Response:
    return answer(_character_of(kept))
