"""Saved configs as files, and as clients of older versions have them. The wire is
docs/task-manager.md.
"""

from __future__ import annotations

import msgspec
from quart import Response

from web.dialects.taskmanager.config_answers import (
    config_answer,
    config_named,
    configs_answer,
    default_of,
    updated,
)
from web.dialects.taskmanager.config_schemas import (
    ManagerConfigAnswer,
    ManagerConfigIdBody,
    ManagerConfigsAnswer,
    ManagerConfigUpdateBody,
    ManagerExportBody,
    ManagerImportBody,
)
from web.dialects.taskmanager.configs import KEEP, ONE, PATH
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.refusals import not_a_file
from web.dialects.taskmanager.routing import Row
from web.documents.answers import to_be_saved
from web.errors import JSON_TYPE
from web.http import invalid
from web.validate import field_error
from web.visit import Visit
from web.workshop.carried import carried, exported
from web.workshop.presets import Presets

FILE_NAME = "configs.json"


class ConfigFilesApi:
    """Handlers that hold no state of their own."""

    def __init__(self, presets: Presets, reader: Reader) -> None:
        self._presets = presets
        self._reader = reader

    def rows(self) -> list[Row]:
        return [*self._of_files(), *self._of_older_clients()]

    def _of_files(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=(f"{PATH}/import",),
                name="manager_config_import",
                handler=self.import_,
                summary="Take in a file of configs",
                body=ManagerImportBody,
                answer=ManagerConfigsAnswer,
                errors=KEEP,
                command="save_preset",
            ),
            Row(
                method="POST",
                paths=(f"{PATH}/export",),
                name="manager_config_export",
                handler=self.export,
                summary="A file of these configs; of all where none is named",
                body=ManagerExportBody,
                answer=JSON_TYPE,
                errors=ONE,
            ),
            Row(
                method="POST",
                paths=tuple(
                    f"{PATH}/{word}" for word in ("import-file", "export-file", "load-from-files")
                ),
                name="manager_config_files",
                handler=self.files,
                summary="Refused: a request names no file on the server's disk",
                answer=ManagerConfigAnswer,
                command="save_preset",
            ),
        ]

    def _of_older_clients(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=("/api/config/get",),
                name="manager_old_config",
                handler=self.old_get,
                summary="A saved config; the default one where none is named",
                body=ManagerConfigIdBody,
                answer=ManagerConfigAnswer,
                errors=ONE,
            ),
            Row(
                method="POST",
                paths=("/api/config/update",),
                name="manager_old_config_update",
                handler=self.old_update,
                summary="Replace some of the fields of a saved config",
                body=ManagerConfigUpdateBody,
                answer=ManagerConfigAnswer,
                errors=(*ONE, *KEEP),
                command="save_preset",
            ),
        ]

    async def import_(self, visit: Visit) -> Response:
        value, _ = await self._reader.object()
        return configs_answer(visit, await self._presets.take_in(visit, carried(value)))

    async def export(self, visit: Visit) -> Response:
        value, _ = await self._reader.object()
        ids = value.get("config_ids") or sorted(visit.desk.published.presets)
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise invalid([field_error("config_ids", "must be a list of ids")])
        found = [await self._presets.read(visit, id) for id in dict.fromkeys(ids)]
        return to_be_saved(msgspec.json.encode(exported(found)), JSON_TYPE, FILE_NAME)

    async def files(self, visit: Visit) -> Response:
        raise not_a_file()

    async def old_get(self, visit: Visit) -> Response:
        value, _ = await self._reader.object()
        id = config_named(value, default_of(visit).id if not value else "")
        return config_answer(await self._presets.read(visit, id))

    async def old_update(self, visit: Visit) -> Response:
        value, _ = await self._reader.object()
        fields = value.get("config", value)
        if not isinstance(fields, dict):
            raise invalid([field_error("config", "must be an object")])
        id = config_named(value)
        return config_answer(await updated(self._presets, visit, id, fields))
