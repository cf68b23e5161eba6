"""A desk's pictures over REST. The wire is docs/documents.md."""

from __future__ import annotations

from collections import Counter
from functools import partial

from quart import Response

from state.library import Picture
from web.access import Access
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents import schemas
from web.documents.answers import forgotten, to_be_saved
from web.documents.entries import by_name, picture_entry
from web.documents.forms import library_form
from web.documents.pictures import Pictures
from web.http import empty_body, json_answer
from web.routes import FormPart, Route
from web.threads import Threads
from web.visit import Visit

PICTURES = f"{DESK}/pictures"

_route = partial(Route, access=Access.DESK)
_FORM = (
    FormPart("file", "A PNG, a JPEG or a GIF.", required=True),
    FormPart("id", "Chosen by the caller; else made up."),
    FormPart("name", "What it is called; else as its file."),
)


class PicturesApi:
    """Handlers of the pictures. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._pictures = Pictures(deps)

    def routes(self) -> list[Route]:
        one = f"{PICTURES}/<picture>"
        return [
            _route(
                method="GET",
                rule=PICTURES,
                name="list_pictures",
                handler=self.list,
                summary="The pictures of the desk's library",
                answer=schemas.PicturesAnswer,
            ),
            _route(
                method="POST",
                rule=PICTURES,
                name="add_picture",
                handler=self.add,
                summary="Keep a picture; of an `id` that is there, instead of that one",
                form=_FORM,
                answer=schemas.PictureAnswer,
                status=201,
                command="save_picture",
                errors=("invalid_spec", "limit_reached", "mailbox_full", "storage_full"),
            ),
            _route(
                method="GET",
                rule=one,
                name="get_picture",
                handler=self.read,
                summary="A picture, without its bytes",
                answer=schemas.PictureAnswer,
                errors=("picture_not_found",),
            ),
            _route(
                method="GET",
                rule=f"{one}/file",
                name="get_picture_file",
                handler=self.file,
                summary="The picture itself",
                answer="application/octet-stream",
                errors=("picture_not_found", "files_damaged"),
            ),
            _route(
                method="GET",
                rule=f"{one}/thumbnail",
                name="get_picture_thumbnail",
                handler=self.thumbnail,
                summary="A small one of it for lists",
                answer="image/webp",
                errors=("picture_not_found", "files_damaged"),
            ),
            _route(
                method="DELETE",
                rule=one,
                name="delete_picture",
                handler=self.delete,
                summary="Forget a picture; jobs whose rows name it keep theirs",
                answer=schemas.DeletedAnswer,
                errors=("picture_not_found", "mailbox_full", "storage_full"),
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        published = visit.desk.published
        ordered = sorted(published.pictures.values(), key=by_name)
        uses = _uses(visit)
        entries = [picture_entry(each, uses[each.digest]) for each in ordered]
        return json_answer(schemas.PicturesAnswer(entries, published.revision))

    async def add(self, visit: Visit) -> Response:
        form = await library_form(self._threads)
        file = form.file
        picture, reply = await self._pictures.add(
            visit, file.filename or "", file.data, form.text("name"), form.text("id")
        )
        return _answer(visit, picture, reply.revision, 201)

    async def read(self, visit: Visit, picture: str) -> Response:
        found = self._pictures.find(visit, picture)
        return _answer(visit, found, visit.desk.published.revision)

    async def file(self, visit: Visit, picture: str) -> Response:
        found, data = await self._pictures.file(visit, picture)
        visit.note("read_picture")
        return to_be_saved(data, f"image/{found.format}", f"{found.name}.{found.format}")

    async def thumbnail(self, visit: Visit, picture: str) -> Response:
        found, data = await self._pictures.thumbnail(visit, picture)
        return to_be_saved(data, "image/webp", f"{found.name}.webp")

    async def delete(self, visit: Visit, picture: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        reply = await self._pictures.delete(visit, picture)
        return forgotten(picture, reply)


def _uses(visit: Visit) -> Counter[str]:
    """How many of the desk's jobs have taken along the bytes of that digest."""
    jobs = visit.desk.published.jobs.values()
    return Counter(digest for view in jobs for digest in set(view.job.assets))


def _answer(visit: Visit, picture: Picture, revision: int, status: int = 200) -> Response:
    entry = picture_entry(picture, _uses(visit)[picture.digest])
    return json_answer(schemas.PictureAnswer(entry, revision, durable=True), status)
