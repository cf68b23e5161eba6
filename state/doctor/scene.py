"""What the checks of the doctor share: the open folder, what was seen so far, and small checks.

Built by `state.doctor.examine`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from functools import partial

from msgspec import Struct, field

from state.atomic import TEMP_SUFFIX, discard
from state.desks import DeskFiles
from state.doctor import mending
from state.doctor.findings import Problem, Problems
from state.files import FILE_MODE, FOLDER_MODE, Files
from state.folders import JobFolders
from state.layout import Layout
from state.views import DeskKey, Link


class Tally(Struct):
    """How much was looked at. Written by the checks."""

    desks: int = 0
    jobs: int = 0
    items: int = 0
    outcomes: int = 0
    artifacts: int = 0
    size_bytes: int = 0


class Links(Struct):
    """What desks were seen to say of their addresses: the links they name, and the desks of which
    the newest state is not known. Written by the checks."""

    named: set[Link] = field(default_factory=set)
    uncertain: set[DeskKey] = field(default_factory=set)


class Scene(Struct, frozen=True):
    """An open data folder. Where `live`, a server is at work in it: what is half-done is its own
    affair, and counts may move between two looks."""

    files: Files
    layout: Layout
    desks: DeskFiles
    folders: JobFolders
    aside: mending.Aside
    max_log_bytes: int
    live: bool
    tally: Tally
    links: Links


def guarded(path: str, problems: Problems) -> Problems:
    """The problems, and one more where the disk or its rights end the check of that path."""
    try:
        yield from problems
    except OSError as error:
        yield Problem("unreadable", path, error.strerror or str(error))


def entry(
    scene: Scene, folder: int, path: str, *, is_folder: bool = False
) -> Generator[Problem, None, bool]:
    """Its kind and mode; True where it is there, of the right kind, to be looked into."""
    name = path.rpartition("/")[2]
    try:
        facts = scene.files.facts(folder, name)
    except FileNotFoundError:
        return False
    if not (facts.folder if is_folder else facts.regular):
        kind = "folder" if is_folder else "file"
        mend = partial(scene.aside.move, folder, name, path)
        yield Problem("wrong-kind", path, f"it is not a {kind}", mend)
        return False
    scene.tally.size_bytes += 0 if is_folder else facts.size_bytes
    yield from mode(scene.files, folder, path, facts.mode, is_folder=is_folder)
    return True


def mode(files: Files, folder: int, path: str, found: int, *, is_folder: bool) -> Problems:
    """Whether the entry has the one mode that files, or folders, have here."""
    name = path.rpartition("/")[2]
    wanted = FOLDER_MODE if is_folder else FILE_MODE
    if found != wanted:
        mend = partial(mending.set_mode, files, folder, name, wanted)
        yield Problem("mode", path, f"its mode is {found:04o}, not {wanted:04o}", mend)


def left_overs(scene: Scene, folder: int, path: str, names: Iterable[str]) -> Problems:
    """One problem for all the half-done writes in a folder."""
    if scene.live:
        return  # they may be at work
    found = sorted(names)
    if found:
        what = f"{len(found)} left over, the first is {found[0]}"
        yield Problem("left-over", path, what, partial(_discard, scene.files, folder, found))


def _discard(files: Files, folder: int, names: list[str]) -> str:
    for name in names:
        discard(files, folder, name)
    files.fsync_dir(folder)
    return f"removed {len(names)}"


def foreign(scene: Scene, folder: int, path: str, code: str = "foreign") -> Problems:
    """Something that nobody here has made; while a server is at work it may be about to use it."""
    if not scene.live:
        mend = partial(scene.aside.move, folder, path.rpartition("/")[2], path)
        yield Problem(code, path, "nothing here refers to it", mend)


def is_temp(scene: Scene, folder: int, name: str) -> bool:
    """Whether that is a file which a write that was cut short has left; or, where a server is at
    work, one that has got its own name since it was listed."""
    try:
        return name.endswith(TEMP_SUFFIX) and scene.files.facts(folder, name).regular
    except FileNotFoundError:
        return True
