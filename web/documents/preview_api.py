"""Looking at a document before its job is made, over REST. The wire is docs/documents.md."""

from __future__ import annotations

from msgspec import UNSET
from quart import Response, request

from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents import schemas
from web.documents.entries import media_type
from web.documents.making import DocumentSupplies
from web.documents.preview import Previews, Wish
from web.filenames import disposition
from web.http import Query, json_answer
from web.routes import Route, choice
from web.threads import Threads
from web.visit import Visit

_AS = ("document", "png", "report")


class PreviewApi:
    """The handler of previews. It holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads, supplies: DocumentSupplies) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._previews = Previews(deps, threads, supplies)

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule=f"{DESK}/documents/preview",
                name="preview_document",
                asks=True,
                access=Access.DESK,
                handler=self.preview,
                summary="One document of a job that is not made yet: its file, page or report",
                body=schemas.DocumentPreviewBody,
                answer="application/octet-stream",
                parameters=(choice("as", _AS, "What is answered; `png` is the first page."),),
                errors=("invalid_spec", "files_damaged"),
            )
        ]

    async def preview(self, visit: Visit) -> Response:
        query = Query(request.args)
        wanted_as = query.choice("as", _AS)
        query.done()
        body = await checked_body(schemas.DocumentPreviewBody, self._settings, self._threads)
        items = None if body.items is UNSET else body.items
        wish = Wish(body.spec, items, body.row, body.template)
        sample = await self._previews.make(visit, wish)
        format, made = sample.format, sample.made
        match wanted_as:
            case "png":
                picture = await self._previews.picture(visit, format, made)
                return Response(picture, 200, content_type="image/png")
            case "report":
                name, size_bytes = made.name, len(made.data)
                warnings = [f"field {field!r} has no value" for field in sample.blanks]
                report = schemas.PreviewReport(name, format, size_bytes, warnings)
                return json_answer(report)
            case _:
                # To be saved and never shown: what a template makes is not ours to render.
                response = Response(made.data, 200, content_type=media_type(format))
                name = disposition(made.name.rpartition("/")[2])
                response.headers["Content-Disposition"] = name
                return response
