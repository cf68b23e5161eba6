"""A desk's models as the front end sees them: read, renamed, deleted. Jobs make them.

Used by `web.workshop.models_api`.
"""

from __future__ import annotations

from functools import partial

from actors.errors import ModelNotFound
from actors.library import DeleteModel, RenameModel
from actors.messages import Reply
from actors.ports import DeskKey
from executors.shown import shown
from state.library import Model
from web.deps import WebDeps
from web.documents.files import newest
from web.visit import Visit
from web.workshop.said import Said, check_said


class Models:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store

    def find(self, visit: Visit, id: str) -> Model:
        """As last published. Raises ModelNotFound."""
        model = visit.desk.published.models.get(id)
        if model is None:
            raise ModelNotFound("there is no such model", id=shown(id))
        return model

    async def report(self, visit: Visit, id: str) -> tuple[Model, bytes]:
        """A model and what is known of it, as JSON. Raises ModelNotFound, LibraryMissing."""
        return await newest(partial(self.find, visit, id), partial(self._facts, visit.key))

    async def file(self, visit: Visit, id: str) -> tuple[Model, bytes]:
        """A model and its bytes. Raises ModelNotFound, LibraryMissing."""
        return await newest(partial(self.find, visit, id), partial(self._bytes, visit.key))

    async def rename(self, visit: Visit, id: str, name: str) -> Reply:
        """Raises WebError, ModelNotFound."""
        check_said(Said(name=name))
        return await visit.ask(RenameModel(id, name))

    async def delete(self, visit: Visit, id: str) -> Reply:
        """Raises ModelNotFound."""
        return await visit.ask(DeleteModel(id))

    async def _facts(self, desk: DeskKey, model: Model) -> bytes:
        return await self._store.read_library(desk, model.facts)

    async def _bytes(self, desk: DeskKey, model: Model) -> bytes:
        return await self._store.read_library(desk, model.digest)
