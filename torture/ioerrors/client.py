"""A client of the store that does what desks and runners do, and writes down what it was promised.

Used by `commands`, which are its methods in use, and by `cases`, which then checks the promises.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar, TypeVarTuple, Unpack, cast

import msgspec
import trio
from msgspec.structs import replace

from state.digests import digest_of
from state.disk import Disk, storage_error
from state.errors import StorageError, StorageFull, StorageReadOnly
from state.files import Files
from state.journeys import Journey, encode_journeys
from state.library import library_digests
from state.migrations import SCHEMA, Schema
from state.model import (
    Counts,
    DeskState,
    InputItem,
    Job,
    JobStatus,
    JourneyBook,
    OutcomeRecord,
    OutcomeStatus,
    unfinished,
)
from state.store import FileStore
from state.views import desk_key
from torture.letters import FACTS, letter

ALICE, BOB = desk_key("alice"), desk_key("bob")
BALLAST_BYTES = 4096
ITEMS = 6

T = TypeVar("T")
Args = TypeVarTuple("Args")


class InlineDisk(Disk):
    """The store's work done in line: a case is over before a thread would have begun."""

    def __init__(self) -> None:
        super().__init__(threads=1)

    async def run(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        await trio.lowlevel.checkpoint()
        try:
            return work(*args)
        except OSError as error:
            raise storage_error(error) from error

    async def run_long(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        return await self.run(work, *args)

    def check_cancelled(self) -> None:
        """Nothing is cancelled here."""


class Clock:
    """The seconds of the store's pauses; moved on by the experiment."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def opened(
    files: object, clock: Callable[[], float], schema: Schema = SCHEMA
) -> AbstractAsyncContextManager[FileStore]:
    """The store of these files."""
    return FileStore.opened(
        Path("/data"),
        threads=1,
        max_log_bytes=4096,
        max_artifact_bytes=65_536,
        ballast_bytes=BALLAST_BYTES,
        clock=clock,
        files=cast(Files, files),
        disk=InlineDisk(),
        schema=schema,
    )


class Promises:
    """What was acknowledged of Alice's desk, and which states may be found there."""

    def __init__(self, state: DeskState) -> None:
        self.revision = state.revision
        self.states = {state.revision: state}
        self.outcomes: dict[str, set[int]] = {}
        self.inputs: dict[str, int] = {}
        self.artifacts: dict[tuple[str, str], bytes] = {}
        self.removed: set[tuple[str, str]] = set()
        self.secrets: dict[str, dict[str, str]] = {}

    def copy(self) -> Promises:
        twin = Promises(self.states[self.revision])
        twin.states = dict(self.states)
        twin.outcomes = {job_id: set(found) for job_id, found in self.outcomes.items()}
        twin.inputs, twin.artifacts = dict(self.inputs), dict(self.artifacts)
        twin.removed, twin.secrets = set(self.removed), dict(self.secrets)
        return twin


class Client:
    """Every command returns when it is acknowledged and raises what the store raised."""

    def __init__(self, store: FileStore, files: object, promises: Promises) -> None:
        self.store = store
        self.files = files
        self.promises = promises
        self.state = promises.states[promises.revision]
        self.next_index = 2
        self.next_job = 1
        self.doubtful = False

    async def save(self, state: DeskState, *, essential: bool = False) -> None:
        """As `actors.session` does: where nobody knows what was saved, the desk is read again."""
        state = replace(state, revision=max(self.promises.states) + 1)
        self.promises.states[state.revision] = state
        try:
            await self.store.save(ALICE, state, essential=essential)
        except StorageError as error:
            self.doubtful = not isinstance(error, StorageFull | StorageReadOnly)
            raise
        self.state = state
        self.promises.revision = state.revision

    async def restart(self) -> None:
        """The desk starts anew from its file where its last save left a doubt."""
        if self.doubtful:
            self.state = (await self.store.load(ALICE)).state
            self.doubtful = False

    async def create(self) -> None:
        """As `actors.session.staging` does: every try has an id of its own."""
        job_id = f"job-{self.next_job}"
        self.next_job += 1
        items = [an_item(number) for number in range(ITEMS)]
        try:
            await self.store.write_inputs(ALICE, job_id, items)
            await self.store.save_secrets(ALICE, job_id, {"key": job_id})
            await self.save(with_job(self.state, job_id, JobStatus.QUEUED))
        except StorageError:
            if not self.doubtful:
                with suppress(StorageError):  # swept at the next load
                    await self.store.delete_job(ALICE, job_id)
            raise
        self.promises.inputs[job_id] = ITEMS
        self.promises.secrets[job_id] = {"key": job_id}

    async def set_journeys(self) -> None:
        """As `actors.session.shelf` does; what no state names any more goes after it."""
        before = self.state.journeys
        name = f"as of {self.state.revision}"
        data = encode_journeys([Journey(id="0" * 8, name=name, url="http://h/")])
        book = JourneyBook(digest_of(data), 1, len(data))
        kept = {book.digest} if before is None else {book.digest, before.digest}
        await self.store.save_journeys(ALICE, data)
        await self.save(replace(self.state, journeys=book))
        with suppress(StorageError):  # swept at the next load
            await self.store.keep_journeys(ALICE, kept)

    async def set_template(self) -> None:
        """The same for the library."""
        before = self.state.templates
        template, data = letter(self.state.revision)
        for each in (data, FACTS):
            await self.store.save_library(ALICE, each)
        await self.save(replace(self.state, templates={template.id: template}))
        with suppress(StorageError):  # swept at the next load
            kept = library_digests((template, *before.values()))
            await self.store.keep_library(ALICE, kept)

    async def lend_template(self) -> None:
        """A job that was made gets its copy."""
        for template in self.state.templates.values():
            await self.store.copy_assets(ALICE, "job-2", [template.digest])

    async def read_kept(self) -> None:
        """Journeys and library."""
        if self.state.journeys is not None:
            await self.store.read_journeys(ALICE, self.state.journeys.digest)
        for digest in library_digests(self.state.templates.values()):
            await self.store.read_library(ALICE, digest)

    async def record(self, job_id: str, *, syncs: int) -> None:
        """Outcomes of new items, appended and synced so often, as a runner does. What is counted
        when the file is opened is promised, too."""
        log = await self.store.open_outcomes(ALICE, job_id)
        promised = self.promises.outcomes.setdefault(job_id, set())
        promised |= log.replay.latest.keys()
        try:
            for _ in range(syncs):
                index = self.next_index % ITEMS
                self.next_index += 1
                await _twice(partial(log.append, [outcome(index)]))
                await _twice(log.sync)
                promised.add(index)
        finally:
            await log.aclose()

    async def find(self, job_id: str, *times: int) -> None:
        """So many more items each time, synced. What is counted when the file is opened is
        promised, too."""
        inputs = await self.store.open_inputs(ALICE, job_id, grows_from=ITEMS)
        try:
            self.promises.inputs[job_id] = inputs.count
            for more in times:
                items = [an_item(number) for number in range(inputs.count, inputs.count + more)]
                await _twice(partial(inputs.append, items))
                await _twice(inputs.sync)
                self.promises.inputs[job_id] = inputs.count
        finally:
            await inputs.aclose()

    async def hand_over(self, job_id: str, name: str) -> None:
        data = f"{name} {self.next_index}".encode() * 9
        writer = await self.store.create_artifact(ALICE, job_id, name)
        try:
            await writer.write(data[:7])
            await writer.write(data[7:])
            self.promises.artifacts.pop((job_id, name), None)  # from here on either is right
            await writer.commit()
        except StorageError:
            await writer.abort()
            raise
        self.promises.artifacts[job_id, name] = data

    async def remove(self, job_id: str, *names: str) -> None:
        """Artifacts, small and large."""
        for name in names:
            self.promises.artifacts.pop((job_id, name), None)  # from here on either is right
        await self.store.remove_artifacts(ALICE, job_id, names)
        self.promises.removed |= {(job_id, name) for name in names}

    async def pack(self, job_id: str, *names: str) -> None:
        """Small artifacts, synced one by one, in files that are made ready where that works."""
        pack = await self.store.open_artifacts(ALICE, job_id)
        try:
            with suppress(StorageError):
                await pack.prepare()
            for name in names:
                data = f"{name} {self.next_index}".encode() * 5
                pack.add(name, data)
                self.promises.artifacts.pop((job_id, name), None)  # from here on either is right
                await _twice(pack.sync)
                self.promises.artifacts[job_id, name] = data
        finally:
            await pack.aclose()


async def _twice(step: Callable[[], Awaitable[None]]) -> None:
    """A runner tries again with the file as it has it open; here, once."""
    try:
        await step()
    except StorageError:
        await step()


def with_job(state: DeskState, job_id: str, status: JobStatus) -> DeskState:
    job = Job(
        id=job_id,
        kind="fetch",
        name="spring",
        lane="fetch",
        arrival=0,
        created_at=5.0,
        status=status,
        run=1,
        counts=Counts(ITEMS),
        grows_to=1_000,
    )
    return replace(state, jobs={**state.jobs, job_id: job})


def an_item(number: int) -> InputItem:
    return InputItem(msgspec.Raw(b'{"n":%d}' % number), "", f"/{number}")


def outcome(index: int) -> OutcomeRecord:
    result = msgspec.Raw(b'{"http_status":200}')
    return OutcomeRecord(index=index, run=1, status=OutcomeStatus.OK, at=7.0, result=result)


async def broken(store: FileStore, promises: Promises) -> AsyncIterator[str]:
    """What a store without faults, opened on what is left, does not hold of the promises."""
    state = (await store.load(ALICE)).state
    if state.restored is not None:
        yield f"an older generation had to do: {state.restored.reason}"
    if state.revision < promises.revision:
        yield f"revision {promises.revision} was acknowledged, {state.revision} is there"
    elif promises.states.get(state.revision) != state:
        yield f"revision {state.revision} is not what was saved"
    if any(map(unfinished, state.jobs.values())) and ALICE not in await store.unfinished():
        yield "there is unfinished work and no boot marker"
    if state.journeys is not None:
        await store.read_journeys(ALICE, state.journeys.digest)
    for digest in library_digests(state.templates.values()):
        await store.read_library(ALICE, digest)
    for job_id in promises.inputs.keys() & state.jobs.keys():
        inputs = await store.open_inputs(ALICE, job_id, grows_from=ITEMS)
        there = await inputs.read(range(inputs.count))
        if there[: promises.inputs[job_id]] != list(map(an_item, range(promises.inputs[job_id]))):
            yield f"inputs of {job_id} are incomplete"
        if there != list(map(an_item, range(len(there)))):
            yield f"inputs of {job_id} are not what was found"
        await inputs.aclose()
    async for said in _broken_results(store, promises, state):
        yield said


async def _broken_results(
    store: FileStore, promises: Promises, state: DeskState
) -> AsyncIterator[str]:
    for job_id, indexes in promises.outcomes.items():
        if job_id in state.jobs:
            log = await store.open_outcomes(ALICE, job_id)
            await log.aclose()
            if lost := indexes - log.replay.latest.keys():
                yield f"outcomes {sorted(lost)} of {job_id} were synced and are gone"
            if log.replay.bad_lines:
                yield f"{log.replay.bad_lines} torn lines in the middle of {job_id}'s outcomes"
    for job_id in {job_id for job_id, _ in promises.artifacts} & state.jobs.keys():
        await (await store.open_artifacts(ALICE, job_id)).aclose()
    for (job_id, name), data in promises.artifacts.items():
        if job_id in state.jobs:
            found = [piece async for piece in store.open_artifact(ALICE, job_id, name)]
            if b"".join(found) != data:
                yield f"artifact {name} of {job_id} is not what was committed"
    for job_id, name in promises.removed:
        if job_id in state.jobs:
            there = {made.name for made in await store.list_artifacts(ALICE, job_id)}
            if name in there:
                yield f"artifact {name} of {job_id} was removed and is there"
    for job_id, secrets in promises.secrets.items():
        if job_id in state.jobs and await store.load_secrets(ALICE, job_id) != secrets:
            yield f"secrets of {job_id} are not what was saved"
