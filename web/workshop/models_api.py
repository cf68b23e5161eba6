"""What a desk's jobs have learned, over REST. The wire is docs/presets.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from msgspec import Raw
from quart import Response

from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents.answers import forgotten
from web.documents.schemas import DeletedAnswer
from web.downloads import send
from web.http import empty_body, json_answer
from web.routes import Route
from web.threads import Threads
from web.visit import Visit
from web.workshop import schemas
from web.workshop.entries import model_entry
from web.workshop.models import Models

MODELS = f"{DESK}/models"
ONNX_TYPE = "application/octet-stream"
_route = partial(Route, access=Access.DESK)


class ModelsApi:
    """Handlers of the models. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._models = Models(deps)

    def routes(self) -> list[Route]:
        one = f"{MODELS}/<model>"
        return [
            _route(
                method="GET",
                rule=MODELS,
                name="list_models",
                handler=self.list,
                summary="What the desk's jobs have learned, the newest first",
                answer=schemas.ModelsAnswer,
            ),
            _route(
                method="GET",
                rule=one,
                name="get_model",
                handler=self.read,
                summary="A model, and what is known of it",
                answer=schemas.ModelAnswer,
                errors=("model_not_found", "files_damaged"),
            ),
            _route(
                method="GET",
                rule=f"{one}/file",
                name="get_model_file",
                handler=self.file,
                summary="The model itself, as ONNX",
                answer=ONNX_TYPE,
                errors=("model_not_found", "files_damaged", "range_not_satisfiable"),
            ),
            _route(
                method="PATCH",
                rule=one,
                name="rename_model",
                handler=self.rename,
                summary="Call a model otherwise",
                body=schemas.ModelBody,
                answer=schemas.ModelAnswer,
                errors=("model_not_found", "files_damaged", "mailbox_full", "storage_full"),
            ),
            _route(
                method="DELETE",
                rule=one,
                name="delete_model",
                handler=self.delete,
                summary="Forget a model; jobs that were made with it keep theirs",
                answer=DeletedAnswer,
                errors=("model_not_found", "mailbox_full", "storage_full"),
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        published = visit.desk.published
        newest = sorted(published.models.values(), key=lambda each: (-each.created_at, each.id))
        entries = [model_entry(each) for each in newest]
        return json_answer(schemas.ModelsAnswer(entries, published.revision))

    async def read(self, visit: Visit, model: str) -> Response:
        return await self._answer(visit, model, visit.desk.published.revision)

    async def file(self, visit: Visit, model: str) -> Response:
        found, data = await self._models.file(visit, model)
        visit.note("read_model")
        return send(_Held(data, found.digest), ONNX_TYPE, f"{found.name}.onnx")

    async def rename(self, visit: Visit, model: str) -> Response:
        wanted = await checked_body(schemas.ModelBody, self._settings, self._threads)
        reply = await self._models.rename(visit, model, wanted.name)
        return await self._answer(visit, model, reply.revision)

    async def delete(self, visit: Visit, model: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        return forgotten(model, await self._models.delete(visit, model))

    async def _answer(self, visit: Visit, id: str, revision: int) -> Response:
        found, report = await self._models.report(visit, id)
        answer = schemas.ModelAnswer(model_entry(found), Raw(report), revision, durable=True)
        return json_answer(answer)


class _Held:
    """A model that is in memory, as `web.downloads` sends it. Its tag is its digest."""

    def __init__(self, data: bytes, digest: str) -> None:
        self._data = data
        self.size_bytes: int | None = len(data)
        self.etag: str | None = digest

    async def chunks(self, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from there on, at once."""
        yield self._data[start:]
