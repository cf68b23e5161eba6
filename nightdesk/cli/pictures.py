"""The commands for the pictures that rows of a table name. Added by `nightdesk.cli.app`.

A picture is called by its file's name, so that a table can be written before anything is uploaded:
`ada.jpg` is `picture:ada`.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Annotated, NamedTuple

from cyclopts import Parameter

from executors.documents.limits import MAX_PICTURE_BYTES
from executors.documents.pictures import PREFIX
from nightdesk.cli.kept import read_file
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clean, clock, put, put_json, put_table, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import Invalid
from nightdesk.client import Picture as KeptPicture

_HERE = Reach()
_KINDS = (".png", ".jpg", ".jpeg", ".gif")
_MAX_ID_CHARS = 60
Files = Annotated[tuple[str, ...], Parameter(name="FILE", negative="")]


class File(NamedTuple):
    """A picture that is to be kept; `read` raises UsageError."""

    name: str
    read: Callable[[], bytes]


class PictureCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.pictures()
        if at.json:
            for picture in kept:
                put_json(picture)
            return EXIT_OK
        if not kept:
            tell(self._words("pictures.none"))
        put_table(
            ("in a table", "format", "pixels", "jobs", "bytes", "made", "name"),
            (
                (
                    f"{PREFIX}{x.id}",
                    x.format,
                    f"{x.width}x{x.height}",
                    x.uses,
                    x.size_bytes,
                    clock(x.created_at),
                    x.name,
                )
                for x in kept
            ),
        )
        return EXIT_OK

    def add(
        self, file: Files, /, *, id: str | None = None, name: str | None = None, at: At = _HERE
    ) -> int:
        """Keep pictures.

        Parameters
        ----------
        file
            PNG, JPEG or GIF files, or a .zip of them; one of an id that is there is replaced.
        id
            What rows name it by (else: its file's name); of a single picture.
        name
            What it is called (else: as the file); of a single picture.
        """
        words = self._words
        refused: list[str] = []
        with ExitStack() as opened:
            found = [each for source in file for each in _files_of(source, opened, words)]
            if not found:
                raise UsageError(words("pictures.nothing"))
            if len(found) > 1 and (id or name):
                raise UsageError(words("pictures.one_name", count=len(found)))
            client = opened.enter_context(at.client(words))
            for each, own in zip(found, ids_of(x.name for x in found), strict=True):
                try:
                    kept = client.add_picture(each.name, each.read(), id=id or own, name=name)
                except (Invalid, UsageError) as error:
                    refused.append(f"  {clean(each.name)}: {clean(error)}")
                else:
                    _show(kept, at, words)
        if refused:
            lines = "\n".join(refused)
            raise UsageError(words("pictures.refused", count=len(refused), lines=lines))
        return EXIT_OK

    def remove(self, picture: Annotated[str, Parameter(name="ID")], /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            client.delete_picture(picture.removeprefix(PREFIX))
        tell(self._words("library.forgotten", id=clean(picture)))
        return EXIT_OK


def ids_of(names: Iterable[str]) -> Iterator[str | None]:
    """What rows name each file by: its name without the suffix, and a number where another has it.
    None where nothing of it can stand in an id."""
    taken: set[str] = set()
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", PurePosixPath(name).stem).strip("-.")
        stem = id = stem[:_MAX_ID_CHARS]
        number = 1
        while id in taken:
            number += 1
            id = f"{stem}-{number}"
        if id:
            taken.add(id)
        yield id or None


def _files_of(source: str, opened: ExitStack, words: Words) -> Iterator[File]:
    """The file, or the pictures of the archive, which stays open. Raises UsageError."""
    path = Path(source)
    try:
        if path.suffix.lower() != ".zip":
            path.stat()
            yield File(path.name, partial(read_file, source, words))
            return
        archive = opened.enter_context(zipfile.ZipFile(source))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(words("no_file", path=source, reason=reason)) from error
    except zipfile.BadZipFile as error:
        raise UsageError(words("pictures.bad_zip", name=source, reason=clean(error))) from error
    for entry in archive.infolist():
        inner = PurePosixPath(entry.filename)
        # What a Mac packs beside each file has its suffix and is no picture.
        if inner.suffix.lower() in _KINDS and inner.parts[0] != "__MACOSX":
            yield File(inner.name, partial(_unpacked, archive, entry, words))


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, words: Words) -> bytes:
    """No more of it than a picture may have, whatever the archive says of its size."""
    try:
        with archive.open(entry) as file:
            data = file.read(MAX_PICTURE_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # Broken, packed in a way that is not known here, or locked with a password.
        said = {"name": entry.filename, "reason": clean(error)}
        raise UsageError(words("pictures.bad_zip", **said)) from error
    if len(data) > MAX_PICTURE_BYTES:
        raise UsageError(words("pictures.too_large", size=MAX_PICTURE_BYTES))
    return data


def _show(kept: KeptPicture, at: Reach, words: Words) -> None:
    if at.json:
        put_json(kept)
        return
    put(kept.id)
    tell(words("pictures.kept", name=clean(kept.name), said=f"{PREFIX}{kept.id}"))
