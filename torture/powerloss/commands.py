"""The commands of a story: each is what one act of a user, a runner or the machine makes the actors
ask of the store, in their order (`actors.session`, `actors.runner`).

A command returns False where it does not apply; then it has done nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio.testing
from msgspec.structs import replace

from actors.rules.facts import verdict
from state.digests import digest_of
from state.errors import StorageBroken, StorageError
from state.journeys import Journey, encode_journeys
from state.library import library_digests
from state.model import TERMINAL, DeskState, Job, JobStatus, JourneyBook, OutcomeStatus
from state.views import Link, link_of
from torture.letters import FACTS, letter, logo, pets, soft
from torture.powerloss.client import ALICE, BOB, NOW, Client
from torture.powerloss.platter import NamesSynced, Synced

LINGER_S = 61.0  # longer than a boot marker that is not needed stays
ARTIFACT = "out/page.html"
_SCHEMAS = 3

Command = Callable[[Client, trio.testing.MockClock], Awaitable[bool]]


async def create(client: Client, clock: trio.testing.MockClock) -> bool:
    await client.put(await client.stage(ALICE))
    return True


async def start(client: Client, clock: trio.testing.MockClock) -> bool:
    for job in client.jobs(JobStatus.PENDING)[:1]:
        await _run(client, replace(job, run=job.run + 1))
        return True
    return False


async def _run(client: Client, job: Job) -> None:
    await client.put(replace(job, status=JobStatus.RUNNING))
    await client.open_job(job.id)


async def work(client: Client, clock: trio.testing.MockClock) -> bool:
    """Two outcomes in two appends: a power loss may tear between and within them."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        await client.append(job, [OutcomeStatus.OK])
        await client.append(job, [OutcomeStatus.FAILED])
        await client.say(job.id, "an item failed")
        return True
    return False


async def find(client: Client, clock: trio.testing.MockClock) -> bool:
    """An item finds two more, which are on disk before its outcome is; the new total is saved."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        await client.find(job)
        await client.append(job, [OutcomeStatus.OK])
        await client.put(replace(job, counts=await client.sync(job)))
        return True
    return False


async def count(client: Client, clock: trio.testing.MockClock) -> bool:
    """The regular sync, and the desk's save of soft progress after it."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        await client.put(replace(job, counts=await client.sync(job)))
        return True
    return False


async def _fail_to_sync(client: Client, job: Job) -> None:
    client.files.fail_next(Synced)
    with suppress(StorageBroken):
        await client.sync(job)
    client.files.fail_next(None)  # nothing was left to sync


async def stall(client: Client, clock: trio.testing.MockClock) -> bool:
    """The sync of the outcomes fails once; the runner tries again, and goes on."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        await client.append(job, [OutcomeStatus.OK])
        await _fail_to_sync(client, job)
        return await count(client, clock)
    return False


async def reopen(client: Client, clock: trio.testing.MockClock) -> bool:
    """The sync of the outcomes fails, and the runner with it: the next one counts what it reads."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        await client.append(job, [OutcomeStatus.OK])
        await _fail_to_sync(client, job)
        await client.reopen_job(job)
        return await count(client, clock)
    return False


async def unsure(client: Client, clock: trio.testing.MockClock) -> bool:
    """The folder's sync fails once: whether the save is durable is unknown, so it is read again."""
    client.files.fail_next(NamesSynced)
    with suppress(StorageError):
        await client.save(ALICE, client.state)
    client.files.fail_next(None)
    await client.reload()
    return True


async def finish(client: Client, clock: trio.testing.MockClock) -> bool:
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        await client.append(job, [OutcomeStatus.OK, OutcomeStatus.FAILED, *[OutcomeStatus.OK] * 9])
        counts = await client.close_job(job)
        await client.say(job.id, "ended")
        await client.put(replace(job, status=verdict(counts), counts=counts, ended_at=NOW))
        return True
    return False


async def pause(client: Client, clock: trio.testing.MockClock) -> bool:
    return await _stop_job(client, JobStatus.PAUSED)


async def cancel(client: Client, clock: trio.testing.MockClock) -> bool:
    return await _stop_job(client, JobStatus.CANCELLED)


async def _stop_job(client: Client, status: JobStatus) -> bool:
    """The command is acknowledged first; then the runner ends, and what it counted is saved."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        lagging = status is JobStatus.CANCELLED
        stopped = replace(job, status=status, reason="user", lagging=lagging)
        await client.put(stopped)
        counts = await client.close_job(job)
        await client.put(replace(stopped, counts=counts, lagging=False))
        return True
    return False


async def retry(client: Client, clock: trio.testing.MockClock) -> bool:
    """Retry of a job that ended with failures, or resumption of a paused one."""
    for job in client.jobs(JobStatus.PAUSED, *TERMINAL)[:1]:
        again = job.status in TERMINAL
        job = replace(job, lagging=False)
        counts = replace(job.counts, failed=0) if again else job.counts
        await _run(client, replace(job, run=job.run + again, counts=counts, ended_at=None))
        return True
    return False


async def artifact(client: Client, clock: trio.testing.MockClock) -> bool:
    """Made in two writes; the second of its name takes the place of the first."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        parts = (f"<p>{client.state.revision}".encode(), b"</p>" * 30)
        content = b"".join(parts)
        file = await client.begin_artifact(job, ARTIFACT, content)
        for part in parts:
            await file.write(part)
        await client.commit_artifact(job, file, ARTIFACT, content)
        return True
    return False


async def pack(client: Client, clock: trio.testing.MockClock) -> bool:
    """Small ones in two batches; one takes the place of the large one, or of an older small one."""
    for job in client.jobs(JobStatus.RUNNING)[:1]:
        said = f"revision {client.state.revision}".encode()
        await client.pack_artifacts(
            job, {"a": said, ARTIFACT: said * 3}, {"a": said * 2, f"b/{client.made}": b""}
        )
        return True
    return False


async def remove(client: Client, clock: trio.testing.MockClock) -> bool:
    """Some of what a job has made: a large one, and the older half of the small ones."""
    for job in client.jobs(*JobStatus):
        there = sorted(client.timeline.now.jobs[job.id].artifacts)
        if there:
            await client.remove_artifacts(job, there[: len(there) // 2 + 1])
            return True
    return False


async def delete(client: Client, clock: trio.testing.MockClock) -> bool:
    """The newest job: out of the desk, its runner ended, then its files removed."""
    for job in client.jobs(*JobStatus)[:1]:
        jobs = {name: kept for name, kept in client.state.jobs.items() if name != job.id}
        await client.save(ALICE, replace(client.state, jobs=jobs))
        if job.status is JobStatus.RUNNING:
            await client.close_job(job)
        await client.store.delete_job(ALICE, job.id)
        return True
    return False


async def linger(client: Client, clock: trio.testing.MockClock) -> bool:
    """Time for markers to go; they do with the next save."""
    clock.jump(LINGER_S)
    await client.save(ALICE, client.state)
    return True


async def other(client: Client, clock: trio.testing.MockClock) -> bool:
    """Another desk: made, and a job in it started."""
    if client.states[BOB] is None:
        await client.save(BOB, DeskState(created_at=NOW))
    job = await client.stage(BOB)
    await client.put(replace(job, status=JobStatus.QUEUED, run=1), BOB)
    return True


async def relink(client: Client, clock: trio.testing.MockClock) -> bool:
    """The address is replaced: the link's file, the state that names it, and that once more, before
    the file of the one that was replaced goes."""
    before = client.state.link
    link = link_of(f"{before}, and the next")
    await client.store.save_link(ALICE, link)
    for _ in range(2):
        await client.save(ALICE, replace(client.state, link=link))
    if before is not None:
        await client.store.delete_link(Link(before))
    return True


async def journeys(client: Client, clock: trio.testing.MockClock) -> bool:
    """The list of journeys is replaced: its file, the state that names it, and then the files go
    that neither generation names."""
    before = client.state.journeys
    name = f"as of {client.state.revision}"
    data = encode_journeys([Journey(id="0" * 8, name=name, url="http://h/")])
    book = JourneyBook(digest_of(data), 1, len(data))
    await client.store.save_journeys(ALICE, data)
    await client.save(ALICE, replace(client.state, journeys=book))
    kept = {book.digest} if before is None else {book.digest, before.digest}
    await client.store.keep_journeys(ALICE, kept)
    return True


async def library(client: Client, clock: trio.testing.MockClock) -> bool:
    """A template, a picture, a preset and a model are saved anew: their files, the state that names
    them, and then those go that neither generation names."""
    before = client.state
    (template, data), (picture, pictured) = letter(before.revision), logo(before.revision)
    (preset, said), (model, head) = soft(before.revision), pets(before.revision)
    for each in (data, FACTS, *pictured, said, head):
        await client.store.save_library(ALICE, each)
    kept = {
        "templates": {template.id: template},
        "pictures": {picture.id: picture},
        "presets": {preset.id: preset},
        "models": {model.id: model},
    }
    await client.save(ALICE, replace(before, **kept))
    await client.store.keep_library(ALICE, client.state.library_files | before.library_files)
    return True


async def lend(client: Client, clock: trio.testing.MockClock) -> bool:
    """A job is made with a copy of the template, which is then forgotten."""
    templates = client.state.templates
    for template in templates.values():
        job = await client.stage(ALICE)
        await client.store.copy_assets(ALICE, job.id, [template.digest])
        await client.put(replace(job, assets=(template.digest,)))
        await client.save(ALICE, replace(client.state, templates={}))
        await client.store.keep_library(
            ALICE, client.state.library_files | library_digests(templates.values())
        )
        return True
    return False


async def both(client: Client, clock: trio.testing.MockClock) -> bool:
    """Two desks saved at once, so that they share a folder sync, or must not."""
    others = client.states[BOB] or DeskState(created_at=NOW)
    await client.save_both(client.state, others)
    return True


async def restart(client: Client, clock: trio.testing.MockClock) -> bool:
    await client.stop()
    await client.start()
    await client.work_on()
    return True


async def migrate(client: Client, clock: trio.testing.MockClock) -> bool:
    """A restart with a later version, whose schema is newer."""
    number = client.timeline.now.schema
    if number == _SCHEMAS:
        return False
    await client.stop()
    client.promise(replace(client.timeline.now, schema=number + 1))
    await client.start()
    await client.work_on()
    return True


async def kill(client: Client, clock: trio.testing.MockClock) -> bool:
    """kill -9 between two calls, and a new start: no power loss yet."""
    await client.die()
    await client.start()
    await client.work_on()
    return True


COMMANDS: dict[str, Command] = {
    command.__name__: command
    for command in (
        create,
        start,
        work,
        find,
        count,
        stall,
        reopen,
        unsure,
        finish,
        pause,
        cancel,
        retry,
        artifact,
        pack,
        remove,
        delete,
        linger,
        other,
        relink,
        journeys,
        library,
        lend,
        both,
        restart,
        migrate,
        kill,
    )
}
