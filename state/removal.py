"""Single artifacts of a job are forgotten: their lines leave the index, their files the folder.

The index is written anew without them, so that this needs no room of the desk's and nothing is left
to be passed over. What of the packs no line names any more is cut off, as it is where a server died
before it had named it. Called by `state.store` in its threads, while nobody writes there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial

import trio

from state.artifacts import NAME, safe_parts
from state.atomic import discard, opened, temp_name, write_all
from state.ballast import Ballast
from state.disk import Disk
from state.errors import ArtifactsInUse, StorageFull
from state.files import Files
from state.lines import whole_lines
from state.pack_index import NAME as INDEX
from state.pack_index import Found, decoded, newest, pack_number, replayed
from state.packs import PackPlace, cut_unnamed
from state.sealed_file import SealedFile
from state.views import DeskKey

Job = tuple[DeskKey, str]
# Where some artifacts are, below the folder of all: their names there, by the folders that lead.
_ByFolder = dict[tuple[str, ...], list[str]]


class Removals:
    """One at a time for a job, and none while its artifacts are being made. `writing` is that of
    `state.artifact_reads`."""

    def __init__(self, disk: Disk, ballast: Ballast, writing: Mapping[Job, object]) -> None:
        self._disk = disk
        self._ballast = ballast
        self._writing = writing
        # Written by the task that removes something of the job.
        self._under_way: dict[Job, trio.Event] = {}
        # Written by who is to make artifacts of the job, and is not in `writing` yet.
        self._opening: set[Job] = set()

    @asynccontextmanager
    async def kept_off(self, job: Job) -> AsyncIterator[None]:
        """For who is to make artifacts of the job and opens its index for that: of one that is
        written anew meanwhile, what is added to the old one would be nowhere."""
        while (over := self._under_way.get(job)) is not None:
            await over.wait()
        self._opening.add(job)
        try:
            yield
        finally:
            self._opening.discard(job)

    async def remove(self, place: PackPlace, names: Collection[str]) -> int:
        """See `Store.remove_artifacts`; a full disk gives its ballast for it."""
        job = (place.index.desk, place.index.job_id)
        if job in self._writing or job in self._opening or job in self._under_way:
            raise ArtifactsInUse("the job is at work on its files")
        over = self._under_way[job] = trio.Event()
        try:
            try:
                return await self._disk.run_long(remove_artifacts, place, names)
            except StorageFull:
                await self._disk.run(self._ballast.spend)
                return await self._disk.run_long(remove_artifacts, place, names)
        finally:
            del self._under_way[job]
            over.set()


def remove_artifacts(place: PackPlace, names: Collection[str]) -> int:
    """How many there were of those names; none is there any more. Raises JobFilesMissing."""
    index = place.index
    with index.folders.job(index.desk, index.job_id) as folder:
        gone = _out_of_packs(place, folder, frozenset(names))
        for parents, lasts in _by_folder(names).items():
            gone |= _unlinked(place, folder, parents, lasts)
    index.account.relieve()
    return len(gone)


def _out_of_packs(place: PackPlace, folder: int, names: frozenset[str]) -> set[str]:
    """Those of the names that were packed; the index knows none of them any more."""
    files, index = place.files, place.index
    if INDEX not in files.list(folder):
        return set()
    file, held = SealedFile.opened(index, folder, partial(replayed, index.seal))
    try:
        found, lines = held, newest(files, file.handle, file.good_bytes, index.seal)
        if not names.isdisjoint(lines):
            found = _write_without(place, folder, file, names)
    finally:
        file.close()
    # Also where it named none of them: an earlier try may have come no further than to that. While
    # a line is damaged, nobody knows what it named.
    if not held.bad_lines:
        for number in filter(None, map(pack_number, files.list(folder))):
            cut_unnamed(place, folder, number, found)
    return {name for name in names & lines.keys() if lines[name].pack}


def _write_without(place: PackPlace, folder: int, file: SealedFile, names: frozenset[str]) -> Found:
    """Put a new index in the place of the file, durably; damaged lines stay."""
    files, index = place.files, place.index
    temp = temp_name(INDEX)
    try:
        with opened(files, files.create(folder, temp)) as fresh:
            for kept in _lines_without(place, file, names):
                write_all(files, fresh, kept)
            files.fsync(fresh)
            size = files.facts_of(fresh).size_bytes
            found, _ = replayed(index.seal, files, fresh, size)
        files.rename(folder, temp, folder, INDEX)
    finally:
        discard(files, folder, temp)
    index.account.release(file.good_bytes - size)
    files.fsync_dir(folder)
    return found


def _lines_without(place: PackPlace, file: SealedFile, names: frozenset[str]) -> Iterator[bytes]:
    seal = place.index.seal
    for lines in whole_lines(place.files, file.handle, 0, file.good_bytes):
        kept = [line.data for line in lines if not _is_of(line.data, seal, names)]
        yield b"".join(data + b"\n" for data in kept)


def _is_of(data: bytes, seal: int, names: frozenset[str]) -> bool:
    line = decoded(data, seal)
    return line is not None and line.name in names


def _by_folder(names: Collection[str]) -> _ByFolder:
    """What no artifact can be called is nowhere."""
    found: _ByFolder = {}
    for name in names:
        try:
            *parents, last = safe_parts(name)
        except ValueError:
            continue
        found.setdefault(tuple(parents), []).append(last)
    return found


def _unlinked(
    place: PackPlace, folder: int, parents: tuple[str, ...], lasts: Sequence[str]
) -> set[str]:
    """The names of those that were files in that folder of artifacts; they are gone, durably."""
    files = place.files
    with ExitStack() as closing:
        for name in (NAME, *parents):
            try:
                folder = files.open_folder(folder, name)
            except (FileNotFoundError, NotADirectoryError):
                return set()
            closing.callback(files.close, folder)
        sizes = {last: size for last in lasts if (size := _size_of(files, folder, last)) >= 0}
        for last, size_bytes in sizes.items():
            files.unlink(folder, last)
            place.index.account.release(size_bytes)
        # Also where none is there: an earlier try may have come no further than to unlink them.
        files.fsync_dir(folder)
    return {"/".join((*parents, last)) for last in sizes}


def _size_of(files: Files, folder: int, name: str) -> int:
    """-1 where there is no such file."""
    try:
        facts = files.facts(folder, name)
    except FileNotFoundError:
        return -1
    return facts.size_bytes if facts.regular else -1
