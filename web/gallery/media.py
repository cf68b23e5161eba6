"""What kind of picture some bytes are, by themselves, and what a name says that they are. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

# By the suffixes that `executors.folders` takes for those of pictures.
BY_SUFFIX = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
}
# So many of the first bytes tell.
HEAD_BYTES = 16
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


def media_of(head: bytes) -> str | None:
    """Of a picture's first bytes; None for whatever no page should show."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((media for magic, media in _MAGIC if head.startswith(magic)), None)


def named_media(name: str) -> str | None:
    """What a file of that name should be; None for one that is called like no picture."""
    return BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
