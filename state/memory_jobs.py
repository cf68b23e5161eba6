"""What the memory store keeps of one job, and the open files of it that it hands out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from zlib import crc32

import msgspec
import trio
from msgspec import UNSET, Struct

from state.artifacts import safe_parts
from state.errors import ArtifactsInUse, ArtifactTooLarge, JobFilesMissing
from state.filters import finds
from state.model import (
    NO_ENDINGS,
    NO_TALLY,
    InputItem,
    LogLine,
    OutcomeRecord,
    OutcomeStatus,
    Tally,
)
from state.replay import note_tally, stands
from state.sizes import JobAccount
from state.spending import NO_SPEND, Spend
from state.views import Artifact, LogPage, Replay
from state.wanted import OutcomeFilter

Meet = Callable[[str], Awaitable[None]]
Ending = tuple[OutcomeRecord, InputItem]


class MemoryJob:
    """Written by the store on behalf of the job's runner."""

    def __init__(self, inputs: list[InputItem], account: JobAccount) -> None:
        self.inputs = inputs
        self.inputs_synced = len(inputs)
        self.growing = False
        self.account = account
        self._inputs_bytes = sum(map(encoded_bytes, inputs))
        self.lines: list[OutcomeRecord] = []
        self.synced = 0
        self.writing = False
        self.packing = False
        self.log = MemoryLog()
        self.artifacts: dict[str, tuple[Artifact, bytes]] = {}
        self.assets: dict[str, bytes] = {}

    @property
    def size_bytes(self) -> int:
        """What the files would hold, but for their seals. Counts everything anew."""
        lines = sum(map(encoded_bytes, self.lines))
        made = sum(len(data) for _, data in self.artifacts.values())
        shared = sum(map(len, self.assets.values()))
        return self._inputs_bytes + lines + self.log.size_bytes + made + shared

    def give(self, digest: str, data: bytes) -> None:
        """Let its items share that file. Raises QuotaReached."""
        if digest not in self.assets:
            self.account.claim(len(data), at_work=False)
            self.assets[digest] = data

    def grow(self, items: Sequence[InputItem]) -> None:
        """Add items behind the others. Raises QuotaReached."""
        size_bytes = sum(map(encoded_bytes, items))
        self.account.claim(size_bytes)
        self._inputs_bytes += size_bytes
        self.inputs.extend(items)

    def lose_unsynced(self) -> None:
        """Forget what was appended since the last sync, and who was writing."""
        del self.lines[self.synced :]
        lost = self.inputs[self.inputs_synced :]
        self._inputs_bytes -= sum(map(encoded_bytes, lost))
        del self.inputs[self.inputs_synced :]
        self.writing = self.packing = self.growing = False

    def keep(self, made: Artifact, data: bytes) -> None:
        """Show an artifact, whose bytes are claimed, in the place of an older one of its name."""
        if made.name in self.artifacts:
            self.account.release(len(self.artifacts[made.name][1]))
        self.artifacts[made.name] = (made, data)

    def remove(self, names: Collection[str]) -> int:
        """Forget these artifacts; how many there were. Raises ArtifactsInUse."""
        if self.packing:
            raise ArtifactsInUse("the job is at work on its files")
        gone = set(names) & self.artifacts.keys()
        for name in gone:
            self.account.release(len(self.artifacts.pop(name)[1]))
        self.account.relieve()
        return len(gone)

    def newest(self) -> dict[int, OutcomeRecord]:
        """The newest ending of each item that has one."""
        return {line.index: line for line in self.lines if line.status not in NO_ENDINGS}

    def endings(
        self,
        status: OutcomeStatus | None,
        run: int | None,
        again: OutcomeFilter | None = None,
        where: OutcomeFilter | None = None,
    ) -> list[Ending]:
        """The newest endings, each with its item, by index: all of them, or those with the status
        that count in the run; of these the ones that the filter finds."""
        return [
            (line, self.inputs[index])
            for index, line in sorted(self.newest().items())
            if status is None or (_is(line.status, status) and self._counts(line, run, again))
            if finds(where, line, self.inputs[index])
        ]

    def pending(self, run: int | None, again: OutcomeFilter | None) -> list[tuple[int, InputItem]]:
        """The items without an ending that counts in the run."""
        ended = {index for index, line in self.newest().items() if self._counts(line, run, again)}
        return [(index, item) for index, item in enumerate(self.inputs) if index not in ended]

    def _counts(self, line: OutcomeRecord, run: int | None, again: OutcomeFilter | None) -> bool:
        if run is None:
            return True
        found = finds(again, line, self.inputs[line.index])
        return stands((line.run, line.status), run, again=found, once=line.once is True)


def _is(ending: OutcomeStatus, status: OutcomeStatus) -> bool:
    """As in `Counts`: a poisoned item counts as failed."""
    poisoned = status is OutcomeStatus.FAILED and ending is OutcomeStatus.POISONED
    return poisoned or ending is status


class MemoryInputs:
    """The `Inputs` port over a list."""

    def __init__(self, job: MemoryJob, meet: Meet, grows_from: int | None) -> None:
        if grows_from is not None:
            if job.growing:
                raise RuntimeError("the items of this job are open already")
            if len(job.inputs) < grows_from:
                raise JobFilesMissing(f"there are {len(job.inputs)} items of {grows_from}")
            job.growing = True
            job.inputs_synced = len(job.inputs)
        self._job = job
        self._grows = grows_from is not None  # written by aclose
        self._inputs = job.inputs
        self._meet = meet

    @property
    def count(self) -> int:
        """How many items there are."""
        return len(self._inputs)

    @property
    def cut_bytes(self) -> int:
        """None: there is no half of an item here."""
        return 0

    async def append(self, items: Sequence[InputItem]) -> None:
        """Keep the items (not synced)."""
        if not self._grows:
            raise RuntimeError(f"{len(items)} items are for a job that was not opened to grow")
        given = tuple(items)  # what is added to them meanwhile is for another time
        await self._meet("append_inputs")
        self._job.grow(given)

    async def sync(self) -> None:
        """From here on `lose_power` spares what was appended."""
        await self._meet("sync_inputs")
        self._job.inputs_synced = len(self._job.inputs)

    async def read(self, indexes: Sequence[int]) -> list[InputItem]:
        """The items at those indexes, in that order. Raises JobFilesMissing."""
        await self._meet("read_inputs")
        if not all(0 <= index < self.count for index in indexes):
            raise JobFilesMissing(f"there are {self.count} items, not all of {indexes}")
        return [self._inputs[index] for index in indexes]

    async def aclose(self) -> None:
        """The items may be opened to grow again. A second call does nothing."""
        if self._grows:
            self._grows = self._job.growing = False


class MemoryOutcomes:
    """The `OutcomeLog` port over a list of records."""

    def __init__(self, job: MemoryJob, meet: Meet) -> None:
        if job.writing:
            raise RuntimeError("the outcomes of this job are open already")
        job.writing = True
        self._job = job
        self._meet = meet
        job.synced = len(job.lines)
        self._replay = _replay(job)
        self._closed = False  # written by aclose

    @property
    def replay(self) -> Replay:
        """What there was when it was opened."""
        return self._replay

    async def append(self, records: Sequence[OutcomeRecord]) -> None:
        """Keep the records (not synced)."""
        await self._meet("append")
        self._job.account.claim(sum(map(encoded_bytes, records)))
        self._job.lines.extend(records)

    async def sync(self) -> None:
        """From here on `lose_power` spares what was appended."""
        await self._meet("sync")
        self._job.synced = len(self._job.lines)

    async def aclose(self) -> None:
        """The job may be opened for writing again. A second call does nothing."""
        if not self._closed:
            self._closed = True
            self._job.writing = False


def _replay(job: MemoryJob) -> Replay:
    strikes: dict[int, int] = {}
    deaths: dict[int, int] = {}
    spends: dict[int, Spend] = {}
    for line in job.lines:
        if isinstance(line.spend, Spend) and line.spend != NO_SPEND:
            spends[line.index] = line.spend
        if line.status is OutcomeStatus.LOST:
            strikes[line.index] = strikes.get(line.index, 0) + 1
            deaths[line.index] = deaths.get(line.index, 0) + 1
        else:
            strikes.pop(line.index, None)
        if line.status not in NO_ENDINGS:
            deaths.pop(line.index, None)
    latest = {index: (line.run, line.status) for index, line in job.newest().items()}
    tallies: dict[int, Tally] = {}
    for index, line in job.newest().items():
        note_tally(tallies, index, NO_TALLY if line.tally is UNSET else line.tally)
    once = {line.index for line in job.lines if line.once is True}
    return Replay(
        latest,
        strikes,
        bad_lines=0,
        cut_bytes=0,
        is_bare=not job.artifacts,
        tallies=tallies,
        once=once,
        spends=spends,
        deaths=deaths,
    )


class MemoryArtifact:
    """The `ArtifactWriter` port over a bytearray."""

    def __init__(
        self, job: MemoryJob, name: str, limit_bytes: int, now: Callable[[], float], meet: Meet
    ) -> None:
        self._job = job
        self._name = name
        self._limit_bytes = limit_bytes
        self._now = now
        self._meet = meet
        self._data = bytearray()
        self._claimed_bytes = 0

    async def write(self, data: bytes) -> None:
        """Add a piece. Raises ArtifactTooLarge."""
        await self._meet("artifact")
        if len(self._data) + len(data) > self._limit_bytes:
            raise ArtifactTooLarge(f"{self._name} is larger than {self._limit_bytes} bytes")
        self._job.account.claim(len(data))
        self._claimed_bytes += len(data)
        self._data += data

    async def commit(self) -> Artifact:
        """Show it to readers, in the place of an older one of its name."""
        await self._meet("artifact")
        data = bytes(self._data)
        made = Artifact(self._name, len(data), self._now(), crc32(data))
        self._claimed_bytes = 0
        self._job.keep(made, data)
        return made

    async def abort(self) -> None:
        """Forget it."""
        await self._meet("artifact")
        self._job.account.release(self._claimed_bytes)
        self._claimed_bytes = 0


class MemoryPacks:
    """The `ArtifactPack` port over a list."""

    def __init__(
        self, job: MemoryJob, limit_bytes: int, now: Callable[[], float], meet: Meet
    ) -> None:
        if job.packing:
            raise RuntimeError("the artifacts of this job are open already")
        job.packing = True
        self._job = job
        self._limit_bytes = limit_bytes
        self._now = now
        self._meet = meet
        self._lock = trio.Lock()  # one sync at a time
        self._waiting: list[tuple[str, bytes]] = []
        self._closed = False  # written by aclose

    @property
    def buffered_bytes(self) -> int:
        """What was added and is not synced."""
        return sum(len(data) for _, data in self._waiting)

    @property
    def clean(self) -> bool:
        """Everything that was added is synced."""
        return not self._waiting

    def add(self, name: str, data: bytes) -> None:
        """Take it along with the next sync. Raises ValueError, ArtifactTooLarge."""
        safe_parts(name)
        if len(data) > self._limit_bytes:
            raise ArtifactTooLarge(f"{name} is larger than {self._limit_bytes} bytes")
        self._waiting.append((name, data))

    async def prepare(self) -> None:
        """There are no files."""
        async with self._lock:
            await self._meet("prepare_artifacts")

    def record(self, made: Artifact) -> None:
        """Nothing to do: the newest of a name is the one there is."""

    async def sync(self) -> None:
        """Show what was added before to readers, all or none."""
        async with self._lock:
            if not (batch := [*self._waiting]):
                return
            await self._meet("sync_artifacts")
            self._job.account.claim(sum(len(data) for _, data in batch))
            self._waiting = self._waiting[len(batch) :]
            at = self._now()
            for name, data in batch:
                self._job.keep(Artifact(name, len(data), at, crc32(data)), data)

    async def aclose(self) -> None:
        """What was not synced is forgotten. A second call does nothing."""
        if not self._closed:
            self._closed = True
            self._job.packing = False


class MemoryLog:
    """A log whose offsets are those that the same lines would have in a file."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, LogLine]] = []  # (offset, line)
        self._size = 0
        self._full = False

    @property
    def size_bytes(self) -> int:
        return self._size

    def appended(self, lines: Sequence[LogLine], max_bytes: int, full: LogLine) -> MemoryLog:
        """A log with as much more as fits into `max_bytes`, which include the line `full` that then
        ends it."""
        longer = MemoryLog()
        longer._lines, longer._size, longer._full = [*self._lines], self._size, self._full
        room = max_bytes - 256
        for line in lines:
            if longer._full:
                break
            longer._full = longer._size + encoded_bytes(line) > room
            longer._add(full if longer._full else line)
        return longer

    def _add(self, line: LogLine) -> None:
        self._lines.append((self._size, line))
        self._size += encoded_bytes(line)

    def read(self, after: int, limit_bytes: int) -> LogPage:
        """Whole lines that begin at `after` or later; at least one where there is one."""
        found: list[LogLine] = []
        end = first = None
        for offset, line in self._lines:
            if offset < after:
                continue
            first = offset if first is None else first
            if found and offset + encoded_bytes(line) - first > limit_bytes:
                break
            found.append(line)
            end = offset + encoded_bytes(line)
        return LogPage(tuple(found), self._size if end is None else end, self._size)


def encoded_bytes(line: Struct) -> int:
    """How long it would be as a line of a file."""
    return len(msgspec.json.encode(line)) + 1
