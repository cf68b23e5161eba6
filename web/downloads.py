"""Sends a file of a job: to be saved, never shown, whole or from where it broke off.

What a job made is not ours to render; pictures alone are shown, by `web.gallery.sending`. Called by
the handlers of downloads.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Protocol

from quart import Response, request
from werkzeug.http import parse_if_range_header, parse_range_header, quote_etag

from actors.ports import Artifact, DeskKey, StoreReads
from web.errors import WebError
from web.filenames import disposition
from web.outcomes import closing

_SMALL_BYTES = 256 * 1024
# The last none of its bytes: no file has that part, and Werkzeug takes it for no range at all.
_LAST_NONE = re.compile(r"\s*bytes\s*=\s*-0+\s*", re.IGNORECASE)


class Download(Protocol):
    """Something to be sent. Without a size it has one start only; the tag is another whenever the
    bytes are."""

    @property
    def size_bytes(self) -> int | None: ...

    @property
    def etag(self) -> str | None: ...

    def chunks(self, start: int = 0) -> AsyncIterator[bytes]: ...


async def one_artifact(store: StoreReads, desk: DeskKey, job_id: str, name: str) -> Download:
    """One file that a job made. What is small is read before the answer begins, so that damage is
    told. Raises ArtifactMissing, JobFilesMissing."""
    made = await store.find_artifact(desk, job_id, name)
    if made.size_bytes > _SMALL_BYTES:
        return _Streamed(store, desk, job_id, made)
    async with closing(store.read_artifacts(desk, job_id, [made])) as batches:
        data = b"".join([chunk async for batch in batches for _, chunk in batch])
    return _Read(made, data)


class _Streamed:
    """An artifact that is read while it is sent."""

    def __init__(self, store: StoreReads, desk: DeskKey, job_id: str, made: Artifact) -> None:
        self._open = partial(store.open_artifact, desk, job_id, made.name)
        self.size_bytes: int | None = made.size_bytes
        self.etag: str | None = _tag(made)

    def chunks(self, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from there on."""
        return self._open(start=start)


class _Read:
    """An artifact that is in memory."""

    def __init__(self, made: Artifact, data: bytes) -> None:
        self._data = data
        self.size_bytes: int | None = len(data)
        self.etag: str | None = _tag(made)

    async def chunks(self, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from there on, at once."""
        yield self._data[start:]


def _tag(made: Artifact) -> str:
    return f"{made.crc32 or 0:08x}-{made.size_bytes:x}-{int(made.modified_at * 1e6):x}"


def send(download: Download, media_type: str, name: str) -> Response:
    """The answer to the present request. Raises WebError (416)."""
    size = download.size_bytes
    start, end = (0, None) if size is None else _wanted(size, download.etag)
    response = Response(_until(download.chunks(start), start, end), content_type=media_type)
    response.headers["Content-Disposition"] = disposition(name)
    if size is None:
        return response
    response.headers["Accept-Ranges"] = "bytes"
    if download.etag is not None:
        response.headers["ETag"] = quote_etag(download.etag)
    if end is None:
        response.content_length = size
    else:
        response.status_code = 206
        response.content_length = end - start
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def _wanted(size: int, etag: str | None) -> tuple[int, int | None]:
    """From where to where; without an end where all of it is wanted, or several ranges are."""
    header = request.headers.get("Range", "")
    if not _is_the_same(etag):
        return 0, None
    if _LAST_NONE.fullmatch(header):
        raise _nothing_of(size)
    asked = parse_range_header(header)
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, None
    start, end = asked.ranges[0]
    if start < 0:
        start, end = max(0, size + start), None
    if start >= size:
        raise _nothing_of(size)
    return start, size if end is None else min(end, size)


def _nothing_of(size: int) -> WebError:
    return WebError("range_not_satisfiable", f"there are {size} bytes", size_bytes=size)


def _is_the_same(etag: str | None) -> bool:
    """Whether what the client has the beginning of is this. A weak tag never says so."""
    named = request.headers.get("If-Range")
    if named is None:
        return True
    weak = named.strip().startswith("W/")
    return etag is not None and not weak and parse_if_range_header(named).etag == etag


async def _until(chunks: AsyncIterator[bytes], start: int, end: int | None) -> AsyncIterator[bytes]:
    """What there is from `start` on, up to `end`."""
    left = None if end is None else end - start
    async with closing(chunks) as some:
        async for chunk in some:
            if left is None:
                yield chunk
                continue
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return
