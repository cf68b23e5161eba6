"""What a job made, found and read: small artifacts in packs, larger ones in files of their own.

Called by `state.file_reads` in its threads.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Protocol
from zlib import crc32

from state import pack_index
from state.artifacts import NAME, safe_parts
from state.atomic import opened
from state.disk import Disk
from state.errors import ArtifactMissing, JobFilesMissing
from state.files import Files
from state.folders import JobFolders
from state.lines import seal_of
from state.pack_index import PackLine, pack_name
from state.plain import open_plain
from state.views import Artifact, DeskKey

Piece = tuple[int, bytes]


class Writing(Protocol):
    """Who is writing the packs of a job."""

    @property
    def synced_bytes(self) -> int | None:
        """How far its index is durable; None while there is none."""

    def may_have(self, name: str) -> bool:
        """Whether its index may hold such a line, durable or not."""


class ArtifactReads:
    """The artifacts of all jobs. `writing` has an entry for each job whose packs are being written;
    it is kept by the store that opens them."""

    def __init__(self, folders: JobFolders) -> None:
        self.folders = folders
        self.files: Files = folders.files
        self.writing: dict[tuple[DeskKey, str], Writing] = {}

    def all(self, desk: DeskKey, job_id: str) -> list[Artifact]:
        """All artifacts of a job, by name; no bytes of theirs are read. Raises JobFilesMissing."""
        seal = seal_of(desk, job_id)
        with self.folders.job(desk, job_id) as folder:
            lines: dict[str, PackLine] = {}
            with self._index(desk, job_id, folder) as (handle, size):
                if size:
                    lines = pack_index.newest(self.files, handle, size, seal)
            made = {name: _packed(line) for name, line in lines.items() if line.pack}
            for found in _walk(self.files, folder, NAME, ""):
                made.setdefault(found.name, _own(found, lines.get(found.name)))
        return [made[name] for name in sorted(made)]

    def find(self, desk: DeskKey, job_id: str, name: str) -> Artifact:
        """The artifact of that name. Raises ArtifactMissing."""
        found = self.find_all(desk, job_id, [name])
        if not found:
            raise _none_called(name)
        return found[0]

    def find_all(self, desk: DeskKey, job_id: str, names: Sequence[str]) -> list[Artifact]:
        """Those of them that there are, in their order. The index is looked through once, and not
        for what its writer knows that it does not hold. Raises JobFilesMissing."""
        writer = self.writing.get((desk, job_id))
        wanted = {name for name in names if writer is None or writer.may_have(name)}
        with self.folders.job(desk, job_id) as folder:
            lines = self._newest(desk, job_id, folder, wanted) if wanted else {}
            found = (self._found(folder, name, lines.get(name)) for name in names)
            return [made for made in found if made is not None]

    def _newest(
        self, desk: DeskKey, job_id: str, folder: int, names: Collection[str]
    ) -> dict[str, PackLine]:
        with self._index(desk, job_id, folder) as (handle, size):
            if not size:
                return {}
            return pack_index.newest_of(self.files, handle, size, seal_of(desk, job_id), names)

    def _found(self, folder: int, name: str, line: PackLine | None) -> Artifact | None:
        if line is not None and line.pack:
            return _packed(line)
        try:
            parts = safe_parts(name)
            with opened(self.files, self._own_handle(folder, name, parts)) as handle:
                facts = self.files.facts_of(handle)
        except (ValueError, ArtifactMissing):
            return None
        return _own(Artifact(name, facts.size_bytes, facts.modified_at), line)

    @contextmanager
    def _index(self, desk: DeskKey, job_id: str, folder: int) -> Iterator[tuple[int, int]]:
        """The open index and how far it is to be read; size 0 where there is none."""
        # Asked first: it only grows, and so does the file.
        writer = self.writing.get((desk, job_id))
        synced = None if writer is None else writer.synced_bytes or 0
        try:
            handle = open_plain(self.files, folder, pack_index.NAME)
        except FileNotFoundError:
            yield -1, 0
            return
        with opened(self.files, handle):
            size = self.files.facts_of(handle).size_bytes
            yield handle, size if synced is None else min(size, synced)

    def pieces(
        self,
        desk: DeskKey,
        job_id: str,
        wanted: Iterable[Artifact],
        chunk_bytes: int,
        start: int = 0,
    ) -> Generator[Piece]:
        """Each artifact's position among the wanted with a chunk of it, from the offset `start` on;
        at least one of each, in order. Raises JobFilesMissing where one is gone or damaged."""
        with ExitStack() as closing:
            folder = closing.enter_context(self.folders.job(desk, job_id))
            packs: dict[int, int] = {}  # number -> handle
            for position, made in enumerate(wanted):
                if made.pack:
                    if made.pack not in packs:
                        packs[made.pack] = handle = self._pack_handle(folder, made.pack)
                        closing.callback(self.files.close, handle)
                    chunks = self._packed_chunks(packs[made.pack], made, chunk_bytes, start)
                else:
                    chunks = self._own_chunks(folder, made, chunk_bytes, start)
                for chunk in chunks:
                    yield position, chunk

    def _packed_chunks(
        self, handle: int, made: Artifact, chunk_bytes: int, start: int
    ) -> Iterator[bytes]:
        """Nothing of it where it is not as it was made."""
        data = _read_exactly(self.files, handle, made.size_bytes, made.offset)
        if crc32(data) != made.crc32:
            raise JobFilesMissing(f"the artifact {made.name!r} is damaged")
        for offset in range(start, max(start + 1, len(data)), chunk_bytes):
            yield data[offset : offset + chunk_bytes]

    def _own_chunks(
        self, folder: int, made: Artifact, chunk_bytes: int, start: int
    ) -> Iterator[bytes]:
        with opened(
            self.files, self._own_handle(folder, made.name, safe_parts(made.name))
        ) as handle:
            offset = start
            while (chunk := self.files.read(handle, chunk_bytes, offset)) or offset == start:
                yield chunk
                offset += max(1, len(chunk))

    def _pack_handle(self, folder: int, number: int) -> int:
        try:
            return open_plain(self.files, folder, pack_name(number))
        except FileNotFoundError as error:
            raise JobFilesMissing(f"{pack_name(number)} is gone") from error

    def _own_handle(self, folder: int, name: str, parts: list[str]) -> int:
        *parents, last = (NAME, *parts)
        try:
            return _open_below(self.files, folder, parents, last)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise _none_called(name) from error


async def read_pieces(
    disk: Disk, pieces: Generator[Piece], size_bytes: int
) -> AsyncGenerator[list[Piece]]:
    """All pieces, about so many bytes at a time."""
    try:
        while some := await disk.run_long(_some, pieces, size_bytes):
            yield some
    finally:
        pieces.close()


def _some(pieces: Iterator[Piece], size_bytes: int) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        found.append(piece)
        size_bytes -= max(1, len(piece[1]))
        if size_bytes <= 0:
            break
    return found


def _read_exactly(files: Files, handle: int, size: int, offset: int) -> bytes:
    data = files.read(handle, size, offset)
    while data and len(data) < size:
        more = files.read(handle, size - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


def _packed(line: PackLine) -> Artifact:
    return Artifact(line.name, line.size_bytes, line.at, line.crc32, line.pack, line.offset)


def _own(found: Artifact, line: PackLine | None) -> Artifact:
    """With the checksum that the index has of it, where that is of this very file."""
    if line is None or (line.size_bytes, line.at) != (found.size_bytes, found.modified_at):
        return found
    return Artifact(found.name, found.size_bytes, found.modified_at, line.crc32)


def _none_called(name: str) -> ArtifactMissing:
    return ArtifactMissing(f"there is no artifact {name!r}")


def _walk(files: Files, folder: int, name: str, prefix: str) -> Iterator[Artifact]:
    try:
        inner = files.open_folder(folder, name)
    except FileNotFoundError:
        return
    with opened(files, inner):
        for entry in files.list(inner):
            facts = files.facts(inner, entry)
            if facts.folder:
                yield from _walk(files, inner, entry, f"{prefix}{entry}/")
            elif facts.regular:
                yield Artifact(prefix + entry, facts.size_bytes, facts.modified_at)


def _open_below(files: Files, folder: int, parents: list[str], last: str) -> int:
    if parents:
        with opened(files, files.open_folder(folder, parents[0])) as inner:
            return _open_below(files, inner, parents[1:], last)
    handle = files.open_read(folder, last)
    try:
        if not files.facts_of(handle).regular:
            raise IsADirectoryError(last)
    except BaseException:
        files.close(handle)
        raise
    return handle
