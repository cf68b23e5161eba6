"""Reads a response body within its limit, counting and hashing. Used by `fetch` and `crawl`."""

from __future__ import annotations

import hashlib
import re
from contextlib import AsyncExitStack
from typing import Any, Self

import trio

from actors.ports import HttpReply
from executors.urls import parse_url

# A job holds at most this many large bodies in memory at a time, to keep or to look into.
LARGE_BODY_BYTES = 256 * 1024
LARGE_BODIES = 16

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
MAX_NAME_CHARS = 80
_EXTENSIONS = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/javascript": ".js",
    "text/plain": ".txt",
    "text/xml": ".xml",
}


class BodyReader:
    """`async for piece in BodyReader(...)`: pieces up to `limit_bytes` in all, then it stops and
    `truncated` says so. Size and hash are those of the pieces it gave."""

    def __init__(self, reply: HttpReply, limit_bytes: int) -> None:
        self._pieces = reply.iter_bytes()
        self._limit_bytes = limit_bytes
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.truncated = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self.truncated:
            raise StopAsyncIteration
        piece = await anext(self._pieces)
        room = self._limit_bytes - self.size_bytes
        if len(piece) > room:
            self.truncated = True
            piece = piece[:room]
        self.size_bytes += len(piece)
        self._digest.update(piece)
        return piece

    def facts(self) -> dict[str, Any]:
        """What the outcome says of the body."""
        return {"bytes": self.size_bytes, "sha256": self._digest.hexdigest()}


class HeldBodies:
    """The room that the bodies of one job have in memory. Shared by the tasks of its items."""

    def __init__(self) -> None:
        self._large_bodies = trio.Semaphore(LARGE_BODIES)

    async def gather(self, body: BodyReader, most_bytes: int, held: AsyncExitStack) -> bytes:
        """Read the body to its end; the first of it, under the limit of large ones, which `held`
        keeps until it is closed."""
        pieces: list[bytes] = []
        room = most_bytes
        large = False
        async for piece in body:
            if not room:
                continue
            pieces.append(piece[:room])
            room -= len(pieces[-1])
            if not large and body.size_bytes > LARGE_BODY_BYTES:
                await held.enter_async_context(self._large_bodies)
                large = True
        return b"".join(pieces)


def artifact_name(index: int, url: str, content_type: str | None) -> str:
    """A file name for an item's body: unique by its index, readable by its address."""
    path = parse_url(url).target.partition("?")[0]
    last = _UNSAFE.sub("-", path.rpartition("/")[2]).strip(".-")[-MAX_NAME_CHARS:] or "index"
    if "." not in last:
        kind = (content_type or "").partition(";")[0].strip().lower()
        last += _EXTENSIONS.get(kind, "")
    return f"{index:06d}-{last}"
