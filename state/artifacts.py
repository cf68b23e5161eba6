"""The larger things that a job made: files under `artifacts/`, each there whole or not at all.

`state.store` hands out an `ArtifactFile` to write one. What is small goes into `state.packs`; both
are read by `state.artifact_reads`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from zlib import crc32

from msgspec import Struct

from state.atomic import discard, naming, opened, temp_name, write_all
from state.disk import Disk
from state.errors import ArtifactTooLarge, JobFilesMissing
from state.files import Files
from state.folders import JobFolders
from state.sizes import JobAccount
from state.views import Artifact, DeskKey

NAME = "artifacts"
PARTS = "parts"  # where they are written; apart, so that no name can meet a temporary one
_NAME_MAX_BYTES = 255
DEPTH_MAX = 8


def safe_parts(name: str) -> list[str]:
    """The name's parts. Raises ValueError where it is not a plain relative path."""
    parts = name.split("/")
    if len(parts) > DEPTH_MAX or not all(_is_plain(part) for part in parts):
        raise ValueError(f"not a safe relative name: {name!r}")
    return parts


def _is_plain(part: str) -> bool:
    if part in ("", ".", "..") or "\\" in part or not part.isprintable():
        return False
    try:
        return len(part.encode()) <= _NAME_MAX_BYTES
    except UnicodeEncodeError:
        return False


class Place(Struct, frozen=True):
    """Where an artifact goes, and how large it may become. `parts` are those of a safe name."""

    folders: JobFolders
    desk: DeskKey
    job_id: str
    name: str
    parts: list[str]
    limit_bytes: int

    @property
    def account(self) -> JobAccount:
        return self.folders.account(self.desk, self.job_id)

    def job(self) -> AbstractContextManager[int]:
        """The open folder of its job."""
        return self.folders.job(self.desk, self.job_id)


class ArtifactFile:
    """The `ArtifactWriter` port: a file that gets its name only when it is whole and synced."""

    def __init__(self, disk: Disk, place: Place, temp: str, handle: int) -> None:
        self._disk = disk
        self._place = place
        self._files = place.folders.files
        self._temp = temp
        # Written by the thread of the one call under way.
        self._size_bytes = 0
        self._crc32 = 0
        self._claimed_bytes = 0
        self._handle: int | None = handle  # None once it is over

    @classmethod
    async def opened(cls, disk: Disk, place: Place) -> ArtifactFile:
        """Begin one. Raises JobFilesMissing, StorageError."""
        temp = temp_name("part")
        return cls(disk, place, temp, await disk.run(_begin, place, temp))

    async def write(self, data: bytes) -> None:
        """Add a piece. Raises ArtifactTooLarge or StorageError; then only `abort` is left."""
        await self._disk.run(self._write, data)

    def _write(self, data: bytes) -> None:
        place = self._place
        if self._size_bytes + len(data) > place.limit_bytes:
            raise ArtifactTooLarge(f"{place.name} is larger than {place.limit_bytes} bytes")
        place.account.claim(len(data))
        self._claimed_bytes += len(data)
        with naming(place.name):
            write_all(self._files, self._open_handle(), data)
        self._size_bytes += len(data)
        self._crc32 = crc32(data, self._crc32)

    async def commit(self) -> Artifact:
        """Make it durable under its name, in the place of an older one. Raises StorageError."""
        return await self._disk.run(self._commit)

    def _commit(self) -> Artifact:
        files = self._files
        with naming(self._place.name):
            files.fsync(self._open_handle())
        facts = files.facts_of(self._open_handle())
        self._close()
        with (
            self._place.job() as folder,
            opened(files, files.open_folder(folder, PARTS)) as parts,
            _made_below(self._place, folder, [NAME, *self._place.parts[:-1]]) as target,
        ):
            replaced = _size_of(files, target, self._place.parts[-1])
            files.rename(parts, self._temp, target, self._place.parts[-1])
            self._claimed_bytes = 0
            self._place.account.release(replaced)
            files.fsync_dir(target)
        return Artifact(self._place.name, facts.size_bytes, facts.modified_at, self._crc32)

    async def abort(self) -> None:
        """Forget it; also after a failed write or commit."""
        await self._disk.run(self._abort)

    def _abort(self) -> None:
        self._close()
        self._place.account.release(self._claimed_bytes)
        self._claimed_bytes = 0
        # A job that is gone took it along. What cannot be removed now is swept with the folder when
        # the job's outcomes are opened next.
        with (
            suppress(JobFilesMissing, OSError),
            self._place.job() as folder,
            opened(self._files, self._files.open_folder(folder, PARTS)) as parts,
        ):
            discard(self._files, parts, self._temp)

    def _open_handle(self) -> int:
        if self._handle is None:
            raise RuntimeError("this artifact is over")
        return self._handle

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._files.close(handle)


def _size_of(files: Files, folder: int, name: str) -> int:
    """What stands there now; nothing, as a rule."""
    try:
        return files.facts(folder, name).size_bytes
    except FileNotFoundError:
        return 0


def _begin(place: Place, temp: str) -> int:
    files = place.folders.files
    with place.job() as folder:
        with suppress(FileExistsError):
            files.make_folder(folder, PARTS)  # not synced: what is in it may vanish with it
        with opened(files, files.open_folder(folder, PARTS)) as parts:
            return files.create(parts, temp)


@contextmanager
def _made_below(place: Place, folder: int, names: list[str], depth: int = 1) -> Iterator[int]:
    """The open folder at the end of that path, made where it is missing, from `depth` on."""
    folders = place.folders
    folders.make_within(folder, (place.desk, place.job_id, *names[:depth]))
    with opened(folders.files, folders.files.open_folder(folder, names[depth - 1])) as inner:
        if depth < len(names):
            with _made_below(place, inner, names, depth + 1) as innermost:
                yield innermost
        else:
            yield inner
