"""Checks the files of a desk's journeys: the one that its state names, and all others. Used by
`desk`."""

from __future__ import annotations

import msgspec

from state.atomic import opened
from state.desks import JOURNEYS
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry, foreign, is_temp, left_overs
from state.errors import DeskUnreadable, JobFilesMissing
from state.journey_files import JourneyFiles, file_name
from state.journeys import decode_journeys, secret_names
from state.model import DeskState, JourneyBook
from state.views import DeskKey


def check_journeys(
    scene: Scene, desk: DeskKey, folder: int, state: DeskState, needed: set[str]
) -> Problems:
    """Whether they can be read, and nothing else lies beside them. The secrets that they name are
    added to those that are `needed`."""
    path, book = f"files/{desk}/{JOURNEYS}", state.journeys
    is_there = yield from entry(scene, folder, path, is_folder=True)
    if book is not None:
        yield from _named(scene, desk, book, f"{path}/{file_name(book.digest)}", needed)
    if is_there:
        with opened(scene.files, scene.files.open_folder(folder, JOURNEYS)) as inner:
            yield from _entries(scene, desk, inner, path, state)


def _named(scene: Scene, desk: DeskKey, book: JourneyBook, path: str, needed: set[str]) -> Problems:
    try:
        found = decode_journeys(JourneyFiles(scene.folders).read(desk, book.digest))
    except (JobFilesMissing, msgspec.DecodeError) as error:
        yield Problem("journeys-damaged", path, str(error))
        return
    needed.update(secret_names(found))
    if len(found) != book.count:
        yield Problem("journeys-damaged", path, f"there are {len(found)}, not {book.count}")


def _entries(scene: Scene, desk: DeskKey, folder: int, path: str, state: DeskState) -> Problems:
    """Everything in their folder. Where an older generation was restored, or the one before cannot
    be judged, files that nothing names may yet be wanted."""
    kept = _kept(scene, desk, state)
    left = []
    for name in sorted(scene.files.list(folder)):
        if is_temp(scene, folder, name):
            left.append(name)
            continue
        is_file = yield from entry(scene, folder, f"{path}/{name}")
        if not is_file or kept is None or name in kept:
            continue
        if JourneyFiles(scene.folders).is_whole(folder, name):
            left.append(name)
        else:
            yield from foreign(scene, folder, f"{path}/{name}")
    yield from left_overs(scene, folder, path, left)


def _kept(scene: Scene, desk: DeskKey, state: DeskState) -> set[str] | None:
    """The names of the files that the desk's generations name; None where that is not known."""
    if state.restored is not None:
        return None
    try:
        before = scene.desks.previous_journeys(desk)
    except DeskUnreadable:
        return None
    newest = None if state.journeys is None else state.journeys.digest
    return {file_name(digest) for digest in (newest, before) if digest is not None}
