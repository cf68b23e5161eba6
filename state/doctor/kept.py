"""Checks the files that a desk keeps beside its jobs, its journeys and its library: those that its
state names, and all others. Used by `desk`."""

from __future__ import annotations

import msgspec

from state.atomic import opened
from state.desks import JOURNEYS, LIBRARY
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry, foreign, is_temp, left_overs
from state.errors import DeskUnreadable, JobFilesMissing, KeptMissing
from state.journeys import decode_journeys, secret_names
from state.kept_files import KEPT_JOURNEYS, KEPT_LIBRARY, KeptFiles
from state.library import files_of
from state.model import DeskState, JourneyBook
from state.views import DeskKey


def check_journeys(
    scene: Scene, desk: DeskKey, folder: int, state: DeskState, needed: set[str]
) -> Problems:
    """Whether they can be read, and nothing else lies beside them. The secrets that they name are
    added to those that are `needed`."""
    path, book = f"files/{desk}/{JOURNEYS}", state.journeys
    kept = KeptFiles(scene.folders, KEPT_JOURNEYS)
    is_there = yield from entry(scene, folder, path, is_folder=True)
    if book is not None:
        where = f"{path}/{KEPT_JOURNEYS.file_name(book.digest)}"
        yield from _named(kept, desk, book, where, needed)
    if is_there:
        yield from _beside(scene, desk, folder, state, kept)


def _named(
    kept: KeptFiles, desk: DeskKey, book: JourneyBook, path: str, needed: set[str]
) -> Problems:
    try:
        found = decode_journeys(kept.read(desk, book.digest))
    except (JobFilesMissing, msgspec.DecodeError) as error:
        yield Problem("journeys-damaged", path, str(error))
        return
    needed.update(secret_names(found))
    if len(found) != book.count:
        yield Problem("journeys-damaged", path, f"there are {len(found)}, not {book.count}")


def check_library(scene: Scene, desk: DeskKey, folder: int, state: DeskState) -> Problems:
    """Whether everything in it has its files, and nothing else lies beside them."""
    path = f"files/{desk}/{LIBRARY}"
    kept = KeptFiles(scene.folders, KEPT_LIBRARY)
    is_there = yield from entry(scene, folder, path, is_folder=True)
    for digest in sorted(KEPT_LIBRARY.named(state)):
        try:
            kept.read(desk, digest)
        except KeptMissing as error:
            what = f"{', '.join(owners(state, digest))}: {error}"
            yield Problem("library-damaged", f"{path}/{KEPT_LIBRARY.file_name(digest)}", what)
    if is_there:
        yield from _beside(scene, desk, folder, state, kept)


def owners(state: DeskState, digest: str) -> list[str]:
    """What of the desk's library needs that file."""
    words = ("template", "data source", "picture", "preset", "character", "model")
    return [
        f"{word} {each.id}"
        for word, kind in zip(words, state.library, strict=True)
        for each in kind.values()
        if digest in files_of(each)
    ]


def _beside(
    scene: Scene, desk: DeskKey, folder: int, state: DeskState, kept: KeptFiles
) -> Problems:
    with opened(scene.files, scene.files.open_folder(folder, kept.kind.folder)) as inner:
        yield from _entries(scene, desk, inner, state, kept)


def _entries(
    scene: Scene, desk: DeskKey, folder: int, state: DeskState, kept: KeptFiles
) -> Problems:
    """Everything in their folder. Where an older generation was restored, or the one before cannot
    be judged, files that nothing names may yet be wanted."""
    path = f"files/{desk}/{kept.kind.folder}"
    named = _names(scene, desk, state, kept)
    left = []
    for name in sorted(scene.files.list(folder)):
        if is_temp(scene, folder, name):
            left.append(name)
            continue
        is_file = yield from entry(scene, folder, f"{path}/{name}")
        if not is_file or named is None or name in named:
            continue
        if kept.is_whole(folder, name):
            left.append(name)
        else:
            yield from foreign(scene, folder, f"{path}/{name}")
    yield from left_overs(scene, folder, path, left)


def _names(scene: Scene, desk: DeskKey, state: DeskState, kept: KeptFiles) -> set[str] | None:
    """The names of the files that the desk's generations name; None where that is not known."""
    if state.restored is not None:
        return None
    try:
        before = scene.desks.previous(desk)
    except DeskUnreadable:
        return None
    digests = kept.kind.named(state)
    if before is not None:
        digests |= kept.kind.named(before)
    return set(map(kept.kind.file_name, digests))
