"""Which LibreOffice is used: the setting, then the PATH, then where its packages put it.

Asked by the server when it starts, for every job that needs one, and for every worker
(`workers.office_pool`). `scripts/setup` keeps to the same order.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from actors.ports.office import OfficeUnavailable

NAMES = ("soffice", "libreoffice")
# With the interface that we use; distributions link nearly all of LibreOffice into the second.
LIBRARIES = ("libsofficeapp.so", "libmergedlo.so")
HOW_TO_GET_ONE = (
    "install it (on Debian and Ubuntu: apt-get install libreoffice-writer-nogui), or name it by"
    " --soffice"
)

_WRITER = "libswlo.so"
_FOLDERS = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/usr/local/lib/libreoffice/program",
)
_PACKED_FOLDERS = ("/opt", "libreoffice*/program")
# Read where they are there: without them fonts are looked through at every start.
_FONT_CACHES = ("/var/cache/fontconfig",)


def find_office(setting: str = "") -> Path:
    """The folder of its libraries. `setting` is a path, or a name on the PATH. Raises
    OfficeUnavailable."""
    if setting:
        return _named(setting)
    for folder in _candidates():
        if _library(folder) is not None and (folder / _WRITER).is_file():
            return folder
    raise OfficeUnavailable(f"LibreOffice is not installed: {HOW_TO_GET_ONE}")


def readable_by(program: Path) -> tuple[str, ...]:
    """What it must be able to read. Packages lay parts of it elsewhere, and links in their place:
    where those lead must be readable too, or it ends at its start."""
    root = program.parent
    elsewhere = {
        str(target)
        for path in root.rglob("*")
        if path.is_symlink() and not (target := path.resolve()).is_relative_to(root)
    }
    return (str(root), *sorted(elsewhere), *_FONT_CACHES)


def library_of(program: Path) -> Path:
    """The library with the interface. Raises OfficeUnavailable."""
    library = _library(program)
    if library is None:
        raise OfficeUnavailable(f"there is no LibreOffice in {program}: {HOW_TO_GET_ONE}")
    return library


def _named(setting: str) -> Path:
    found = shutil.which(setting)
    if found is None:
        raise OfficeUnavailable(
            f"there is no program {setting!r}, which --soffice names as LibreOffice"
        )
    folder = Path(found).resolve().parent
    library_of(folder)
    if not (folder / _WRITER).is_file():
        raise OfficeUnavailable(f"the LibreOffice in {folder} has no Writer: {HOW_TO_GET_ONE}")
    return folder


def _candidates() -> Iterator[Path]:
    for name in NAMES:
        if (found := shutil.which(name)) is not None:
            yield Path(found).resolve().parent
    yield from map(Path, _FOLDERS)
    root, pattern = _PACKED_FOLDERS
    yield from sorted(Path(root).glob(pattern), reverse=True)


def _library(folder: Path) -> Path | None:
    return next((folder / name for name in LIBRARIES if (folder / name).is_file()), None)
