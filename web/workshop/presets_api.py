"""A desk's presets over REST. The wire is docs/presets.md."""

from __future__ import annotations

from functools import partial

import msgspec
from quart import Response, request

from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents.answers import forgotten, to_be_saved
from web.documents.entries import by_name
from web.documents.schemas import DeletedAnswer
from web.errors import JSON_TYPE
from web.http import Query, body, empty_body, invalid, json_answer, require_json_type
from web.routes import Parameter, Route, integer
from web.strict_json import loads
from web.threads import Threads
from web.validate import field_error
from web.visit import Visit
from web.workshop import schemas
from web.workshop.carried import carried, exported
from web.workshop.entries import preset_entry
from web.workshop.presets import Kept, Presets, categories_of
from web.workshop.said import Said

PRESETS = f"{DESK}/presets"
FILE_NAME = "presets.json"
_MAX_CHARS = 200
_TEXT = {"type": "string"}
_KEEP = ("entry_changed", "limit_reached", "body_too_large", "mailbox_full", "storage_full")
_ONE = ("preset_not_found", "files_damaged")
_route = partial(Route, access=Access.DESK)


class PresetsApi:
    """Handlers of the presets. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, presets: Presets) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._presets = presets

    def routes(self) -> list[Route]:
        return [*self._of_all(), *self._of_one()]

    def _of_all(self) -> list[Route]:
        return [
            _route(
                method="GET",
                rule=PRESETS,
                name="list_presets",
                handler=self.list,
                summary="The saved ways to make pictures",
                answer=schemas.PresetsAnswer,
                parameters=(
                    Parameter("category", _TEXT, "Only those of it."),
                    Parameter("search", _TEXT, "Only those with this in name or description."),
                    integer("page", "From 1.", default=1),
                    integer("size", "Presets a page.", default=50),
                ),
            ),
            _route(
                method="POST",
                rule=PRESETS,
                name="add_preset",
                handler=self.add,
                summary="Keep a way to make pictures",
                body=schemas.NewPresetBody,
                answer=schemas.PresetAnswer,
                status=201,
                command="save_preset",
                errors=_KEEP,
            ),
            _route(
                method="POST",
                rule=f"{PRESETS}/import",
                name="import_presets",
                handler=self.import_,
                summary="Take in a file of presets, ours or an older system's",
                body=schemas.PresetsFileBody,
                answer=schemas.KeptPresetsAnswer,
                status=201,
                command="save_preset",
                errors=_KEEP,
            ),
            _route(
                method="GET",
                rule=f"{PRESETS}/export",
                name="export_presets",
                handler=self.export,
                summary="A file of presets",
                answer=JSON_TYPE,
                parameters=(Parameter("ids", _TEXT, "Those, with commas between; else all."),),
                errors=_ONE,
            ),
        ]

    def _of_one(self) -> list[Route]:
        one = f"{PRESETS}/<preset>"
        return [
            _route(
                method="GET",
                rule=one,
                name="get_preset",
                handler=self.read,
                summary="A preset, and what it says",
                answer=schemas.PresetAnswer,
                errors=_ONE,
            ),
            _route(
                method="PUT",
                rule=one,
                name="set_preset",
                handler=self.edit,
                summary="Say something else of a preset, or have it say something else",
                body=schemas.PresetBody,
                answer=schemas.PresetAnswer,
                command="save_preset",
                errors=(*_ONE, *_KEEP),
            ),
            _route(
                method="POST",
                rule=f"{one}/default",
                name="set_default_preset",
                handler=self.make_default,
                summary="Let it be the default one, and no other",
                answer=schemas.PresetAnswer,
                command="save_preset",
                errors=(*_ONE, *_KEEP),
            ),
            _route(
                method="DELETE",
                rule=one,
                name="delete_preset",
                handler=self.delete,
                summary="Forget a preset; jobs that were made with it stay as they are",
                answer=DeletedAnswer,
                errors=("preset_not_found", "mailbox_full", "storage_full"),
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        query = Query(request.args)
        category = query.text("category", most_chars=_MAX_CHARS)
        search = query.text("search", most_chars=_MAX_CHARS).casefold()
        page = query.integer("page", 1, low=1, high=10**9)
        size = query.integer("size", 50, low=1, high=self._settings.max_page_size)
        query.done()
        published = visit.desk.published
        found = [
            each
            for each in sorted(published.presets.values(), key=by_name)
            if (not category or each.category == category)
            and search in f"{each.name}\n{each.description}".casefold()
        ]
        return json_answer(
            schemas.PresetsAnswer(
                [preset_entry(each) for each in found[(page - 1) * size : page * size]],
                categories_of(published.presets.values()),
                page,
                size,
                len(found),
                published.revision,
            )
        )

    async def add(self, visit: Visit) -> Response:
        wanted = await checked_body(schemas.NewPresetBody, self._settings, self._threads)
        said = Said(
            name=wanted.name,
            category=wanted.category,
            description=wanted.description,
            is_default=wanted.is_default,
        )
        return _answer(await self._presets.add(visit, said, wanted.config, wanted.id), 201)

    async def import_(self, visit: Visit) -> Response:
        require_json_type()
        settings = self._settings
        value = loads(
            await body(),
            max_depth=settings.max_json_depth,
            max_members=settings.max_json_members,
        )
        if not isinstance(value, dict):
            raise invalid([field_error("", "must be a JSON object")])
        kept = await self._presets.take_in(visit, carried(value))
        answer = schemas.KeptPresetsAnswer(
            [preset_entry(each.preset) for each in kept],
            visit.desk.published.revision,
            durable=True,
        )
        return json_answer(answer, 201)

    async def export(self, visit: Visit) -> Response:
        query = Query(request.args)
        named = query.text("ids", most_chars=64 * 1024)
        query.done()
        ids = named.split(",") if named else sorted(visit.desk.published.presets)
        kept = [await self._presets.read(visit, id) for id in dict.fromkeys(ids)]
        return to_be_saved(msgspec.json.encode(exported(kept)), JSON_TYPE, FILE_NAME)

    async def read(self, visit: Visit, preset: str) -> Response:
        return _answer(await self._presets.read(visit, preset))

    async def edit(self, visit: Visit, preset: str) -> Response:
        wanted = await checked_body(schemas.PresetBody, self._settings, self._threads)
        said = Said(
            name=wanted.name,
            category=wanted.category,
            description=wanted.description,
            is_default=wanted.is_default,
        )
        kept = await self._presets.edit(
            visit, preset, said, config=wanted.config, version=wanted.version
        )
        return _answer(kept)

    async def make_default(self, visit: Visit, preset: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        return _answer(await self._presets.edit(visit, preset, Said(is_default=True)))

    async def delete(self, visit: Visit, preset: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        return forgotten(preset, await self._presets.delete(visit, preset))


def _answer(kept: Kept, status: int = 200) -> Response:
    entry = preset_entry(kept.preset)
    return json_answer(
        schemas.PresetAnswer(entry, kept.config, kept.revision, durable=True), status
    )
