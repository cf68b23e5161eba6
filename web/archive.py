"""What a job made as one ZIP, put together while it is sent: nothing of it is kept anywhere.

What is compressed already is stored, and all else deflated. Where nothing is left to deflate, the
place of every byte is known before the first is sent: such an archive has a size, and can be taken
up again in the middle. Built by whoever answers a download, sent by `web.downloads`.
"""

from __future__ import annotations

import hashlib
import zlib
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from actors.ports import Artifact, DeskKey, StoreReads
from web.filenames import safe_names
from web.outcomes import closing
from web.packing import Packer, Part, own_part
from web.threads import Threads
from web.zip_format import DEFLATED, STORED, Member, directory, header_bytes

MANIFEST = "manifest.json"
# Deflating these again costs much and gains nothing.
_COMPRESSED = frozenset(
    {".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub", ".pdf", ".zip", ".gz", ".bz2"}
    | {".xz", ".zst", ".7z", ".br", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".woff2"}
    | {".mp3", ".mp4", ".webm", ".m4a"}
)


class Manifest(Struct, frozen=True):
    """What an archive says of itself. Always of the same bytes, or it could not be taken up."""

    data: bytes
    modified_at: float


class Contents(Protocol):
    """What a job's endings say of what it has made."""

    @property
    def left_over(self) -> Collection[str]:
        """Artifacts that are none: an attempt made them, and failed after all."""

    def manifest(self, names: Mapping[str, str]) -> Manifest:
        """From the names that artifacts have in the archive, by their own. Computes for a while."""


Describe = Callable[[], Awaitable[Contents]]
Names = Callable[[str], bool]
# What an artifact of that name is to be called in the archive.
Called = Callable[[str], str]


def is_compressed(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _COMPRESSED


def everything(name: str) -> bool:
    return True


class _Plan(Struct, frozen=True):
    """What is to be in an archive, and under which name each of it."""

    made: list[Artifact]
    names: dict[str, str]


def _planned(
    listed: Sequence[Artifact], where: Names, called: Called, contents: Contents | None
) -> _Plan:
    made = [found for found in listed if where(found.name)]
    taken = []
    if contents is not None:
        made, taken = [each for each in made if each.name not in contents.left_over], [MANIFEST]
    names = safe_names([*taken, *(called(found.name) for found in made)])[len(taken) :]
    return _Plan(made, {found.name: name for found, name in zip(made, names, strict=True)})


def _own(contents: Contents, names: Mapping[str, str]) -> Part:
    manifest = contents.manifest(names)
    return own_part(MANIFEST, manifest.data, manifest.modified_at)


class Archives:
    """Builds the archives of jobs. Shared by the handlers of downloads."""

    def __init__(self, store: StoreReads, threads: Threads) -> None:
        self._store = store
        self._threads = threads

    async def build(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        where: Names = everything,
        stored: Names = is_compressed,
        called: Called = str,
        manifest: Describe | None = None,
    ) -> Archive:
        """The artifacts whose names satisfy `where`, as they are `called` there, without what
        failed attempts have left where there is a manifest; those that satisfy `stored` as they
        are. Its size is known where they all do. Raises JobFilesMissing."""
        # What has ended by then is among what is listed after it.
        contents = None if manifest is None else await manifest()
        listed = await self._store.list_artifacts(desk, job_id)
        # Thousands of names take a while to make safe.
        plan = await self._threads.step(partial(_planned, listed, where, called, contents))
        beside = []
        if contents is not None:
            beside.append(await self._threads.step(partial(_own, contents, plan.names)))
        kept = [stored(found.name) for found in plan.made]
        made = await self._summed(desk, job_id, plan.made, kept)
        members = zip(made, plan.names.values(), kept, strict=True)
        job = desk, job_id
        return await self._threads.step(
            lambda: Archive(
                self._store,
                job,
                self._threads,
                [*beside, *(Part(_member(name, x, as_is), x) for x, name, as_is in members)],
            )
        )

    async def _summed(
        self, desk: DeskKey, job_id: str, made: list[Artifact], kept: Sequence[bool]
    ) -> list[Artifact]:
        """With the checksums of all that is stored: those that nobody wrote down are taken now."""
        places = [place for place, found in enumerate(made) if found.crc32 is None and kept[place]]
        sums = dict.fromkeys(places, 0)
        wanted = [made[place] for place in places]
        async with closing(self._store.read_artifacts(desk, job_id, wanted)) as batches:
            async for batch in batches:
                for position, chunk in batch:
                    place = places[position]
                    sums[place] = zlib.crc32(chunk, sums[place])
        for place, crc32 in sums.items():
            made[place] = replace(made[place], crc32=crc32)
        return made


class Archive:
    """One archive, of `files_n` artifacts. `size_bytes` and `etag` are None where its size is known
    at its end only."""

    def __init__(
        self, store: StoreReads, job: tuple[DeskKey, str], threads: Threads, parts: list[Part]
    ) -> None:
        self._store = store
        self._job = job
        self._threads = threads
        self._parts = parts
        self.files_n = sum(part.artifact is not None for part in parts)
        self._exact = all(part.settled for part in parts)
        self._offsets: list[int] = []
        self._directory = b""
        self.size_bytes: int | None = None
        self.etag: str | None = None
        if self._exact:
            self._settle()

    def _settle(self) -> None:
        members = [part.member for part in self._parts]
        sizes = (header_bytes(member) + member.packed_bytes for member in members)
        self._offsets = [*accumulate(sizes, initial=0)]
        begins_at = self._offsets[-1]
        self._directory = directory(zip(members, self._offsets, strict=False), begins_at)
        self.size_bytes = begins_at + len(self._directory)
        # It says of every file where it is, when it was made, and what its checksum is.
        self.etag = hashlib.sha256(self._directory).hexdigest()[:32]

    async def chunks(self, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from there on; one whose size is not known has no other start than 0. Raises
        JobFilesMissing where a file is gone, or is another than was listed: what was sent by then
        is no archive."""
        first = bisect_right(self._offsets, start) - 1 if start else 0
        skip = start - self._offsets[first] if start else 0
        async with closing(self._packed(self._parts[first:])) as packed:
            async for data in packed:
                if len(data) > skip:
                    yield data[skip:]
                skip = max(0, skip - len(data))

    async def _packed(self, parts: Sequence[Part]) -> AsyncIterator[bytes]:
        packer = Packer(parts)
        wanted = [part.artifact for part in parts if part.artifact is not None]
        async with closing(self._store.read_artifacts(*self._job, wanted)) as batches:
            async for batch in batches:
                # Putting headers before files is done at once; deflating them is not.
                if self._exact:
                    yield packer.take(batch)
                else:
                    yield await self._threads.step(partial(packer.take, batch))
        yield packer.rest()
        yield self._directory or directory(packer.written, packer.size_bytes)


def _member(name: str, found: Artifact, as_is: bool) -> Member:
    size = found.size_bytes
    if as_is:
        assert found.crc32 is not None, "it was summed"
        return Member(name, found.modified_at, STORED, found.crc32, size, size)
    return Member(name, found.modified_at, DEFLATED, size_bytes=size)
