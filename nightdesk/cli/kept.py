"""The templates and tables that a command names: files, which are put into the desk's library where
they are not there yet, or ids or names of what the library has.

An id made here says what is in the file, so a file that is handed over again is found and not sent.
One that changes from day to day would fill the library with that: what was made here of a file of
the same name is forgotten but for the newest. Jobs have their own copies.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nightdesk.cli.called import called
from nightdesk.cli.terminal import clean, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import (
    Client,
    DataSource,
    KeptDataSource,
    KeptTemplate,
    NotFound,
    Template,
)

KeptEntry = Template | DataSource

_STEM_CHARS, _DIGEST_CHARS = 40, 16
# Contents of one file that the library keeps.
KEPT_CONTENTS = 10


def template_of(client: Client, source: str, words: Words) -> KeptTemplate:
    """The template that is called that, or is in that file. Raises UsageError."""
    data = _read(source, words)
    if data is None:
        if (id := called(client.templates(), source, words)) is None:
            raise UsageError(words("document.no_template", source=source))
        return client.template(id)
    digest, suffix = hashlib.sha256(data).hexdigest(), Path(source).suffix.lower().lstrip(".")
    templates = client.templates()
    for template in templates:
        if template.sha256 == digest and template.format == suffix:
            return client.template(template.id)
    name = Path(source).name
    _forget_older(templates, source, client.delete_template, words)
    kept = client.add_template(name, data, id=id_of(source, digest))
    _tell_kept(name, kept.template.id, kept.warnings, words)
    return kept


def table_of(client: Client, source: str, sheet: str | None, words: Words) -> KeptDataSource:
    """The table that is called that, or is in that file. Raises UsageError."""
    data = _read(source, words)
    if data is None:
        if (id := called(client.data_sources(), source, words)) is None:
            raise UsageError(words("document.no_table", source=source))
        return client.data_source(id)
    digest = hashlib.sha256(data + b"\0" + (sheet or "").encode()).hexdigest()
    id, name = id_of(source, digest), Path(source).name
    tables = client.data_sources()
    if any(each.id == id for each in tables):
        return client.data_source(id)
    _forget_older(tables, source, client.delete_data_source, words)
    kept = client.add_data_source(name, data, id=id, name=name, sheet=sheet)
    _tell_kept(name, kept.data_source.id, kept.warnings, words)
    return kept


def read_file(source: str, words: Words) -> bytes:
    """Raises UsageError."""
    try:
        return Path(source).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(words("no_file", path=source, reason=reason)) from error


def _read(source: str, words: Words) -> bytes | None:
    """None where there is no such file."""
    return read_file(source, words) if Path(source).exists() else None


def id_of(source: str, digest: str) -> str:
    """What a file is called in the library: something of its name, and of what is in it."""
    return f"{_stem(source)}-{digest[:_DIGEST_CHARS]}".lstrip("-")


def _stem(source: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", Path(source).stem).strip("-")[:_STEM_CHARS]


def _forget_older(
    kept: Sequence[KeptEntry], source: str, forget: Callable[[str], Any], words: Words
) -> None:
    """Make room for one more content of that file."""
    name = Path(source).name
    made_here = re.compile(rf"{re.escape(_stem(source))}-[0-9a-f]{{{_DIGEST_CHARS}}}".lstrip("-"))
    names = (name, Path(source).stem)
    mine = [each for each in kept if each.name in names and made_here.fullmatch(each.id)]
    mine.sort(key=lambda each: each.created_at.timestamp() if each.created_at else 0.0)
    for each in mine[: max(0, len(mine) - KEPT_CONTENTS + 1)]:
        try:
            forget(each.id)
        except NotFound:
            # Somebody else has just done so.
            continue
        tell(words("document.forgotten", name=clean(name), id=clean(each.id)))


def _tell_kept(name: str, id: str, warnings: tuple[str, ...], words: Words) -> None:
    tell(words("document.uploaded", name=clean(name), id=id))
    for text in warnings:
        tell(words("library.warning", text=clean(text)))
