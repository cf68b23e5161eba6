"""What a batch has done, on disk as it is done: a transcript for each task, and how each ended.

A folder of its own for each task file, below the folder that the results go to; mode 0700. So a
batch that was interrupted, also by `kill -9`, is gone on with by `--resume`, and no finished call
is made twice. Opened and used by `nightdesk.agents.batch`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import msgspec
import trio
from msgspec import Struct

from executors.agent.engine.records import Call, TranscriptBroken, read_pieces, whole
from executors.agent.engine.results import TaskResult
from nightdesk.agents.purse import Purse
from nightdesk.agents.task_file import Task
from state.spending import NO_SPEND, Spend

FOLDER = ".nightdesk-agents"
_BEFORE = ".before"
_RESULTS = "results.jsonl"
# There where nothing of a batch is left to be done.
_COMPLETE = "complete"


class InUse(Exception):
    """Another process works on the batch of the task file that it names."""


class Ended(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a task ended. `timestamp` is ISO 8601 with milliseconds, UTC. `again`: nothing was wrong
    with the task itself (the endpoint was away, the disk full), so `--resume` takes it up."""

    index: int
    digest: str
    result: TaskResult
    duration_s: float
    timestamp: str
    again: bool = False


def digest_of(task: Task) -> str:
    """A task that has changed since is another one."""
    text = msgspec.json.encode((task.dir, task.first_prompt))
    return sha256(text).hexdigest()[:16]


class Journal:
    """The folder of one batch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ended(self) -> list[Ended]:
        """In the order in which they ended; a last line that was cut short is left out. Of several
        about the same task the last holds. Raises OSError, TranscriptBroken."""
        try:
            data = whole((self.folder / _RESULTS).read_bytes())
        except FileNotFoundError:
            return []
        found: dict[int, Ended] = {}
        for number, line in enumerate(data.splitlines(), 1):
            try:
                each = msgspec.json.decode(line, type=Ended)
            except msgspec.DecodeError as error:
                raise TranscriptBroken(f"{_RESULTS}, line {number}: {error}") from None
            found.pop(each.index, None)
            found[each.index] = each
        return list(found.values())

    async def end(self, task: Task, ended: Ended) -> None:
        """It is on disk when this returns, and what its folder kept beside is gone, unless it is
        to be taken up again. Raises OSError."""
        line = msgspec.json.encode(ended) + b"\n"
        await trio.to_thread.run_sync(append, self.folder / _RESULTS, line)
        if ended.result.status == "completed":
            await trio.to_thread.run_sync(shutil.rmtree, self.place(task), True)

    def complete(self) -> None:
        """Nothing is left to be done. Raises OSError."""
        append(self.folder / _COMPLETE, b"")

    @property
    def is_complete(self) -> bool:
        return (self.folder / _COMPLETE).exists()

    def transcript(self, task: Task) -> Path:
        return self.folder / f"{task.index + 1:05d}-{digest_of(task)}.jsonl"

    def place(self, task: Task) -> Path:
        """What its folder keeps beside: how its files were before."""
        return self.transcript(task).with_suffix(".keep")

    def book(self, task: Task, purse: Purse) -> FileBook:
        return FileBook(self.transcript(task), task.index, purse)

    def pieces(self, task: Task) -> Sequence[bytes]:
        """Of its transcript, what is whole. Raises OSError."""
        return _pieces(self.transcript(task))

    def spent(self, task: Task) -> Spend:
        """What its transcript says that it has cost. Raises OSError, TranscriptBroken."""
        total = NO_SPEND
        for record in read_pieces(self.pieces(task)):
            if isinstance(record, Call):
                total = total.plus(record.spend)
        return total


class FileBook:
    """See `executors.agent.ports.Book`. Written by the one task that works on it."""

    def __init__(self, path: Path, index: int, purse: Purse) -> None:
        self._path = path
        self._index = index
        self._purse = purse

    async def pieces(self) -> Sequence[bytes]:
        return await trio.to_thread.run_sync(_pieces, self._path)

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        await self._purse.reserve(self._index, most, so_far)

    async def hand_over(self, piece: bytes, so_far: Spend) -> None:
        """On disk at once: what tools do next, they do in the user's own folder."""
        await self.keep(piece, so_far)

    async def keep(self, piece: bytes, so_far: Spend) -> None:
        # An answer that has come is paid for: an interruption waits until it is on disk.
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(append, self._path, piece)
        self._purse.settle(self._index, so_far)

    async def finish(self, piece: bytes, so_far: Spend) -> None:
        await self.keep(piece, so_far)


@contextmanager
def open_journal(
    out: Path, task_file: Path, *, resume: bool, test: bool = False
) -> Iterator[tuple[Journal, bool]]:
    """The journal of that task file's batch, or of its test; and whether one of before that was not
    complete has been put aside. One of before is put aside as `NAME.before`, unless it is gone on
    with. Raises InUse, OSError."""
    name = sha256(os.fsencode(task_file.resolve())).hexdigest()[:16] + ("-test" if test else "")
    home = out / FOLDER
    home.mkdir(mode=0o700, exist_ok=True)
    with _locked(home / f"{name}.lock", task_file):
        folder = home / name
        lost = False
        if not resume and folder.exists():
            lost = not Journal(folder).is_complete
            before = home / f"{name}{_BEFORE}"
            shutil.rmtree(before, ignore_errors=True)
            folder.rename(before)
        folder.mkdir(mode=0o700, exist_ok=True)
        yield Journal(folder), lost


@contextmanager
def _locked(path: Path, task_file: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(task_file) from None
        yield
    finally:
        os.close(descriptor)


def append(path: Path, data: bytes) -> None:
    """Durable when it returns. What was cut short there before goes first, and so does what does
    not get wholly onto the disk. Raises OSError."""
    created = not path.exists()
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        size = _whole_size(descriptor)
        os.ftruncate(descriptor, size)
        try:
            _write_at(descriptor, data, size)
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if created:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """The names in it are durable when it returns."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _whole_size(descriptor: int) -> int:
    """Up to the end of the last line that has one, looked for from the back."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        begin = max(0, end - 65_536)
        found = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _write_at(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _pieces(path: Path) -> Sequence[bytes]:
    """All that is whole, as one piece."""
    try:
        data = whole(path.read_bytes())
    except FileNotFoundError:
        return ()
    return (data,) if data else ()
