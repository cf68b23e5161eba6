"""Saved configs of pictures, as this system's pages have them: the desk's presets. The wire is
docs/task-manager.md.
"""

from __future__ import annotations

from quart import Response, request

from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.config_answers import (
    config_answer,
    config_named,
    configs_answer,
    default_of,
    updated,
)
from web.dialects.taskmanager.config_schemas import (
    ManagerCategories,
    ManagerCategoriesAnswer,
    ManagerConfigAnswer,
    ManagerConfigBody,
    ManagerConfigIdBody,
    ManagerConfigsAnswer,
)
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.refusals import config_not_found
from web.dialects.taskmanager.routing import Row
from web.documents.entries import by_name
from web.http import Query, invalid
from web.routes import Parameter
from web.validate import Errors
from web.visit import Visit
from web.workshop.carried import split
from web.workshop.presets import Presets, categories_of
from web.workshop.said import Said

PATH = "/api/configs"
_MAX_CHARS = 200
KEEP = ("limit_reached", "mailbox_full", "storage_full", "body_too_large")
ONE = ("preset_not_found", "files_damaged")


class ConfigsApi:
    """Handlers that hold no state of their own."""

    def __init__(self, presets: Presets, reader: Reader) -> None:
        self._presets = presets
        self._reader = reader

    def rows(self) -> list[Row]:
        return [*self._of_all(), *self._of_one(), *self._of_uses()]

    def _of_all(self) -> list[Row]:
        text = {"type": "string"}
        names = ("category", "search", "name", "page", "pageSize")
        return [
            Row(
                method="GET",
                paths=(PATH,),
                name="manager_configs",
                handler=self.list,
                summary="Every saved config, by name; there are no pages",
                answer=ManagerConfigsAnswer,
                parameters=tuple(Parameter(name, text) for name in names),
                errors=("files_damaged",),
            ),
            Row(
                method="GET",
                paths=(f"{PATH}/categories",),
                name="manager_config_categories",
                handler=self.categories,
                summary="The categories that there are",
                answer=ManagerCategoriesAnswer,
            ),
            Row(
                method="POST",
                paths=(PATH, f"{PATH}/create", f"{PATH}/file/create"),
                name="manager_config_create",
                handler=self.create,
                summary="Save a config",
                body=ManagerConfigBody,
                answer=ManagerConfigAnswer,
                errors=KEEP,
                command="save_preset",
            ),
            Row(
                method="GET",
                paths=(f"{PATH}/default",),
                name="manager_config_default",
                handler=self.default,
                summary="The default config",
                answer=ManagerConfigAnswer,
                errors=ONE,
            ),
            Row(
                method="POST",
                paths=(f"{PATH}/default",),
                name="manager_config_set_default",
                handler=self.set_default,
                summary="Say which config is the default one",
                body=ManagerConfigIdBody,
                answer=ManagerConfigAnswer,
                errors=(*ONE, *KEEP),
                command="save_preset",
            ),
        ]

    def _of_one(self) -> list[Row]:
        one = f"{PATH}/<config>"
        return [
            Row(
                method="GET",
                paths=(one,),
                name="manager_config",
                handler=self.get,
                summary="A saved config",
                answer=ManagerConfigAnswer,
                errors=ONE,
            ),
            Row(
                method="GET",
                paths=(f"{PATH}/name/<config_name>",),
                name="manager_config_by_name",
                handler=self.by_name,
                summary="The config of that name",
                answer=ManagerConfigAnswer,
                errors=ONE,
            ),
            Row(
                method="PUT",
                paths=(one, f"{PATH}/file/<config>/update"),
                name="manager_config_update",
                handler=self.update,
                summary="Replace some of its fields; the others stay",
                body=ManagerConfigBody,
                answer=ManagerConfigAnswer,
                errors=(*ONE, *KEEP),
                command="save_preset",
            ),
            Row(
                method="DELETE",
                paths=(one, f"{PATH}/file/<config>/delete"),
                name="manager_config_delete",
                handler=self.delete,
                summary="Forget a config; tasks that were made with it stay as they are",
                answer=ManagerConfigAnswer,
                errors=("preset_not_found", "mailbox_full", "storage_full"),
                command="delete_preset",
            ),
        ]

    def _of_uses(self) -> list[Row]:
        one = f"{PATH}/<config>"
        return [
            Row(
                method="POST",
                paths=(f"{one}/default",),
                name="manager_config_make_default",
                handler=self.make_default,
                summary="Let it be the default one",
                answer=ManagerConfigAnswer,
                errors=(*ONE, *KEEP),
                command="save_preset",
            ),
            Row(
                method="POST",
                paths=(f"{one}/use",),
                name="manager_config_use",
                handler=self.use,
                summary="A saved config, for who is about to use it",
                answer=ManagerConfigAnswer,
                errors=ONE,
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        query = Query(request.args)
        category = query.text("category", most_chars=_MAX_CHARS)
        texts = [query.text(name, most_chars=_MAX_CHARS).casefold() for name in ("search", "name")]
        query.done()
        presets = visit.desk.published.presets.values()
        found = [
            each
            for each in sorted(presets, key=by_name)
            if (not category or each.category == category)
            and all(text in f"{each.name}\n{each.description}".casefold() for text in texts)
        ]
        return configs_answer(visit, await self._presets.read_all(visit, found))

    async def categories(self, visit: Visit) -> Response:
        found = categories_of(visit.desk.published.presets.values())
        return answer(ManagerCategories(categories=found))

    async def create(self, visit: Visit) -> Response:
        value, _ = await self._reader.object()
        errors: Errors = []
        said, config = split(value, errors)
        if errors:
            raise invalid(errors)
        return config_answer(await self._presets.add(visit, said, config))

    async def default(self, visit: Visit) -> Response:
        return config_answer(await self._presets.read(visit, default_of(visit).id))

    async def set_default(self, visit: Visit) -> Response:
        value, _ = await self._reader.object()
        return await self._make_default(visit, config_named(value))

    async def get(self, visit: Visit, config: str) -> Response:
        return config_answer(await self._presets.read(visit, config))

    async def by_name(self, visit: Visit, config_name: str) -> Response:
        presets = sorted(visit.desk.published.presets.values(), key=by_name)
        preset = next((each for each in presets if each.name == config_name), None)
        if preset is None:
            raise config_not_found(config_name)
        return config_answer(await self._presets.read(visit, preset.id))

    async def update(self, visit: Visit, config: str) -> Response:
        value, _ = await self._reader.object()
        return config_answer(await updated(self._presets, visit, config, value))

    async def delete(self, visit: Visit, config: str) -> Response:
        await self._reader.object()
        await self._presets.delete(visit, config)
        return answer({"id": config})

    async def make_default(self, visit: Visit, config: str) -> Response:
        await self._reader.object()
        return await self._make_default(visit, config)

    async def _make_default(self, visit: Visit, id: str) -> Response:
        return config_answer(await self._presets.edit(visit, id, Said(is_default=True)))

    async def use(self, visit: Visit, config: str) -> Response:
        await self._reader.object()
        return await self.get(visit, config)
