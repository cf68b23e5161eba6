"""Where the pictures of a job are: how items name them, and what is stored of that. Pure.

Used by the specs of all kinds whose items are pictures, and by `executors.vision.enclosing`, which
reads their bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports.forms import Schema
from executors.described import Text, object_of, text_or
from executors.folders import path_reason
from executors.problems import BadItem, Reason, Rule, text_reason
from state.library import Picture

KINDS_OF_ITEM = ("picture", "file", "path")
MAX_NAME_CHARS = 500
_JOB = re.compile(r"[A-Za-z0-9-]{1,64}")


class FileOfJob(Struct, frozen=True, forbid_unknown_fields=True):
    """What another job of the same desk has made."""

    job: str
    name: str


class PartOfFile(Struct, frozen=True):
    """A picture in a file of the job's own that holds many."""

    digest: str
    start: int
    size_bytes: int
    crc32: int


class UnpackedPicture(Struct, frozen=True):
    """A picture of an archive that was uploaded, as the front end hands it to a plan."""

    image: str
    part: PartOfFile


class PictureSource(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One picture. `image` is what people call it; where its bytes are is one of `digest` (of the
    job's own copy of a picture of the library), `file`, `path` (in a folder of the operator's) and
    `part`."""

    image: str
    picture: str | None = None
    digest: str | None = None
    file: FileOfJob | None = None
    path: str | None = None
    part: PartOfFile | None = None


_stored = msgspec.json.Decoder(PictureSource)


def stored_source(item: Raw) -> PictureSource:
    """The picture that a stored item is about, of any kind whose items are pictures; where it names
    none (the last item of a training), one without a place."""
    return _stored.decode(item)


class Sources:
    """What items of one job may name: `pictures` of the desk's library by id, files of its jobs,
    and files in the operator's open `folders`, by their names. Written by the one plan."""

    def __init__(self, pictures: Mapping[str, Picture], folders: Sequence[str]) -> None:
        self._pictures = pictures
        self._folders = tuple(folders)
        # Digests of the pictures of the library, and of the job's own files, that were named.
        self._named: dict[str, None] = {}

    @property
    def assets(self) -> tuple[str, ...]:
        """The files that the job needs for its own."""
        return tuple(self._named)

    def read(self, raw: Any) -> PictureSource:
        """A path, an object with one of KINDS_OF_ITEM, or a picture of an archive. Raises
        BadItem."""
        if isinstance(raw, UnpackedPicture):
            self._named[raw.part.digest] = None
            return PictureSource(image=raw.image, part=raw.part)
        if isinstance(raw, str):
            raw = {"path": raw}
        kinds = [kind for kind in KINDS_OF_ITEM if isinstance(raw, dict) and kind in raw]
        if len(kinds) != 1 or len(raw) > 1:
            raise BadItem((None, f"must be an object with one of {', '.join(KINDS_OF_ITEM)}"))
        match kinds[0]:
            case "picture":
                return self._picture(raw["picture"])
            case "file":
                return _file(raw["file"])
            case _:
                return self._path(raw["path"])

    def _picture(self, id: Any) -> PictureSource:
        picture = self._pictures.get(id) if isinstance(id, str) else None
        if picture is None:
            raise BadItem(("picture", f"there is no picture {str(id)[:64]!r} in the library"))
        self._named[picture.digest] = None
        return PictureSource(image=f"{id}.{picture.format}", picture=id, digest=picture.digest)

    def _path(self, path: Any) -> PictureSource:
        reason = path_reason(path)
        if reason is None and "/" not in path:
            reason = "must name a file in a folder: <folder>/<file>"
        if reason is None and path.split("/")[0] not in self._folders:
            known = f"there are: {', '.join(self._folders)}" if self._folders else "there are none"
            reason = f"must begin with a folder of pictures that the operator has opened; {known}"
        if reason is not None:
            raise BadItem(("path", reason))
        return PictureSource(image=path, path=path)


def asked_source(source: PictureSource) -> dict[str, Any] | UnpackedPicture:
    """What a user hands in for a stored picture; the part of an archive, as the front end does."""
    if source.part is not None:
        return UnpackedPicture(source.image, source.part)
    if source.file is not None:
        return {"file": {"job": source.file.job, "name": source.file.name}}
    return {"picture": source.picture} if source.picture is not None else {"path": source.path}


def picture_schema() -> Schema:
    """An item that is a picture, as a form has it."""
    path = Text(MAX_NAME_CHARS)
    file = {"job": Text(64), "name": Text(MAX_NAME_CHARS)}
    rules: dict[str, Rule] = {
        "picture": Text(64),
        "file": object_of(lambda _: None, file, tuple(file)),
        "path": path,
    }
    return {**text_or(path.schema(), rules, ()), "format": "picture"}


def pictures_reason(value: Any) -> Reason:
    """Of the field `pictures` of a spec. Only the server puts them there: no JSON becomes one."""
    pictures = value.values() if isinstance(value, Mapping) else [value]
    if all(isinstance(each, Picture) for each in pictures):
        return None
    return 'are named by items: {"picture": "<id>"}'


def _file(raw: Any) -> PictureSource:
    try:
        file = msgspec.convert(raw, FileOfJob)
    except msgspec.ValidationError as error:
        raise BadItem(("file", f'must be {{"job": ..., "name": ...}}: {error}')) from None
    if _JOB.fullmatch(file.job) is None:
        raise BadItem(("file.job", "must be the id of a job of this desk"))
    if (reason := text_reason(file.name, MAX_NAME_CHARS)) is not None:
        raise BadItem(("file.name", reason))
    return PictureSource(image=file.name, file=file)
