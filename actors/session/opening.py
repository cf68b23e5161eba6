"""Reading a desk from its file, or making its file. Called by the supervisor before each life."""

from __future__ import annotations

from msgspec.structs import replace

from actors.house import House
from actors.ports import DeskKey
from actors.rules.change import put
from actors.runner.replay import read_standing
from state.errors import DeskMissing, JobFilesMissing, StorageError
from state.model import Counts, DeskState, Job, JobStatus
from state.views import Loaded


async def open_state(desk: DeskKey, house: House, *, create: bool) -> Loaded:
    """What is on disk. Raises DeskMissing (unless `create`), DeskUnreadable, StorageError."""
    try:
        loaded = await house.store.load(desk)
    except DeskMissing:
        if not create:
            raise
        state = DeskState(created_at=house.now())
        await house.store.save(desk, state)
        return Loaded(state, house.now())
    if loaded.sweep_error is not None:
        house.log.warning("left-over files stay", desk=desk[:8], error=loaded.sweep_error)
    return replace(loaded, state=await _recounted(desk, loaded.state, house))


async def _recounted(desk: DeskKey, state: DeskState, house: House) -> DeskState:
    """The desk with the true counts of jobs that a crash may have cut short.

    Their outcomes are written long before the desk's file is saved again. A job that runs on is
    recounted by its runner too; one that waits for its user, or for its lane, is not.
    """
    for job in state.jobs.values():
        if job.status in (JobStatus.RUNNING, JobStatus.PAUSED):
            counts = await _count(desk, job, house)
            if counts != job.counts:
                state = put(state, replace(job, counts=counts))
    return state


async def _count(desk: DeskKey, job: Job, house: House) -> Counts:
    try:
        log = await house.store.open_outcomes(desk, job.id)
    except (JobFilesMissing, StorageError) as error:
        # The job's runner will meet the same, and tell its user.
        house.log.warning("a job was not recounted", desk=desk[:8], job=job.id, error=str(error))
        return job.counts
    try:
        return (await read_standing(log.replay, job.counts.total, job.run)).counts
    finally:
        await log.aclose()
