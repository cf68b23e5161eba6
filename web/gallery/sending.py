"""Sends a picture to be shown: only what is one by its content, and nothing that could do anything
in a page. Called by handlers, with a path of `web.gallery.root` or the file of a job.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from quart import Response, request
from werkzeug.http import quote_etag

from actors.ports import StoreReads
from executors.folder_files import FileFacts, open_file
from executors.folders import Folders
from executors.refusals import Refused
from state.errors import ArtifactMissing, LibraryMissing
from state.library import Picture
from web.downloads import Download, one_artifact, send
from web.errors import not_found
from web.filenames import disposition
from web.gallery.media import HEAD_BYTES, media_of
from web.http import still_holds
from web.outcomes import closing
from web.threads import Threads
from web.visit import Visit

_CHUNK_BYTES = 256 * 1024
# Shown by pages of this machine, whatever their port; opened alone it can run nothing.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}


async def send_artifact(store: StoreReads, visit: Visit, job_id: str, name: str) -> Response:
    """A file that a job made. Raises WebError, JobFilesMissing."""
    try:
        with visit.reading(job_id):
            found = await one_artifact(store, visit.key, job_id, name)
            head = await _head(found)
    except ArtifactMissing as error:
        raise not_found() from error
    return _shown(found, head, name)


async def send_kept(store: StoreReads, visit: Visit, kept: Picture) -> Response:
    """A picture of the desk's library. Raises WebError, JobFilesMissing."""
    try:
        data = await store.read_library(visit.key, kept.digest)
    except LibraryMissing as error:
        raise not_found() from error
    return send_bytes(data, kept.digest, f"{kept.id}.{kept.format}")


def send_bytes(data: bytes, etag: str, name: str) -> Response:
    """A picture that is in memory; `etag` is another whenever the bytes are. Raises WebError."""
    return _shown(_Kept(data, etag), data[:HEAD_BYTES], name)


class _Kept:
    """See web.downloads.Download: bytes that are known by their tag."""

    def __init__(self, data: bytes, etag: str) -> None:
        self._data = data
        self.size_bytes: int | None = len(data)
        self.etag: str | None = etag

    async def chunks(self, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from there on, at once."""
        yield self._data[start:]


async def send_from_folder(folders: Folders, threads: Threads, path: str) -> Response:
    """A file in a folder of the operator's. Raises WebError."""
    try:
        facts, head = await threads.step(partial(_look, folders, path))
    except Refused as error:
        # What is not there and what may not be seen are the same.
        raise not_found() from error
    return _shown(FileDownload(folders, threads, path, facts), head, path)


def _look(folders: Folders, path: str) -> tuple[FileFacts, bytes]:
    """Raises Refused."""
    with open_file(folders, path) as opened:
        return opened.facts, opened.read(0, HEAD_BYTES)


class FileDownload:
    """See web.downloads.Download: a file that is opened when it is sent, and cut short where it is
    another by then."""

    def __init__(self, folders: Folders, threads: Threads, path: str, facts: FileFacts) -> None:
        self._open = partial(open_file, folders, path)
        self._threads = threads
        self._facts = facts
        self.size_bytes: int | None = facts.size_bytes
        self.etag: str | None = facts.etag

    async def chunks(self, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from there on. Raises Refused where there is no such file any more."""
        opened = await self._threads.step(self._open)
        with opened:
            while opened.facts == self._facts and start < self._facts.size_bytes:
                size = min(_CHUNK_BYTES, self._facts.size_bytes - start)
                piece = await self._threads.step(partial(opened.read, start, size))
                if not piece:
                    return
                yield piece
                start += len(piece)


async def _head(found: Download) -> bytes:
    async with closing(found.chunks()) as chunks:
        async for chunk in chunks:
            return bytes(chunk[:HEAD_BYTES])
    return b""


def _shown(found: Download, head: bytes, name: str) -> Response:
    media = media_of(head)
    if media is None:
        raise not_found()
    etag = found.etag or ""
    if still_holds(request.headers.get("If-None-Match"), quote_etag(etag)):
        response = Response(b"", 304)
        response.headers["ETag"] = quote_etag(etag)
    else:
        response = send(found, media, name)
        response.headers["Content-Disposition"] = disposition(name.rpartition("/")[2], inline=True)
    response.headers.update(_HEADERS)
    return response
