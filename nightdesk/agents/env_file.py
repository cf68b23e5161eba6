"""Reads a `.env` file: lines `NAME=value`, as the programs write it that read such files. Pure but
for the reading.

Nothing is expanded and nothing run; a line that is none is left out, as other readers do, and told
by its number. Called by `nightdesk.agents.environment`.
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

MAX_BYTES = 1024 * 1024

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*?)\s*", re.S)
_COMMENT = re.compile(r"\s+#.*$")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


class EnvFileError(Exception):
    """It is there and cannot be read; the message says why."""


class EnvFile(Struct, frozen=True):
    """`skipped` are the numbers of lines that say nothing."""

    values: dict[str, str] = {}
    skipped: tuple[int, ...] = ()


def read_env_file(path: Path) -> EnvFile:
    """Empty where there is none. Raises EnvFileError."""
    try:
        if not path.is_file():
            return EnvFile()
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise EnvFileError(f"{path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise EnvFileError(f"{path}: is larger than {MAX_BYTES:,} bytes")
    try:
        return parse_env(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise EnvFileError(f"{path}: is no UTF-8 text") from None


def parse_env(text: str) -> EnvFile:
    """The last of several lines with the same name holds."""
    values: dict[str, str] = {}
    skipped = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        value = None if match is None else _value(match[2])
        if match is None or value is None:
            skipped.append(number)
        else:
            values[match[1]] = value
    return EnvFile(values, tuple(skipped))


def _value(text: str) -> str | None:
    """What stands behind the sign; None: quoted, and without an end."""
    if text[:1] == "'":
        inside, end, _ = text[1:].partition("'")
        return inside if end else None
    if text[:1] == '"':
        return _unquoted(text[1:])
    return "" if text.startswith("#") else _COMMENT.sub("", text)


def _unquoted(text: str) -> str | None:
    plain: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == '"':
            return "".join(plain)
        if letter == "\\" and at + 1 < len(text):
            at += 1
            plain.append(_ESCAPES.get(text[at], "\\" + text[at]))
        else:
            plain.append(letter)
        at += 1
    return None
