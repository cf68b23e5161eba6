"""The hunt for secrets over the whole suite: what is planted, where it may be, and the search.

`tests/conftest.py` looks at what every test's loggers were told; every server that a test starts as
a process logs at debug and is looked at when it ends (`tests.support.processes`): its log, its data
folder, the command lines and environments of its workers. A find fails the test.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

# No word of the product holds this; whatever does was planted by a test.
MARK = "canary5f3e"

# What the environment of every server that a test starts holds besides its own: its workers' not.
ENVIRONMENT = {"PLANTED_PASSWORD": f"{MARK}-environment", "AWS_SECRET_ACCESS_KEY": f"{MARK}-aws"}

_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TOKEN = re.compile(rb"eyJ[\w-]{4,}\.eyJ[\w-]{4,}\.[\w-]+")
_CONTEXT_BYTES = 60
_MAX_FILE_BYTES = 16 * 1024 * 1024
_KEYS = ("secret", "secret.old")


def canary(what: str) -> str:
    """A secret that can be told from all others, long enough for any rule."""
    return f"{MARK}-{what}"


class Hunter:
    """Knows what is secret here: everything planted, every token, the server's own keys, and the
    desks' ids by their hashes. Where the desks are not known, every id is taken for one."""

    def __init__(self, desks: Collection[str] | None = None, keys: Iterable[bytes] = ()) -> None:
        self._desks = desks
        spellings = [MARK.encode()]
        for key in keys:
            spellings += [key, key.hex().encode(), base64.b64encode(key).rstrip(b"=")]
            spellings.append(base64.urlsafe_b64encode(key).rstrip(b"="))
        self._known = re.compile(b"|".join(map(re.escape, spellings)))

    def finds(self, data: bytes, where: str) -> Iterator[str]:
        """What is found, each with its place and what stands around it."""
        for pattern in (self._known, _TOKEN):
            yield from (_told(match, where) for match in pattern.finditer(data))
        for match in _UUID.finditer(data):
            if self._desks is None or hashlib.sha256(match[0]).hexdigest() in self._desks:
                yield _told(match, where)


def _told(match: re.Match[bytes], where: str) -> str:
    start = max(0, match.start() - _CONTEXT_BYTES)
    around = match.string[start : match.end() + _CONTEXT_BYTES]
    return f"{where}, byte {match.start()}: {around.decode('utf-8', 'backslashreplace')!r}"


def hunter_of(data: Path) -> Hunter:
    """Who knows the secrets of a data folder."""
    folders = [data / name for name in ("sessions", "links", "active", "files")]
    names = (path.name[:64] for folder in folders if folder.is_dir() for path in folder.iterdir())
    keys = (data / name for name in _KEYS)
    return Hunter(set(names), [key.read_bytes()[:32] for key in keys if _is_readable(key)])


def finds_in_folder(hunter: Hunter, data: Path) -> Iterator[str]:
    """Secrets in files that may hold none. Artifacts are what remote servers sent: theirs."""
    for path in sorted(data.rglob("*")) if data.is_dir() else ():
        parts = path.relative_to(data).parts
        if parts[0] in _KEYS or path.name == "secrets.json" or "artifacts" in parts:
            continue
        # Names of bytes that are no text are looked at too.
        yield from hunter.finds(os.fsencode("/".join(parts)), f"the name {'/'.join(parts)}")
        if _is_readable(path):
            yield from hunter.finds(path.read_bytes(), "/".join(parts))


def _is_readable(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= _MAX_FILE_BYTES


def finds_in_process(hunter: Hunter, pid: int) -> Iterator[str]:
    """Secrets that everybody on the machine, or whatever the process starts, could read."""
    for name in ("cmdline", "environ"):
        try:
            data = Path(f"/proc/{pid}/{name}").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has ended meanwhile, or is jailed and shows nothing to its own account
        yield from hunter.finds(data, f"{name} of process {pid}")


def refuse(finds: Iterable[str]) -> None:
    """Fail where there is any."""
    found = list(dict.fromkeys(finds))
    assert not found, "secrets where none may be:\n" + "\n".join(found[:20])
