"""A desk's pictures as the front end sees them: looked at, kept, read. Rows name them as
`picture:<id>`. Used by `web.documents.pictures_api`.
"""

from __future__ import annotations

from functools import partial

from actors.errors import PictureNotFound
from actors.library import DeletePicture, SavePicture
from actors.messages import Reply
from actors.ports import DeskKey
from executors.documents.limits import MAX_PICTURE_BYTES
from executors.shown import shown
from state.digests import digest_of
from state.library import Picture
from web.deps import WebDeps
from web.documents.about import check_name, chosen_id, name_of_file
from web.documents.files import newest
from web.errors import WebError
from web.jailed import jailed
from web.visit import Visit


class Pictures:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps) -> None:
        # No picture may be larger than one that stands in a row itself.
        self._max_bytes = min(deps.settings.max_template_bytes, MAX_PICTURE_BYTES)
        self._store = deps.store
        self._documents = deps.documents
        self._log = deps.log

    async def add(
        self, visit: Visit, filename: str, data: bytes, name: str = "", id: str = ""
    ) -> tuple[Picture, Reply]:
        """Keep a picture, instead of the one of that id. Raises WebError, LimitReached."""
        id, name = chosen_id(id), name or name_of_file(filename, "picture")
        check_name(name)
        if len(data) > self._max_bytes:
            raise WebError("body_too_large", f"a picture may have {self._max_bytes:,} bytes")
        with jailed(shown(filename), self._log, "file"):
            seen = await self._documents.look(visit.key, data)
        picture = Picture(
            id=id,
            name=name,
            digest=digest_of(data),
            thumbnail=digest_of(seen.thumbnail),
            format=seen.format,
            width=seen.width,
            height=seen.height,
            size_bytes=len(data),
        )
        command = SavePicture(picture=picture, data=data, thumbnail=seen.thumbnail)
        reply = await visit.ask(command)
        return self.find(visit, id), reply

    def find(self, visit: Visit, id: str) -> Picture:
        """As last published. Raises PictureNotFound."""
        picture = visit.desk.published.pictures.get(id)
        if picture is None:
            raise PictureNotFound("there is no such picture", id=shown(id))
        return picture

    async def file(self, visit: Visit, id: str) -> tuple[Picture, bytes]:
        """A picture and its bytes. Raises PictureNotFound, LibraryMissing."""
        return await newest(partial(self.find, visit, id), partial(self._bytes, visit.key))

    async def thumbnail(self, visit: Visit, id: str) -> tuple[Picture, bytes]:
        """A picture and a small one of it, a WebP. Raises PictureNotFound, LibraryMissing."""
        return await newest(partial(self._with_thumbnail, visit, id), partial(self._small, visit))

    def _with_thumbnail(self, visit: Visit, id: str) -> Picture:
        picture = self.find(visit, id)
        if not picture.thumbnail:
            raise PictureNotFound("there is no small one of this picture", id=shown(id))
        return picture

    async def _bytes(self, desk: DeskKey, picture: Picture) -> bytes:
        return await self._store.read_library(desk, picture.digest)

    async def _small(self, visit: Visit, picture: Picture) -> bytes:
        return await self._store.read_library(visit.key, picture.thumbnail)

    async def delete(self, visit: Visit, id: str) -> Reply:
        """Raises PictureNotFound."""
        return await visit.ask(DeletePicture(id))
