"""Names of files as they leave the server: in a download's header and in an archive.

The store's names are safe on its own disk; these travel to systems with other ideas of names, and
to people who judge a file by its ending. Used by `web.results_api` and `web.archive`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import quote

# File systems end a name at 255 bytes; a number and an ending must still fit behind it.
MAX_PART_BYTES = 180
MAX_SLUG_CHARS = 80

_FORBIDDEN = frozenset('<>:"|?*\\/')
# Windows takes them for devices, whatever stands behind the first dot.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|\Z)", re.I)
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9._-]")


def slug(name: str) -> str:
    """A file name from a job's name, in any script."""
    text = "".join(char if char.isalnum() or char in "-_." else "-" for char in name)
    return safe_part(text.strip("-.")[:MAX_SLUG_CHARS], "job")


def disposition(name: str, *, inline: bool = False) -> str:
    """The Content-Disposition of a file to be saved, or else to be shown (RFC 6266)."""
    safe = safe_part(name, "file")
    fallback = _NOT_TOKEN.sub("_", safe)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{quote(safe, safe='')}"


def safe_part(text: str, default: str) -> str:
    """One name without a path, a hidden character, a device or a dot at its ends."""
    shown = text
    if not (text.isprintable() and _FORBIDDEN.isdisjoint(text)):
        shown = "".join(char if _is_plain(char) else "_" for char in text)
    shown = shown.strip()
    shown = re.sub(r"\A\.+", "_", shown.rstrip(" ."))
    shown = _shortened(_DEVICES.sub(lambda match: f"_{match[0]}", shown, count=1))
    return shown or default


def _is_plain(char: str) -> bool:
    return char.isprintable() and char not in _FORBIDDEN


def _shortened(name: str) -> str:
    """The whole ending stays where there is one: it says what the file is."""
    if len(name.encode()) <= MAX_PART_BYTES:
        return name
    stem, ending = _split(name)
    room = MAX_PART_BYTES - len(ending.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + ending


def _split(name: str) -> tuple[str, str]:
    ending = PurePosixPath(name).suffix
    if len(ending.encode()) > MAX_PART_BYTES // 4:
        ending = ""
    return name[: len(name) - len(ending)], ending


def safe_names(names: Iterable[str]) -> list[str]:
    """Names that every system can unpack, inside the folder it unpacks to, each its own file."""
    taken = _Taken()
    result = []
    for name in names:
        parts = [safe_part(part, "") for part in name.replace("\\", "/").split("/")]
        result.append("/".join(taken.take([part for part in parts if part] or ["file"])))
    return result


class _Taken:
    """The names of one archive. All fields are written by `take`."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        # By the name that was wanted, the number it got last: thousands may want the same.
        self._file_numbers: dict[str, int] = {}
        self._folder_numbers: dict[str, int] = {}

    def take(self, path: list[str]) -> list[str]:
        """The path with numbers where a file stands in its way, or a folder has its name."""
        for depth in range(1, len(path)):
            path = _renamed(path, depth, (self._files,), self._folder_numbers)
        path = _renamed(path, len(path), (self._files, self._folders), self._file_numbers)
        self._files.add(_key(path))
        self._folders.update(_key(path[:depth]) for depth in range(1, len(path)))
        return path


def _renamed(
    path: list[str], depth: int, taken: Iterable[set[str]], numbers: dict[str, int]
) -> list[str]:
    wanted = key = _key(path[:depth])
    stem, ending = _split(path[depth - 1])
    number = numbers.get(wanted, 2)
    while any(key in names for names in taken):
        path = [*path[: depth - 1], f"{stem} ({number}){ending}", *path[depth:]]
        key = _key(path[:depth])
        numbers[wanted] = number
        number += 1
    return path


def _key(path: list[str]) -> str:
    """Equal for what some system takes for the same name."""
    return unicodedata.normalize("NFC", "/".join(path).casefold())
