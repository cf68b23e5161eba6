"""The desks that are spoilt: each scene is a data folder with one of them and an innocent other,
made once through the real store and copied for every case.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import trio
from msgspec import Raw, Struct
from msgspec.structs import replace

from state.digests import digest_of
from state.journeys import Journey, encode_journeys
from state.ledgers import Ledger, LedgerEntry
from state.model import (
    Counts,
    DeskState,
    IdempotencyRecord,
    InputItem,
    Job,
    JobStatus,
    JourneyBook,
    LogLine,
    OutcomeRecord,
    OutcomeStatus,
)
from state.store import FileStore
from state.views import DeskKey, desk_key
from torture.corruption.work import KIND
from torture.letters import FACTS, letter, logo
from torture.powerloss.disk import InlineDisk

VICTIM = desk_key("victim")
INNOCENT = desk_key("innocent")
EPOCH = 1_800_000_000.0
NAMES = ("spring list", "春季名单 🌸", "نسخة")


def now() -> float:
    """The wall clock of the virtual time."""
    return EPOCH + trio.current_time()


def opened(root: Path) -> AbstractAsyncContextManager[FileStore]:
    """The real store on real files, its work done in line (for the virtual clock)."""
    return FileStore.opened(
        root,
        threads=1,
        max_log_bytes=65_536,
        max_artifact_bytes=65_536,
        ballast_bytes=0,
        now=now,
        disk=InlineDisk(),
    )


class Wish(Struct, frozen=True):
    """One job of a scene: so many of its items have ended, in a file that is synced."""

    job_id: str
    status: JobStatus
    total: int
    done: int
    secret: bool = False
    artifact: bool = False


RUNNING = Wish("running", JobStatus.RUNNING, 12, 7)
PAUSED = Wish("paused", JobStatus.PAUSED, 9, 4)
FINISHED = Wish("finished", JobStatus.PARTIALLY_COMPLETED, 6, 6, artifact=True)
SECRET = Wish("secret", JobStatus.RUNNING, 5, 2, secret=True)
SCENES: dict[str, tuple[Wish, ...]] = {
    "idle": (Wish("pending", JobStatus.PENDING, 3, 0),),
    "running": (RUNNING,),
    "waiting": (PAUSED, FINISHED),
    "secrets": (SECRET,),
    "large": (Wish("large", JobStatus.COMPLETED, 2_000, 2_000),),
    "journeys": (PAUSED,),
    "library": (PAUSED,),
    "all": (RUNNING, PAUSED, FINISHED, SECRET),
}
# What the desks of the scene of that name keep in their newest generation, and in the one before.
JOURNEYS, JOURNEYS_BEFORE = (
    encode_journeys([Journey(id="0000000a", name=name, url="http://h/")]) for name in ("春", "冬")
)


# The same of its library.
LETTER, LOGO = letter(2)[0], logo(2)[0]


def make_scene(root: Path, name: str) -> None:
    """Make that scene's data folder. Call it outside of trio."""
    trio.run(_make, root, SCENES[name], name)


async def _make(root: Path, wishes: tuple[Wish, ...], name: str) -> None:
    async with opened(root) as store:
        for desk, jobs in ((VICTIM, wishes), (INNOCENT, (RUNNING, FINISHED, SECRET))):
            await store.save(desk, DeskState(revision=1, created_at=EPOCH))
            for wish in jobs:
                await _write_job(store, desk, wish)
            # Two generations that differ: what is lost with the newest shows.
            before = _state(2, jobs, lambda wish: wish.done // 2)
            newest = _state(3, jobs, lambda wish: wish.done)
            if name == "journeys":
                before = await _with_journeys(store, desk, before, JOURNEYS_BEFORE)
                newest = await _with_journeys(store, desk, newest, JOURNEYS)
            if name == "library":
                before = await _with_library(store, desk, before, 1)
                newest = await _with_library(store, desk, newest, 2)
            await store.save(desk, before)
            await store.save(desk, newest)


async def _with_journeys(
    store: FileStore, desk: DeskKey, state: DeskState, data: bytes
) -> DeskState:
    await store.save_journeys(desk, data)
    return replace(state, journeys=JourneyBook(digest_of(data), 1, len(data)))


async def _with_library(
    store: FileStore, desk: DeskKey, state: DeskState, revision: int
) -> DeskState:
    (template, data), (picture, pictured) = letter(revision), logo(revision)
    for each in (data, FACTS, *pictured):
        await store.save_library(desk, each)
    return replace(state, templates={template.id: template}, pictures={picture.id: picture})


async def _write_job(store: FileStore, desk: DeskKey, wish: Wish) -> None:
    await store.write_inputs(desk, wish.job_id, [_item(wish, i) for i in range(wish.total)])
    log = await store.open_outcomes(desk, wish.job_id)
    if wish.done:
        await log.append([_outcome(wish, index) for index in range(wish.done)])
        await log.sync()
    await log.aclose()
    await store.append_log(desk, wish.job_id, [LogLine(EPOCH, "info", "started")])
    if wish.secret:
        await store.save_secrets(desk, wish.job_id, {"token": "correct horse"})
    if wish.artifact:
        made = await store.create_artifact(desk, wish.job_id, "报告/a.txt")
        await made.write(b"made")
        pack = await store.open_artifacts(desk, wish.job_id)
        pack.record(await made.commit())
        pack.add("报告/small.txt", b"small and made")
        pack.add("b.txt", b"small too")
        await pack.sync()
        await pack.aclose()


def _item(wish: Wish, index: int) -> InputItem:
    return InputItem(Raw(msgspec.json.encode(f"{wish.job_id} 第{index}")), "host")


def _failed(wish: Wish, index: int) -> bool:
    return wish.status is JobStatus.PARTIALLY_COMPLETED and index == 1


def _outcome(wish: Wish, index: int) -> OutcomeRecord:
    failed = _failed(wish, index)
    return OutcomeRecord(
        index=index,
        run=1,
        status=OutcomeStatus.FAILED if failed else OutcomeStatus.OK,
        at=EPOCH + index,
        error="no such page" if failed else None,
        result=Raw(msgspec.json.encode({"by": "before", "item": index})),
    )


def _job(wish: Wish, arrival: int, done: int) -> Job:
    failed = sum(_failed(wish, index) for index in range(done))
    over = wish.status in (JobStatus.COMPLETED, JobStatus.PARTIALLY_COMPLETED)
    return Job(
        id=wish.job_id,
        kind=KIND,
        name=NAMES[arrival % len(NAMES)],
        lane=wish.job_id,
        arrival=arrival,
        status=wish.status,
        reason="user" if wish.status is JobStatus.PAUSED else None,
        counts=Counts(wish.total, ok=done - failed, failed=failed),
        run=1 if wish.status is not JobStatus.PENDING else 0,
        concurrency=2,
        spec={"token": {"secret": "token"}} if wish.secret else {},
        created_at=EPOCH,
        started_at=EPOCH if wish.done else None,
        ended_at=EPOCH + 60 if over else None,
    )


def _ledger(granted: int) -> Ledger:
    """Granted once, spent but for 7."""
    paid = LedgerEntry("j:1", 7 - granted, EPOCH, "", 7, "j")
    return Ledger(granted, 7, granted - 7, (LedgerEntry("g", granted, EPOCH, "赠", granted), paid))


def _state(revision: int, wishes: tuple[Wish, ...], done: Callable[[Wish], int]) -> DeskState:
    jobs = [_job(wish, arrival, done(wish)) for arrival, wish in enumerate(wishes)]
    key = IdempotencyRecord("ab" * 32, "cd" * 32, jobs[0].id, JobStatus.QUEUED, revision, EPOCH)
    return DeskState(
        revision=revision,
        created_at=EPOCH,
        next_arrival=len(jobs),
        jobs={job.id: job for job in jobs},
        idempotency=(key,),
        ledger=_ledger(10 + revision),
    )
