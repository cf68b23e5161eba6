"""A client of the store: does what the actors do with it, in their order, and notes what it was
promised. Driven by `torture.powerloss.story`; its commands are in `torture.powerloss.commands`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import trio
import trio.testing
from msgspec import Raw
from msgspec.structs import replace

from actors.ports import Inputs
from state.artifacts import ArtifactFile
from state.migrations import Schema
from state.model import (
    Counts,
    DeskState,
    InputItem,
    Job,
    JobStatus,
    LogLine,
    OutcomeRecord,
    OutcomeStatus,
)
from state.outcomes import OutcomeFile
from state.spending import Spend, total_of
from state.store import FileStore
from state.views import DeskKey
from torture.powerloss.disk import InlineDisk
from torture.powerloss.files import Killed, SimulatedFiles
from torture.powerloss.platter import Image
from torture.powerloss.promises import JobPromise, Promises, Timeline
from torture.powerloss.sight import Sight, look, problems, settled

ALICE = DeskKey("a" * 64)
BOB = DeskKey("b" * 64)
DESKS = (ALICE, BOB)
ITEMS = 4
GROWS_TO = 1_000
NOW = 1_800_000_000.0


class Broken(Exception):
    """A start of the store within a story showed that a promise was broken."""


def _same(desk: dict[str, object]) -> dict[str, object]:
    return desk


def schema(number: int) -> Schema:
    """Later versions that changed nothing but the number."""
    return Schema(number, dict.fromkeys(range(1, number), _same))


class Client:
    """Every attribute is written by the one task that drives it."""

    def __init__(self, image: Image, promises: Promises) -> None:
        self.files = SimulatedFiles(image)
        self.timeline = Timeline(0, promises)
        self.disk = InlineDisk()
        self.states: dict[DeskKey, DeskState | None] = {}
        self.made = len(promises.jobs)
        self._logs: dict[str, OutcomeFile] = {}
        self._inputs: dict[str, Inputs] = {}
        self._stack = AsyncExitStack()
        self._store: FileStore | None = None

    @property
    def store(self) -> FileStore:
        assert self._store is not None
        return self._store

    @property
    def state(self) -> DeskState:
        """Alice's, who has one wherever a command is given."""
        state = self.states[ALICE]
        assert state is not None
        return state

    def promise(self, promises: Promises) -> None:
        self.timeline.add(len(self.files.events), promises)

    # ------------------------------------------------------------------- starts and stops

    async def open_store(self) -> Sight:
        """Start the store and read all desks."""
        self.disk = InlineDisk()
        self._store = await self._stack.enter_async_context(
            FileStore.opened(
                Path("/data"),
                threads=1,
                max_log_bytes=4096,
                max_artifact_bytes=4096,
                ballast_bytes=16,
                now=lambda: NOW,
                files=self.files,
                disk=self.disk,
                schema=schema(self.timeline.now.schema),
            )
        )
        sight = await look(self.store, self.files, DESKS)
        self.states = {desk: found.state for desk, found in sight.items()}
        return sight

    async def start(self) -> None:
        """Start the store. Raises Broken where what is found breaks a promise."""
        sight = await self.open_store()
        if broken := list(problems(self.timeline.now, sight)):
            raise Broken("; ".join(broken))
        self.promise(settled(self.timeline.now, sight))

    async def work_on(self) -> None:
        """What the actors do with what they found: make the desk, take interrupted jobs up."""
        if self.states[ALICE] is None:
            await self.save(ALICE, DeskState(created_at=NOW))
        for job in self.jobs(JobStatus.RUNNING, JobStatus.QUEUED):
            await self.put(replace(job, status=JobStatus.RUNNING, reason="restart"))
            await self.open_job(job.id)

    async def stop(self) -> None:
        """An orderly end: runners sync and close, the desk is saved, the store closes."""
        for job in self.jobs(JobStatus.RUNNING):
            counts = await self.close_job(job)
            await self.put(replace(job, status=JobStatus.QUEUED, counts=counts))
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def die(self) -> None:
        """The process is gone; what the system had in its cache is not."""
        self.files.kill_after(0)
        with suppress(Killed):
            await self._stack.aclose()
        self._stack = AsyncExitStack()
        self._logs.clear()
        self._inputs.clear()
        self.files.revive()

    # ------------------------------------------------------------------------ the desk

    def jobs(self, *statuses: JobStatus) -> list[Job]:
        """Alice's jobs in one of these, the newest first."""
        return [job for job in reversed(self.state.jobs.values()) if job.status in statuses]

    async def save(self, desk: DeskKey, state: DeskState) -> None:
        """Save the next revision; acknowledged where this returns."""
        before = self.states[desk]
        state = replace(state, revision=1 + (0 if before is None else before.revision))
        promise = self.timeline.now.desk(desk).begun(state)
        self.promise(self.timeline.now.with_desk(desk, promise))
        await self.store.save(desk, state)
        self.promise(self.timeline.now.with_desk(desk, promise.known(state)))
        self.states[desk] = state

    async def reload(self) -> None:
        """Read Alice's desk again, and show it: as after a save whose end is unknown."""
        state = (await self.store.load(ALICE)).state
        now = self.timeline.now
        self.promise(now.with_desk(ALICE, now.desk(ALICE).known(state)))
        self.states[ALICE] = state

    async def put(self, job: Job, desk: DeskKey = ALICE) -> None:
        state = self.states[desk] or DeskState(created_at=NOW)
        await self.save(desk, replace(state, jobs={**state.jobs, job.id: job}))

    async def save_both(self, mine: DeskState, others: DeskState) -> None:
        """Bob's save begins within the folder sync of Alice's: it comes too late for that one."""
        async with trio.open_nursery() as nursery:

            async def meanwhile() -> None:
                nursery.start_soon(self.save, BOB, others)
                await trio.testing.wait_all_tasks_blocked()

            self.disk.meanwhile = meanwhile
            await self.save(ALICE, mine)

    async def stage(self, desk: DeskKey) -> Job:
        """Bring the files of a new job to disk, before the desk knows it."""
        self.made += 1
        job_id = f"job-{self.made}"
        items = tuple(
            InputItem(
                Raw(b'{"url":"http://h/%d/%d"}' % (self.made, index)), "http://h", f"/{index}"
            )
            for index in range(ITEMS)
        )
        # Saving them syncs the desk's folder: what the inputs need must not rest on that.
        secrets = {"password": f"secret {job_id}"} if self.made % 2 == 0 else {}
        self.promise(self.timeline.now.with_job(job_id, JobPromise(items, secrets)))
        await self.store.write_inputs(desk, job_id, items)
        if secrets:
            await self.store.save_secrets(desk, job_id, secrets)
        return Job(
            id=job_id,
            kind="fetch",
            name=job_id,
            lane="fetch",
            arrival=self.made,
            counts=Counts(ITEMS),
            grows_to=GROWS_TO,
            created_at=NOW,
        )

    # ------------------------------------------------------------------------ a running job

    async def open_job(self, job_id: str) -> None:
        """What a runner does before its first item."""
        counted = self.state.jobs[job_id].counts.total
        self._inputs[job_id] = await self.store.open_inputs(ALICE, job_id, grows_from=counted)
        self._logs[job_id] = await self.store.open_outcomes(ALICE, job_id)
        await self.store.load_secrets(ALICE, job_id)
        await self.say(job_id, "started")

    async def say(self, job_id: str, message: str) -> None:
        await self.store.append_log(ALICE, job_id, [LogLine(NOW, "info", message)])

    async def append(self, job: Job, statuses: Iterable[OutcomeStatus]) -> None:
        """Outcomes of the next items that have none in this run, as far as there are any."""
        promise = self.timeline.now.jobs[job.id]
        pending = sorted(set(range(len(promise.items))) - _done(job, promise))
        told = Raw(b'{"run":%d}' % job.run)
        records = tuple(
            OutcomeRecord(
                index=index,
                run=job.run,
                status=status,
                at=NOW,
                result=told,
                spend=Spend(calls=job.run, picousd=job.run * (index + 1)),
            )
            for index, status in zip(pending, statuses, strict=False)
        )
        self.promise(self.timeline.now.with_job(job.id, promise.appended(records)))
        await self._logs[job.id].append(records)

    async def sync(self, job: Job) -> Counts:
        """Make the outcomes durable; returns the counts that may be saved from then on."""
        await self._logs[job.id].sync()
        promise = self.timeline.now.jobs[job.id].synced()
        self.promise(self.timeline.now.with_job(job.id, promise))
        newest = {record.index: record for record in promise.sure}.values()
        tally = [
            record.status
            for record in newest
            if record.status is OutcomeStatus.OK or record.run == job.run
        ]
        ok, failed = tally.count(OutcomeStatus.OK), tally.count(OutcomeStatus.FAILED)
        spend = total_of([each.spend for each in newest if isinstance(each.spend, Spend)])
        return Counts(len(promise.items), ok=ok, failed=failed, spend=spend)

    async def find(self, job: Job) -> None:
        """Two more items, in two appends: a power loss may tear between and within them."""
        inputs = self._inputs[job.id]
        for _ in range(2):
            promise = self.timeline.now.jobs[job.id]
            index = len(promise.items) + len(promise.found)
            item = InputItem(
                Raw(b'{"url":"http://h/%b"}' % (b"x" * index)), "http://h", f"/{index}"
            )
            found = replace(promise, found=(*promise.found, item))
            self.promise(self.timeline.now.with_job(job.id, found))
            await inputs.append([item])
        await inputs.sync()
        promise = self.timeline.now.jobs[job.id].grown()
        self.promise(self.timeline.now.with_job(job.id, promise))

    async def close_job(self, job: Job) -> Counts:
        """What a runner does at its end, however that comes."""
        counts = await self.sync(job)
        await self._close_files(job)
        return counts

    async def _close_files(self, job: Job) -> None:
        await self._logs.pop(job.id).aclose()
        await self._inputs.pop(job.id).aclose()

    async def reopen_job(self, job: Job) -> None:
        """A runner ended without a sync, and another begins: what it reads is counted."""
        await self._close_files(job)
        await self.open_job(job.id)
        promise = self.timeline.now.jobs[job.id].synced()
        self.promise(self.timeline.now.with_job(job.id, promise))

    async def can_append(self, job: Job) -> bool:
        """Whether an outcome that is appended and synced now is the newest of its item."""
        spend = Spend(calls=99, picousd=99)
        record = OutcomeRecord(
            index=0, run=job.run, status=OutcomeStatus.OK, at=NOW + 1, spend=spend
        )
        promise = self.timeline.now.jobs.get(job.id, JobPromise((), {})).appended((record,))
        self.promise(self.timeline.now.with_job(job.id, promise))
        await self._logs[job.id].append([record])
        await self.sync(job)
        page = await self.store.read_outcomes(ALICE, job.id)
        return page.total > 0 and page.records[0][0] == record

    async def begin_artifact(self, job: Job, name: str, content: bytes) -> ArtifactFile:
        promise = self.timeline.now.jobs[job.id]
        before = promise.artifacts.get(name, (None,))
        self.promise(self.timeline.now.with_job(job.id, promise.artifact(name, *before, content)))
        return await self.store.create_artifact(ALICE, job.id, name)

    async def commit_artifact(
        self, job: Job, file: ArtifactFile, name: str, content: bytes
    ) -> None:
        made = await file.commit()
        pack = await self.store.open_artifacts(ALICE, job.id)
        pack.record(made)
        await pack.sync()
        await pack.aclose()
        promise = self.timeline.now.jobs[job.id]
        self.promise(self.timeline.now.with_job(job.id, promise.artifact(name, content)))

    async def pack_artifacts(self, job: Job, *batches: dict[str, bytes]) -> None:
        """Small ones, a sync for each batch; the files of a job's first are made ready before."""
        pack = await self.store.open_artifacts(ALICE, job.id)
        if not self.timeline.now.jobs[job.id].artifacts:
            await pack.prepare()
        for batch in batches:
            promise = self.timeline.now.jobs[job.id]
            maybe = sure = promise
            for name, content in batch.items():
                before = promise.artifacts.get(name, (None,))
                maybe = maybe.artifact(name, *before, content)
                sure = sure.artifact(name, content)
                pack.add(name, content)
            self.promise(self.timeline.now.with_job(job.id, maybe))
            await pack.sync()
            self.promise(self.timeline.now.with_job(job.id, sure))
        await pack.aclose()

    async def remove_artifacts(self, job: Job, names: Sequence[str]) -> None:
        """Each is there or not until it returns, and then it is not."""
        promise = self.timeline.now.jobs[job.id]
        maybe = sure = promise
        for name in names:
            maybe = maybe.artifact(name, *promise.artifacts[name], None)
            sure = sure.artifact(name, None)
        self.promise(self.timeline.now.with_job(job.id, maybe))
        await self.store.remove_artifacts(ALICE, job.id, names)
        self.promise(self.timeline.now.with_job(job.id, sure))


def _done(job: Job, promise: JobPromise) -> set[int]:
    newest = {record.index: record for record in promise.sure + promise.maybe}
    return {
        index
        for index, record in newest.items()
        if record.status is OutcomeStatus.OK or record.run == job.run
    }
