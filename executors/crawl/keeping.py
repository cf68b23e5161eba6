"""What of a crawl is kept as files: bodies under their item's number, images under their hash.

Used by the runs of `executors.crawl`.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import trio

from actors.ports import ItemContext
from executors.crawl.requests import Got
from executors.urls import parse_url

_HASH_CHARS = 32
# Images are believed by what they begin with, not by what is said of them.
_MAGIC = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
    (b"\x00\x00\x01\x00", ".ico"),
)


def suffix_of(body: bytes) -> str | None:
    """The suffix of an image's file, by its content; None for what is no image that is known."""
    for magic, suffix in _MAGIC:
        if body.startswith(magic):
            return suffix
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return ".webp"
    if body[4:12] in (b"ftypavif", b"ftypavis"):
        return ".avif"
    return None


class Shelf:
    """The images of one job, each once."""

    def __init__(self) -> None:
        # Names of files that were handed over, and by which item. Written by `keep`.
        self._names: dict[str, int] = {}
        # Of two items with the same image, the second one waits until the first has handed it over.
        self._lock = trio.Lock()

    async def keep(self, got: Got, context: ItemContext) -> dict[str, Any]:
        """What the outcome says of an image: its file, and whether an earlier one was the same.
        Raises ValueError, with a reason for the user, for what is none or is not whole."""
        if got.truncated:
            raise ValueError(f"the image is larger than {len(got.body)} bytes and was not kept")
        suffix = suffix_of(got.body)
        if suffix is None:
            name = PurePosixPath(parse_url(got.url).target.partition("?")[0]).name
            raise ValueError(f"{name[:80] or 'it'} is no image, by its content ({got.media[:80]})")
        name = f"{got.facts['sha256'][:_HASH_CHARS]}{suffix}"
        async with self._lock:
            # An item that is done once more hands its own over again: it may not have been kept,
            # and that may be why.
            if self._names.get(name, context.index) != context.index:
                return {"file": name, "duplicate": True}
            await context.artifact(name, got.body)
            # From here to the outcome of this item nothing waits: whoever finds the name afterwards
            # has an outcome that is written later than this one.
            self._names[name] = context.index
        return {"file": name}
