"""What a restarted server finds: read through the store, as the actors and the front end read it.

`look` is asked by `torture.powerloss.client` at every start of the store; `problems` says in words
where a sight breaks a promise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from state.desks import JOURNEYS, KEPT_FOLDERS, LIBRARY
from state.errors import DeskMissing, StateError
from state.kept_files import KEPT_JOURNEYS, KEPT_LIBRARY
from state.model import (
    DeskState,
    InputItem,
    Job,
    JobStatus,
    OutcomeRecord,
    OutcomeStatus,
    unfinished,
)
from state.spending import Spend, total_of
from state.store import FileStore
from state.views import DeskKey, Link
from torture.powerloss.files import SimulatedFiles
from torture.powerloss.promises import DeskPromise, JobPromise, Promises

_NO_JOBS = ("secrets.json", *KEPT_FOLDERS)
_FOR_GOOD = (OutcomeStatus.OK, OutcomeStatus.SKIPPED)


class JobSight(Struct, frozen=True):
    """What was found of one job. `records` are the newest endings, each with its item."""

    items: tuple[InputItem, ...]
    secrets: dict[str, str]
    records: tuple[tuple[OutcomeRecord, InputItem], ...]
    bad_lines: int
    artifacts: dict[str, bytes]


class DeskSight(Struct, frozen=True):
    """What was found of one desk; `failures` are errors where there should be none."""

    wanted: bool
    state: DeskState | None
    jobs: dict[str, JobSight]
    left_over: tuple[str, ...]
    kept: tuple[int, ...]
    schema: int | None
    failures: tuple[str, ...]


Sight = dict[DeskKey, DeskSight]


async def look(store: FileStore, files: SimulatedFiles, desks: tuple[DeskKey, ...]) -> Sight:
    """All that is there of these desks. Loading them also sweeps."""
    wanted = set(await store.unfinished())
    return {desk: await _desk(store, files, desk, wanted=desk in wanted) for desk in desks}


async def _desk(
    store: FileStore, files: SimulatedFiles, desk: DeskKey, *, wanted: bool
) -> DeskSight:
    state, jobs = None, {}
    failures: list[str] = []
    schema = _schema(files.peek(f"sessions/{desk}.json"))
    try:
        loaded = await store.load(desk)
        state = loaded.state
        if loaded.sweep_error is not None:
            failures.append(loaded.sweep_error)
        if state.link is not None and await store.find_link(Link(state.link)) != desk:
            failures.append("its user is shut out: the link that it names does not lead to it")
        if state.journeys is not None:
            await store.read_journeys(desk, state.journeys.digest)
        for digest in KEPT_LIBRARY.named(state):
            await store.read_library(desk, digest)
        for job in state.jobs.values():
            jobs[job.id] = await _job(store, desk, job)
    except DeskMissing:
        pass
    except StateError as error:
        failures.append(f"{type(error).__name__}: {error}")
    return DeskSight(
        wanted,
        state,
        jobs,
        _left_over(files, desk, state),
        _kept(files, desk),
        schema,
        tuple(failures),
    )


async def _job(store: FileStore, desk: DeskKey, job: Job) -> JobSight:
    bad_lines = 0
    if _recounted(job):
        outcomes = await store.open_outcomes(desk, job.id)
        bad_lines = outcomes.replay.bad_lines
        await outcomes.aclose()
    grows_from = job.counts.total if _recounted(job) else None
    inputs = await store.open_inputs(desk, job.id, grows_from=grows_from)
    items = tuple(await inputs.read(range(inputs.count)))
    await inputs.aclose()
    page = await store.read_outcomes(desk, job.id, limit=1000)
    await store.read_log(desk, job.id)
    for digest in job.assets:
        await store.read_asset(desk, job.id, digest)
    made = {}
    for artifact in await store.list_artifacts(desk, job.id):
        chunks = [chunk async for chunk in store.open_artifact(desk, job.id, artifact.name)]
        made[artifact.name] = b"".join(chunks)
    return JobSight(items, await store.load_secrets(desk, job.id), page.records, bad_lines, made)


def _recounted(job: Job) -> bool:
    """As `actors.session.opening` does; jobs that wait in a queue are opened by the client."""
    return job.lagging or job.status in (JobStatus.RUNNING, JobStatus.PAUSED)


def _left_over(files: SimulatedFiles, desk: DeskKey, state: DeskState | None) -> tuple[str, ...]:
    """Names that a start should have removed."""
    known = set() if state is None else set(state.jobs)
    folder = f"files/{desk}"
    both = [files.peek(f"sessions/{desk}{end}") for end in (".json", ".json.1")]
    named, shelved = set(map(_journeys, both)), set[str]().union(*map(_library, both))
    kept = json.loads(files.peek(f"{folder}/secrets.json") or b'{"jobs":{}}')["jobs"]
    return (
        *(name for name in files.peek_names("sessions") if name.endswith((".tmp", ".link"))),
        *(name for name in files.peek_names("links") if name.endswith(".tmp")),
        *(name for name in files.peek_names(folder) if name not in {*known, *_NO_JOBS}),
        *(name for name in files.peek_names(f"{folder}/{JOURNEYS}") if name not in named),
        *(name for name in files.peek_names(f"{folder}/{LIBRARY}") if name not in shelved),
        *(f"secrets of {name}" for name in kept if name not in known),
    )


def _journeys(data: bytes | None) -> str | None:
    """The name of the file of journeys that this generation names."""
    book = None if data is None else json.loads(data)["desk"].get("journeys")
    return None if book is None else KEPT_JOURNEYS.file_name(book["digest"])


def _library(data: bytes | None) -> set[str]:
    """The names of the files of the library that this generation names."""
    desk = {} if data is None else json.loads(data)["desk"]
    return {
        digest
        for kind, files in (
            ("templates", ("digest", "facts")),
            ("pictures", ("digest", "thumbnail")),
            ("presets", ("digest",)),
            ("models", ("digest", "facts")),
        )
        for entry in desk.get(kind, {}).values()
        for digest in map(entry.get, files)
    }


def _schema(data: bytes | None) -> int | None:
    return None if data is None else int(json.loads(data)["schema"])


def _kept(files: SimulatedFiles, desk: DeskKey) -> tuple[int, ...]:
    """The schemas whose last file lies beside the desk's, whole."""
    start = f"{desk}.json.schema"
    names = [name for name in files.peek_names("sessions") if name.startswith(start)]
    found = [(name, _schema(files.peek(f"sessions/{name}"))) for name in names]
    return tuple(schema for name, schema in found if schema and name == f"{start}{schema}")


# ------------------------------------------------------------------------ against the promises


def problems(promises: Promises, sight: Sight) -> Iterator[str]:
    """Every broken promise, in words."""
    for desk, found in sight.items():
        promise = promises.desk(desk)
        yield from (f"desk {desk[0]}: {said}" for said in _desk_problems(promise, found))
        for job_id, job in found.jobs.items():
            assert found.state is not None
            made = promises.jobs[job_id]
            said = _job_problems(made, job, found.state.jobs[job_id])
            yield from (f"desk {desk[0]}, job {job_id}: {what}" for what in said)


def _desk_problems(promise: DeskPromise, found: DeskSight) -> Iterator[str]:
    yield from found.failures
    state = found.state
    if state not in promise.may_be and not found.failures:
        legal = [None if may is None else may.revision for may in promise.may_be]
        is_there = None if state is None else state.revision
        restored = "" if state is None or state.restored is None else f" ({state.restored.reason})"
        yield f"lost: revision {is_there}{restored} was found, one of {legal} was promised"
    if state is not None and any(map(unfinished, state.jobs.values())) and not found.wanted:
        yield "forgotten: it has unfinished jobs and no boot marker"
    if found.left_over and not found.failures:
        yield f"left over: {', '.join(found.left_over)}"
    for schema in promise.kept:
        if schema not in found.kept and found.schema is not None and found.schema > schema:
            yield f"lost: its file of schema {schema}"


def _job_problems(promise: JobPromise, found: JobSight, job: Job) -> Iterator[str]:
    sure, known = len(promise.items), promise.items + promise.found
    if len(found.items) < sure or found.items != known[: len(found.items)]:
        yield f"lost: {len(found.items)} items are there, {sure} were promised"
    if job.counts.total > len(found.items):
        yield f"counted without an item: {job.counts.total} items"
    if found.secrets != promise.secrets:
        yield f"lost: of its secrets {sorted(found.secrets)} are there"
    # Garbage in place of unsynced lines may look like any number of them.
    if found.bad_lines > promise.damaged and not promise.maybe:
        yield f"torn: {found.bad_lines} damaged outcomes"
    yield from _outcome_problems(promise, found)
    yield from _count_problems(found, job)
    for name in found.artifacts.keys() | promise.artifacts.keys():
        if found.artifacts.get(name) not in promise.artifacts.get(name, (None,)):
            yield f"lost or torn: artifact {name}"


def _outcome_problems(promise: JobPromise, found: JobSight) -> Iterator[str]:
    sure = {record.index: record for record in promise.sure}
    there = {record.index: record for record, _ in found.records}
    for index in sure.keys() - there.keys():
        yield f"lost: the outcome of item {index}"
    for index, record in there.items():
        maybe = [other for other in promise.maybe if other.index == index]
        if record != sure.get(index) and record not in maybe:
            yield f"not newest, or never written: the outcome of item {index}"
    if any(item != promise.items[record.index] for record, item in found.records):
        yield "an outcome is shown with another item"


def _count_problems(found: JobSight, job: Job) -> Iterator[str]:
    tally = dict.fromkeys(OutcomeStatus, 0)
    for record, _ in found.records:
        if record.status in _FOR_GOOD or record.run == job.run:
            tally[record.status] += 1
    counts = job.counts
    if counts.ok > tally[OutcomeStatus.OK] or counts.failed > tally[OutcomeStatus.FAILED]:
        yield f"counted without an outcome: {counts.ok} ok, {counts.failed} failed, {tally}"
    said = [record.spend for record, _ in found.records]
    spent = total_of([spend for spend in said if isinstance(spend, Spend)])
    if spent.at_least(counts.spend) != spent:
        yield f"spent without a line that says so: {counts.spend}, lines say {spent}"


def settled(promises: Promises, sight: Sight) -> Promises:
    """What a start has shown is promised from then on: states, and outcomes that were counted."""
    for desk, found in sight.items():
        promise = promises.desk(desk).known(found.state)
        if found.schema is not None:
            promise = replace(promise, kept=tuple({*promise.kept, found.schema}))
        promises = promises.with_desk(desk, promise)
        for job_id, job in found.jobs.items():
            assert found.state is not None
            if _recounted(found.state.jobs[job_id]):
                there = tuple(record for record, _ in job.records)
                kept = replace(promises.jobs[job_id], sure=there, maybe=(), damaged=job.bad_lines)
                kept = replace(kept, items=job.items, found=())
                promises = promises.with_job(job_id, kept)
    return promises
