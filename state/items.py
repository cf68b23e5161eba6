"""The items of a job: `inputs.jsonl`, written at create, read at random by line number.

`state.store` writes it; a job's runner holds an `InputFile` open, and `state.reading` shares an
`InputIndex` between pages. Only the items of a job that grows are ever added to: `state.growing`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, islice

import msgspec
import trio

from state.atomic import naming, opened, read_range, write_all
from state.disk import Disk
from state.errors import JobFilesMissing, QuotaReached
from state.files import Files
from state.folders import JobFolders
from state.lines import line_ends, seal_at, seal_of, sealed, unsealed
from state.model import InputItem
from state.plain import open_plain
from state.views import DeskKey

NAME = "inputs.jsonl"
_CHUNK_ITEMS = 500

# A job of few items at once leases one or two at a time: each read brings those that follow too.
AHEAD_ITEMS = 128
AHEAD_BYTES = 256 * 1024

# How far the file is good while it is being added to; None where nobody does.
GoodBytes = Callable[[], int | None]

_decoder = msgspec.json.Decoder(InputItem)


def write_inputs(
    folders: JobFolders,
    desk: DeskKey,
    job_id: str,
    items: Iterable[InputItem],
    check: Callable[[], None],
) -> None:
    """Make the job's folder and its input file, durably; on an error nothing of it is left.

    `check` is called between chunks and raises where the writing must stop.
    """
    files, account = folders.files, folders.account(desk, job_id)
    claimed = 0
    try:
        with (
            folders.new_job(desk, job_id) as folder,
            opened(files, files.create(folder, NAME)) as handle,
            naming(NAME),
        ):
            chunks = _chunks(items, seal_of(desk, job_id))
            for chunk in chunks:
                check()
                try:
                    account.claim(len(chunk), at_work=False)
                except QuotaReached as refused:
                    # Whoever is to make room has to know for how much.
                    refused.needed_bytes += _size_of(chunks, check)
                    raise
                claimed += len(chunk)
                write_all(files, handle, chunk)
            files.fsync(handle)
    except BaseException:
        account.release(claimed)
        raise


def copy_inputs(
    folders: JobFolders,
    desk: DeskKey,
    from_job: str,
    to_job: str,
    first: int | None,
    check: Callable[[], None],
) -> None:
    """Give a job the items of another, all or so many, durably; whatever it has stays where it has
    them already.

    They are written anew and not linked, for the seal of a line says whose it is. Raises
    JobFilesMissing.
    """
    with folders.job(desk, from_job) as folder:
        index = InputIndex.scanned(folders.files, folder, seal_of(desk, from_job))
        count = index.count if first is None else first
        if index.count < count:
            raise JobFilesMissing(f"there are {index.count} items of {count}")
        if _has_inputs(folders, desk, to_job, count):
            return
        folders.remove(desk, to_job)
        with opened(folders.files, open_inputs(folders.files, folder)) as handle:
            write_inputs(folders, desk, to_job, _first_of(index, handle, count), check)


def _has_inputs(folders: JobFolders, desk: DeskKey, job_id: str, count: int) -> bool:
    """All of them, and durably: whoever wrote them may have died before that."""
    files = folders.files
    try:
        with folders.job(desk, job_id) as folder:
            if InputIndex.scanned(files, folder, seal_of(desk, job_id)).count != count:
                return False
            with opened(files, open_inputs(files, folder)) as handle:
                files.fsync(handle)
            files.fsync_dir(folder)
    except JobFilesMissing:
        return False
    with folders.existing_desk(desk) as parent:
        files.fsync_dir(parent)
    return True


def _first_of(index: InputIndex, handle: int, count: int) -> Iterator[InputItem]:
    for first in range(0, count, _CHUNK_ITEMS):
        last = min(first + _CHUNK_ITEMS, count)
        yield from index.read(handle, range(first, last))


def _size_of(chunks: Iterable[bytes], check: Callable[[], None]) -> int:
    size = 0
    for chunk in chunks:
        check()
        size += len(chunk)
    return size


def _chunks(items: Iterable[InputItem], seal: int) -> Iterator[bytes]:
    lines: list[bytes] = []
    for index, item in enumerate(items):
        lines.append(sealed(item, seal_at(seal, index)))
        if len(lines) == _CHUNK_ITEMS:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines)


class InputIndex:
    """Where each line of an input file begins. Lines are only ever added, by `grow`: whoever calls
    that does it one call at a time; others may read meanwhile."""

    def __init__(self, files: Files, seal: int, starts: array[int] | None = None) -> None:
        self._files = files
        self._seal = seal
        self._starts = array("Q", [0]) if starts is None else starts
        # Written by `scanned`: it is of a job that grows.
        self.grows = False

    @classmethod
    def scanned(
        cls, files: Files, folder: int, seal: int, good_bytes: GoodBytes = lambda: None
    ) -> InputIndex:
        """Of the file in the job's open folder, as far as it is good. Raises JobFilesMissing."""
        index = cls(files, seal)
        with opened(files, open_inputs(files, folder)) as handle:
            size = good_size(files, handle, good_bytes)
            index.grow(handle, size)
            index.grows = index._has_names(handle)
        if index.end != size and not index.grows:
            raise JobFilesMissing(f"{NAME} is cut off after item {index.count}")
        return index

    @property
    def count(self) -> int:
        return len(self._starts) - 1

    @property
    def end(self) -> int:
        """Where the last whole line ends."""
        return self._starts[-1]

    def grow(self, handle: int, size: int) -> None:
        """Take in the whole lines that there are now within the first `size` bytes."""
        for ends in line_ends(self._files, handle, self.end, size):
            self._starts.extend(ends)

    def add(self, sizes: Iterable[int]) -> None:
        """Lines of so many bytes were written behind the others."""
        self._starts.extend(islice(accumulate(sizes, initial=self.end), 1, None))

    def _has_names(self, handle: int) -> bool:
        """Only items of a job that grows have them; its last line may be on its way."""
        try:
            return self.count > 0 and bool(self.read(handle, [0])[0].name)
        except JobFilesMissing:
            return False  # whoever asks for that item is told

    def read(self, handle: int, indexes: Sequence[int]) -> list[InputItem]:
        """The items at those indexes; neighbours are read together. Raises JobFilesMissing."""
        if indexes and not 0 <= min(indexes) <= max(indexes) < self.count:
            raise JobFilesMissing(f"{NAME} has {self.count} items, not item {max(indexes)}")
        found: list[InputItem] = []
        for first, last in _stretches(indexes):
            start, end = self._starts[first], self._starts[last + 1]
            data = b"".join(read_range(self._files, handle, start, end))
            if len(data) != end - start:
                raise JobFilesMissing(f"{NAME} has lost its end since it was opened")
            lines = data.split(b"\n")[:-1]
            found += [item_in(line, index, self._seal) for index, line in enumerate(lines, first)]
        return found

    def read_on(self, handle: int, indexes: Sequence[int]) -> dict[int, InputItem]:
        """The items at those indexes and, where they are sound, a bounded number that follow.
        Raises JobFilesMissing for those asked for only."""
        found = dict(zip(indexes, self.read(handle, indexes), strict=True))
        following = self._following(max(indexes) + 1)
        with suppress(JobFilesMissing, OSError):  # whoever asks for those is told
            found.update(zip(following, self.read(handle, following), strict=True))
        return found

    def _following(self, first: int) -> range:
        room = bisect_right(self._starts, self._starts[first] + AHEAD_BYTES) - 1
        return range(first, min(room, first + AHEAD_ITEMS, self.count))


def good_size(files: Files, handle: int, good_bytes: GoodBytes) -> int:
    """How much of the file is there to be read."""
    # In this order: a writer that came after the size was taken has added nothing to it.
    size = files.facts_of(handle).size_bytes
    good = good_bytes()
    return size if good is None else min(size, good)


def open_inputs(files: Files, folder: int) -> int:
    """A handle on the input file in the job's open folder. Raises JobFilesMissing."""
    try:
        return open_plain(files, folder, NAME)
    except FileNotFoundError as error:
        raise JobFilesMissing(f"{NAME} is missing") from error


def _stretches(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive indexes, as (first, last)."""
    if not indexes:
        return
    first = last = indexes[0]
    for index in indexes[1:]:
        if index != last + 1:
            yield first, last
            first = index
        last = index
    yield first, last


def item_in(line: bytes, index: int, seal: int) -> InputItem:
    """The item of one line without its newline. Raises JobFilesMissing."""
    body = unsealed(line, seal_at(seal, index))
    if body is None:
        raise JobFilesMissing(f"{NAME} is damaged at item {index}")
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JobFilesMissing(f"{NAME} is damaged at item {index}: {error}") from error


class InputFile:
    """The `Inputs` port: one open input file and its index."""

    def __init__(self, disk: Disk, files: Files, handle: int, index: InputIndex) -> None:
        self._disk = disk
        self._files = files
        self._handle = handle
        self._index = index
        # Written by `read`: items that follow those read last. A line never changes.
        self._ahead: dict[int, InputItem] = {}
        self._closed = False  # written by aclose

    @classmethod
    async def opened(cls, disk: Disk, folders: JobFolders, desk: DeskKey, job_id: str) -> InputFile:
        """Open and index it. Raises JobFilesMissing."""
        files = folders.files

        def scan() -> tuple[int, InputIndex]:
            with folders.job(desk, job_id) as folder:
                index = InputIndex.scanned(files, folder, seal_of(desk, job_id))
                return open_inputs(files, folder), index

        return cls(disk, files, *await disk.run_long(scan))

    @property
    def count(self) -> int:
        """How many items there are."""
        return self._index.count

    @property
    def cut_bytes(self) -> int:
        """None: the file is as it was written."""
        return 0

    async def append(self, items: Sequence[InputItem]) -> None:
        """No items are added to a job that does not grow."""
        raise RuntimeError(f"{len(items)} items are for a file that was not opened to grow")

    async def sync(self) -> None:
        """It is on disk since it was written."""
        await trio.lowlevel.checkpoint()

    async def read(self, indexes: Sequence[int]) -> list[InputItem]:
        """The items at those indexes, in that order. Raises JobFilesMissing."""
        ahead = self._ahead
        missing = [index for index in indexes if index not in ahead]
        if missing:
            read = await self._disk.run_long(self._index.read_on, self._handle, missing)
            self._ahead = {index: read[index] for index in read if index > max(missing)}
            ahead = {**ahead, **read}
        else:
            await trio.lowlevel.checkpoint()
        return [ahead[index] for index in indexes]

    async def aclose(self) -> None:
        """Close the file; nothing waits, so that it also works while being cancelled. A second
        call does nothing."""
        if not self._closed:
            self._closed = True
            self._files.close(self._handle)
