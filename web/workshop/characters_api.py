"""A desk's characters over REST. The wire is docs/presets.md."""

from __future__ import annotations

from functools import partial

from quart import Response, request

from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents.answers import forgotten
from web.documents.entries import by_name
from web.documents.schemas import DeletedAnswer
from web.http import Query, empty_body, json_answer
from web.routes import Parameter, Route, integer
from web.threads import Threads
from web.visit import Visit
from web.workshop import schemas
from web.workshop.characters import Characters, KeptCharacter, Looks
from web.workshop.entries import character_entry
from web.workshop.extraction import checked_limits
from web.workshop.said import Said
from web.workshop.tagged import TaggedPictures

CHARACTERS = f"{DESK}/characters"
_MAX_CHARS = 200
_TEXT = {"type": "string"}
_KEEP = ("entry_changed", "limit_reached", "body_too_large", "mailbox_full", "storage_full")
_ONE = ("character_not_found", "files_damaged")
_route = partial(Route, access=Access.DESK)


class CharactersApi:
    """Handlers of the characters. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._characters = Characters(deps)
        self._tagged = TaggedPictures(deps, threads)

    def routes(self) -> list[Route]:
        return [*self._of_all(), *self._of_one()]

    def _of_all(self) -> list[Route]:
        return [
            _route(
                method="GET",
                rule=CHARACTERS,
                name="list_characters",
                handler=self.list,
                summary="The characters of the desk's library",
                answer=schemas.CharactersAnswer,
                parameters=(
                    Parameter("search", _TEXT, "Only those with this in name or description."),
                    integer("page", "From 1.", default=1),
                    integer("size", "Characters a page.", default=50),
                ),
            ),
            _route(
                method="POST",
                rule=CHARACTERS,
                name="add_character",
                handler=self.add,
                summary="Keep a character",
                body=schemas.NewCharacterBody,
                answer=schemas.CharacterAnswer,
                status=201,
                command="save_character",
                errors=_KEEP,
            ),
            _route(
                method="POST",
                rule=f"{CHARACTERS}/extract",
                name="extract_character",
                handler=self.extract,
                summary="What tags of pictures have in common; nothing is kept",
                body=schemas.ExtractBody,
                answer=schemas.ExtractAnswer,
                errors=("files_damaged",),
            ),
        ]

    def _of_one(self) -> list[Route]:
        one = f"{CHARACTERS}/<character>"
        return [
            _route(
                method="GET",
                rule=one,
                name="get_character",
                handler=self.read,
                summary="A character, with its tags",
                answer=schemas.CharacterAnswer,
                errors=_ONE,
            ),
            _route(
                method="PUT",
                rule=one,
                name="set_character",
                handler=self.edit,
                summary="Say something else of a character",
                body=schemas.CharacterBody,
                answer=schemas.CharacterAnswer,
                command="save_character",
                errors=(*_ONE, *_KEEP),
            ),
            _route(
                method="DELETE",
                rule=one,
                name="delete_character",
                handler=self.delete,
                summary="Forget a character",
                answer=DeletedAnswer,
                errors=("character_not_found", "mailbox_full", "storage_full"),
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        query = Query(request.args)
        search = query.text("search", most_chars=_MAX_CHARS).casefold()
        page = query.integer("page", 1, low=1, high=10**9)
        size = query.integer("size", 50, low=1, high=self._settings.max_page_size)
        query.done()
        published = visit.desk.published
        found = [
            each
            for each in sorted(published.characters.values(), key=by_name)
            if search in f"{each.name}\n{each.description}".casefold()
        ]
        shown = [character_entry(each) for each in found[(page - 1) * size : page * size]]
        revision = published.revision
        return json_answer(schemas.CharactersAnswer(shown, page, size, len(found), revision))

    async def add(self, visit: Visit) -> Response:
        wanted = await checked_body(schemas.NewCharacterBody, self._settings, self._threads)
        said = Said(name=wanted.name, description=wanted.description)
        looks = Looks(wanted.tags, wanted.tag_weights)
        return _answer(await self._characters.add(visit, said, looks, wanted.id), 201)

    async def extract(self, visit: Visit) -> Response:
        asked = await checked_body(schemas.ExtractBody, self._settings, self._threads)
        wanted = checked_limits(
            asked.min_frequency, asked.min_weight, asked.max_tags, asked.exclude_tags
        )
        found = (await self._tagged.tally(visit, asked.source, "source")).found(wanted)
        return json_answer(
            schemas.ExtractAnswer(found.total_files, found.tag_frequency, found.tag_weights)
        )

    async def read(self, visit: Visit, character: str) -> Response:
        return _answer(await self._characters.read(visit, character))

    async def edit(self, visit: Visit, character: str) -> Response:
        wanted = await checked_body(schemas.CharacterBody, self._settings, self._threads)
        kept = await self._characters.edit(
            visit,
            character,
            Said(name=wanted.name, description=wanted.description),
            tags=wanted.tags,
            tag_weights=wanted.tag_weights,
            version=wanted.version,
        )
        return _answer(kept)

    async def delete(self, visit: Visit, character: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        return forgotten(character, await self._characters.delete(visit, character))


def _answer(kept: KeptCharacter, status: int = 200) -> Response:
    answer = schemas.CharacterAnswer(
        character_entry(kept.character),
        [*kept.looks.tags],
        {**kept.looks.tag_weights},
        kept.revision,
        durable=True,
    )
    return json_answer(answer, status)
