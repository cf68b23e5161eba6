"""What a job of documents would make, over REST. The wire is docs/documents.md."""

from __future__ import annotations

from msgspec import UNSET
from quart import Response

from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents import schemas
from web.documents.making import DocumentSupplies
from web.documents.outline import Outlines
from web.http import invalid, json_answer
from web.routes import Route
from web.threads import Threads
from web.validate import field_error
from web.visit import Visit

MAX_NAMES = 1_000


class OutlineApi:
    """The handler of outlines. It holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads, supplies: DocumentSupplies) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._outlines = Outlines(deps, threads, supplies)

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule=f"{DESK}/documents/outline",
                name="outline_documents",
                asks=True,
                access=Access.DESK,
                handler=self.outline,
                summary="What a job of documents would make: how many, and by which names",
                body=schemas.OutlineBody,
                answer=schemas.OutlineAnswer,
                errors=("invalid_spec", "files_damaged"),
            )
        ]

    async def outline(self, visit: Visit) -> Response:
        body = await checked_body(schemas.OutlineBody, self._settings, self._threads)
        if body.limit > MAX_NAMES:
            raise invalid([field_error("limit", f"must be at most {MAX_NAMES}")])
        items = None if body.items is UNSET else body.items
        found = await self._outlines.make(visit, body.spec, items, body.limit)
        first = [
            schemas.OutlinedDocument(each.row, each.template_id, each.name) for each in found.first
        ]
        return json_answer(
            schemas.OutlineAnswer(found.documents, found.rows, first, found.price_tokens)
        )
