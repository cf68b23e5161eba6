"""Reading a desk from its file, or making its file. Called by the supervisor before each life."""

from __future__ import annotations

from msgspec.structs import replace

from actors.house import HEADROOM, HEADROOM_RESTORED, House
from actors.ports import DeskKey
from actors.rules.change import put
from actors.rules.facts import was_at_work, with_damage
from actors.rules.spending import spent_today
from actors.runner.growth import open_items
from actors.runner.replay import damage_in, items_again, read_standing, words_of
from state.errors import DeskMissing, JobFilesMissing, StorageError
from state.model import DeskState, Job, JobStatus, LogLine
from state.views import Loaded

# Of the jobs that were interrupted so many are named in one line.
TOLD_JOBS = 20


def first_revision(state: DeskState) -> int:
    """The revision at which a desk that was read as `state` is shown, before it is saved again."""
    return state.revision + (HEADROOM if state.restored is None else HEADROOM_RESTORED)


async def open_state(desk: DeskKey, house: House, *, create: bool, guest: bool = True) -> Loaded:
    """What is on disk, or a new desk where it may be made: a guest's, or one without an address.

    Raises DeskMissing (unless `create`), DeskUnreadable, StorageError.
    """
    try:
        loaded = await house.store.load(desk)
    except DeskMissing:
        if not create:
            raise
        state = DeskState(created_at=house.now(), guest=guest)
        await house.store.save(desk, state)
        return Loaded(state, house.now())
    if loaded.sweep_error is not None:
        house.log.warning("left-over files stay", desk=desk[:8], error=loaded.sweep_error)
    state = await _recounted(desk, loaded.state, house)
    await _tell_damage(desk, loaded.state, state, house)
    if any(job.schedule is not None and job.schedule.holidays for job in state.jobs.values()):
        await house.calendar.load()
    return replace(loaded, state=state, ahead=state is not loaded.state)


def tell_interrupted(desk: DeskKey, state: DeskState, house: House, *, restart: bool) -> None:
    """Say in the server's log which jobs the file calls running, now that nothing runs. Their own
    logs say so when they are taken up again."""
    cut = [job.id for job in state.jobs.values() if was_at_work(job)]
    if not cut:
        return
    waits = house.settings.boot == "paused" and not restart
    where = "they wait for their user" if waits else "they go back to their queues"
    house.log.warning(
        f"jobs of the file were running and are not: {where}",
        desk=desk[:8],
        after="a restart of the desk" if restart else "a crash of the server",
        jobs_n=len(cut),
        jobs=cut[:TOLD_JOBS],
    )


async def _tell_damage(desk: DeskKey, before: DeskState, state: DeskState, house: House) -> None:
    """Say in the logs of jobs what a recount found damaged: their runners will find the counts
    corrected already."""
    for job in state.jobs.values():
        if job.damage is None or job.damage == before.jobs[job.id].damage:
            continue
        line = LogLine(house.now(), "error", words_of(job.damage))
        house.log.warning("a job was damaged", desk=desk[:8], job=job.id, damage=line.message)
        try:
            await house.store.append_log(desk, job.id, [line])
        except (JobFilesMissing, StorageError) as error:
            # It is shown with the job all the same.
            house.log.warning("a log was not written", desk=desk[:8], job=job.id, error=str(error))


async def _recounted(desk: DeskKey, state: DeskState, house: House) -> DeskState:
    """The desk with the true counts of jobs that a crash may have cut short.

    Their outcomes are written long before the desk's file is saved again. A job that runs on is
    recounted by its runner too; one that waits for its user, or for its lane, or was cancelled, is
    not. What is found is news of the save that will keep it: whoever knows the job from before, at
    the revision that it has on disk, has to be told.
    """
    revision = first_revision(state) + 1
    for job in state.jobs.values():
        if _may_lag(job):
            recounted = await _recount(desk, job, house)
            if recounted != job:
                spends = (job.counts.spend, recounted.counts.spend)
                state = spent_today(state, *spends, house.now())
                state = put(state, replace(recounted, revision=revision))
    return state


def _may_lag(job: Job) -> bool:
    """Whether items may have ended that the saved counts do not know of.

    A queued job that has run before was paused and resumed, or interrupted, moments ago. One with
    a schedule has no endings of its own.
    """
    if job.schedule is not None:
        return False
    if job.status is JobStatus.QUEUED:
        return job.started_at is not None
    return job.lagging or job.status in (JobStatus.RUNNING, JobStatus.PAUSED)


async def _items_now(desk: DeskKey, job: Job, house: House) -> int:
    """How many items the job has, those included that it found since its counts were saved."""
    if not job.grows_to:
        return job.counts.total
    inputs = await open_items(house.store, desk, job)
    await inputs.aclose()
    return inputs.count


async def _recount(desk: DeskKey, job: Job, house: House) -> Job:
    try:
        log = await house.store.open_outcomes(desk, job.id)
    except (JobFilesMissing, StorageError) as error:
        # The job's runner will meet the same, and tell its user.
        house.log.warning("a job was not recounted", desk=desk[:8], job=job.id, error=str(error))
        return job
    try:
        total = await _items_now(desk, job, house)
        again = await items_again(house.store, desk, job, total)
        standing = await read_standing(log.replay, total, job.run, again)
    except (JobFilesMissing, StorageError) as error:
        house.log.warning("a job was not recounted", desk=desk[:8], job=job.id, error=str(error))
        return job
    finally:
        await log.aclose()
    damage = damage_in(log.replay, standing, job.counts)
    recounted = replace(job, counts=standing.counts, lagging=False)
    return recounted if damage is None else with_damage(recounted, damage)
