"""Checks what belongs to no single desk: the folders, the key, the ballast, strangers, free space.
Used by `examine`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from state import ballast, lock, scratch
from state.desks import LINK_SUFFIX, is_key
from state.doctor import keys, mending
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry, foreign, is_temp, left_overs, mode
from state.files import FOLDER_MODE, Files
from state.views import DeskKey

FOLDERS = ("sessions", "active", "files", "quarantine", "links")
# All that the store keeps at the top of the data folder.
_OURS = frozenset({*FOLDERS, lock.NAME, ballast.NAME, scratch.NAME, *keys.NAMES})

# Less room than this, and the next job of 100,000 items may not fit.
LOW_SPACE_BYTES = 64 * 1024 * 1024

# Who may write to the data folder itself can put anything in it.
_OTHERS_WRITE = 0o022

_DESK_FILE = re.compile(r"([0-9a-f]{64})\.json(?:\.1)?(?P<kept>\.schema[0-9]+)?")


class Kept(Struct, frozen=True):
    """What is in quarantine: how much, and since when (seconds since the epoch)."""

    entries: int = 0
    size_bytes: int = 0
    oldest_at: float | None = None


def check_folders(files: Files, root: int, names: Sequence[str]) -> Problems:
    """The folders that all else is in. Without one of them nothing else can be checked."""
    there = files.list(root)
    for name in names:
        if name not in there:
            mend = partial(_make_folder, files, root, name)
            yield Problem("folder-missing", name, "the folder is not there", mend)
        elif not files.facts(root, name).folder:
            yield Problem("wrong-kind", name, "it is not a folder")


def _make_folder(files: Files, root: int, name: str) -> str:
    files.make_folder(root, name)
    files.fsync_dir(root)
    return "made it, empty"


def check_house(scene: Scene, free_bytes: int, known: frozenset[str]) -> Problems:
    """The data folder's own entries; `known` are files there that others than the store keep."""
    files, root = scene.files, scene.layout.root
    found = files.facts_of(root).mode
    if found & _OTHERS_WRITE:
        mend = partial(mending.set_mode, files, root, ".", FOLDER_MODE)
        yield Problem("mode", ".", f"its mode is {found:04o}: others may write to it", mend)
    for name in FOLDERS:
        yield from mode(files, root, name, files.facts(root, name).mode, is_folder=True)
    yield from entry(scene, root, lock.NAME)
    yield from keys.check_keys(scene)
    if not (yield from entry(scene, root, ballast.NAME)):
        yield Problem("ballast-missing", ballast.NAME, "no reserve of disk space is there")
    for name in sorted(known):
        yield from entry(scene, root, name)
    yield from _strangers(scene, known)
    if free_bytes < LOW_SPACE_BYTES:
        yield Problem("space-low", ".", f"{free_bytes} bytes are free")


def _strangers(scene: Scene, known: frozenset[str]) -> Problems:
    """What else is at the top. It is not mended: whoever chose the folder may have put it there on
    purpose, or the file system did (lost+found), and it is in nobody's way."""
    root, temps = scene.layout.root, []
    for name in sorted(set(scene.files.list(root)) - _OURS - known):
        if is_temp(scene, root, name):
            temps.append(name)
        else:
            yield Problem("foreign", name, "nothing here refers to it")
    yield from left_overs(scene, root, ".", temps)


def check_strangers(scene: Scene) -> Problems:
    """What is in the desks' three folders and is no desk's."""
    files, layout = scene.files, scene.layout
    temps = []
    for name in sorted(files.list(layout.sessions)):
        known = _DESK_FILE.fullmatch(name)
        if is_temp(scene, layout.sessions, name) or name.endswith(LINK_SUFFIX):
            temps.append(name)
        elif known is None:
            yield from foreign(scene, layout.sessions, f"sessions/{name}")
        elif known["kept"]:
            yield from entry(scene, layout.sessions, f"sessions/{name}")
    yield from left_overs(scene, layout.sessions, "sessions", temps)
    for folder, place in ((layout.active, "active"), (layout.jobs, "files")):
        for name in sorted(files.list(folder)):
            if not is_key(name):
                yield from foreign(scene, folder, f"{place}/{name}")


def keys_in(scene: Scene) -> list[DeskKey]:
    """Every desk of which anything is kept."""
    files, layout = scene.files, scene.layout
    matches = (_DESK_FILE.fullmatch(name) for name in files.list(layout.sessions))
    found = {match[1] for match in matches if match is not None}
    for folder in (layout.active, layout.jobs):
        found.update(name for name in files.list(folder) if is_key(name))
    return [DeskKey(name) for name in sorted(found)]


def quarantined(files: Files, folder: int) -> Kept:
    """What is kept there; the doctor never looks into it."""
    facts = [files.facts(folder, name) for name in files.list(folder)]
    oldest = min((entry.modified_at for entry in facts), default=None)
    return Kept(len(facts), sum(entry.size_bytes for entry in facts), oldest)
