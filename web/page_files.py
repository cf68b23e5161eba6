"""The page's files as they are sent: read and compressed once, at start, for `web.pages`.

A shell asks for them by names that hold their build, `/page/build-<hash>/app/x.js`: what such a
name stands for never changes, so that a browser keeps it without asking again, and a page that was
opened before the server was renewed never gets a module of another build: it gets none, and says
so. By their plain names, `/page/app/x.js`, files are revalidated by their hash.

Shells (the .html files) alone change with the build, and name it; they are never kept.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

import brotli
from msgspec import Struct

from web.codings import AS_IT_STANDS, taken

SHELL = "index.html"
_SERVED = frozenset(
    {".html", ".js", ".mjs", ".css", ".svg", ".png", ".ico", ".woff2", ".json", ".webmanifest"}
)
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}
_TEXT = ("text/", "image/svg+xml", "application/json", "application/manifest+json")

_BUILD = "build-"
_BUILD_CHARS = 16
# Quality 6 makes our files 7 % smaller than gzip does, in 25 ms for all of them; 11 another 8 %,
# in a second, at each start.
_BROTLI_QUALITY = 6
_GZIP_LEVEL = 9

_KEPT = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


class Encoded(Struct, frozen=True):
    """The bytes of a file in one coding; "" is as it stands. Each has a tag of its own."""

    coding: str
    data: bytes
    etag: str


class PageFile(Struct, frozen=True):
    """One file of the page. `encoded`: best first, as it stands last."""

    media_type: str
    encoded: tuple[Encoded, ...]

    def accepted(self, accept_encoding: str) -> Encoded:
        """The best that the client takes, by its `Accept-Encoding`."""
        codings = taken(accept_encoding)
        return next(one for one in self.encoded if one.coding in codings)


class Found(Struct, frozen=True):
    """A file that was asked for, and how long its answer may be kept under that name."""

    file: PageFile
    cache_control: str


class PageFiles:
    """All files of the page, by their paths under its folder."""

    def __init__(self, files: Mapping[str, PageFile], build: str) -> None:
        self._files = files
        self.build = build

    def shell(self, name: str = SHELL) -> PageFile:
        """A page as it is opened: one of the .html files."""
        return self._files[name]

    def find(self, path: str) -> Found | None:
        """What `/page/<path>` is; None where that is none of them, or of another build."""
        if not path.startswith(_BUILD):
            return self._found(path, REVALIDATE)
        build, _, name = path.removeprefix(_BUILD).partition("/")
        return self._found(name, _KEPT) if build == self.build else None

    def _found(self, name: str, cache_control: str) -> Found | None:
        file = self._files.get(name)
        return None if file is None else Found(file, cache_control)


def load_page(folder: Path) -> PageFiles:
    """Called once, before anything is served, so that no path in a request reaches the disk."""
    read = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in _SERVED
    }
    if SHELL not in read:
        raise FileNotFoundError(f"the page's {SHELL} is not in {folder}")
    build = _build_of(read)
    built = f'"/page/{_BUILD}{build}/'.encode()
    for name in read:
        if name.endswith(".html"):
            read[name] = read[name].replace(b'"/page/', built)
    return PageFiles({name: encoded_file(name, data) for name, data in read.items()}, build)


def _build_of(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, data in sorted(files.items()):
        whole.update(f"{name}\n{len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()[:_BUILD_CHARS]


def encoded_file(name: str, data: bytes) -> PageFile:
    """In all codings that make it smaller; what it is, its name says."""
    suffix = Path(name).suffix
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    codings = [(AS_IT_STANDS, data)]
    if media_type.startswith(_TEXT):
        smaller = [("br", _brotli(data)), ("gzip", gzip.compress(data, _GZIP_LEVEL, mtime=0))]
        codings = [one for one in smaller if len(one[1]) < len(data)] + codings
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    digest = hashlib.sha256(data).hexdigest()[:32]
    return PageFile(
        media_type,
        tuple(
            Encoded(coding, encoded, f'"{digest}{coding and f"-{coding}"}"')
            for coding, encoded in codings
        ),
    )


def _brotli(data: bytes) -> bytes:
    compressed: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    return compressed
