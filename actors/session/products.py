"""What jobs have learned, brought from their artifacts to the library of their desk.

Run by `actors.session.shelf` as a child task of the session, which then saves the state that names
the files. Until that is saved nothing was taken, and all of it is done again; once it is, never
again for that run.
"""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Collection
from typing import Annotated
from zlib import crc32

import msgspec
import trio
from msgspec import Meta, Struct

from actors.house import House
from actors.messages import ModelTaken
from actors.ports import DeskKey
from actors.rules.products import has_room, untaken
from actors.session.learning import RETRY_MAX_S, RETRY_S
from actors.session.mailbox import Mailbox
from state.digests import digest_of
from state.errors import JobFilesMissing, QuotaReached, StorageError
from state.library import FILE_MAX_BYTES, Model
from state.model import DeskState, Job, LogLine, OutcomeStatus

MAX_NAME_CHARS = 100
MAX_FACTS_BYTES = 1024 * 1024

# Keeps a file of the library. Raises StorageError.
Save = Callable[[bytes], Awaitable[None]]


class Facts(Struct, frozen=True):
    """What is read of a model's facts; there is more in them."""

    labels: list[str]
    pictures: Annotated[int, Meta(ge=0)]
    accuracy: Annotated[float, Meta(ge=0, le=1)] | None = None


class _NotTaken(Exception):
    """Why what a job has learned stays with it alone; for its log."""


class Products:
    """Every attribute is written by the session's task."""

    def __init__(
        self,
        desk: DeskKey,
        house: House,
        mailbox: Mailbox,
        save: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._desk = desk
        self._house = house
        self._mailbox = mailbox
        self._save = save
        # The task that brings one, and what there was when that was last looked into.
        self._taking: trio.CancelScope | None = None
        self._looked_at: tuple[DeskState, frozenset[str]] | None = None

    def take(self, state: DeskState, running: Collection[str], tasks: trio.Nursery) -> bool:
        """Begin to bring what the next job has learned that ended and is not `running` out; False
        where there is nothing to begin."""
        if self._taking is not None or self._mailbox.closed or not self._is_news(state, running):
            return False
        job = next((job for job in untaken(state) if job.id not in running), None)
        if job is None:
            return False
        self._taking = trio.CancelScope()
        tasks.start_soon(self._take, self._taking, state, job)
        return True

    def _is_news(self, state: DeskState, running: Collection[str]) -> bool:
        before, self._looked_at = self._looked_at, (state, frozenset(running))
        return before is None or before[0] is not state or before[1] != self._looked_at[1]

    def taken(self) -> None:
        """What was brought is saved, or came too late."""
        self._taking = None
        self._looked_at = None

    def stop(self) -> None:
        """The desk ends: what was not taken is when it is opened again."""
        if self._taking is not None:
            self._taking.cancel()

    async def _take(self, scope: trio.CancelScope, state: DeskState, job: Job) -> None:
        with scope:
            model = await self._brought(state, job)
            self._mailbox.report(ModelTaken(job.id, job.run, model))

    async def _brought(self, state: DeskState, job: Job) -> Model | None:
        """The model, whose files are kept; None where there is none, which the log of the job says.
        Tries until the disk lets it."""
        wait_s = RETRY_S
        while True:
            try:
                if not await self._has_learned(job):
                    return None
                if not has_room(state, job.id, self._house.settings.max_models):
                    most = self._house.settings.max_models
                    raise _NotTaken(f"the desk keeps at most {most:,} models: delete one")
                return await self._bring(job)
            except (_NotTaken, JobFilesMissing, QuotaReached) as error:
                await self._tell(job, f"the model stays with this job alone: {error}")
                return None
            except StorageError as error:
                if wait_s == RETRY_S:
                    self._warn("a model waits for the disk", job, error)
            await trio.sleep(wait_s)
            wait_s = min(2 * wait_s, RETRY_MAX_S)

    async def _has_learned(self, job: Job) -> bool:
        """Whether its last item ended well in this run. Raises JobFilesMissing, StorageError."""
        page = await self._house.store.read_outcomes(
            self._desk,
            job.id,
            status=OutcomeStatus.OK,
            run=job.run,
            again=job.again,
            offset=max(0, job.counts.ok - 1),
            limit=1,
        )
        last = page.records[0][0] if page.records else None
        return last is not None and (last.index, last.run) == (job.counts.total - 1, job.run)

    async def _bring(self, job: Job) -> Model:
        """Raises _NotTaken, JobFilesMissing, QuotaReached, StorageError."""
        data = await self._artifact(job, job.product, FILE_MAX_BYTES)
        said = await self._artifact(job, facts_of(job.product), MAX_FACTS_BYTES)
        try:
            facts = msgspec.json.decode(said, type=Facts)
        except msgspec.DecodeError as error:
            raise _NotTaken(f"what is known of it cannot be read: {error}") from error
        await self._save(data)
        await self._save(said)
        return Model(
            id="",
            name=_name_of(job),
            digest=digest_of(data),
            facts=digest_of(said),
            job_id=job.id,
            labels_n=len(facts.labels),
            accuracy=facts.accuracy,
            pictures_n=facts.pictures,
            size_bytes=len(data),
        )

    async def _artifact(self, job: Job, name: str, max_bytes: int) -> bytes:
        store = self._house.store
        found = await store.find_artifact(self._desk, job.id, name)
        if found.size_bytes > max_bytes:
            raise _NotTaken(f"{name} has {found.size_bytes:,} bytes, of at most {max_bytes:,}")
        parts = [part async for part in store.open_artifact(self._desk, job.id, name)]
        data = b"".join(parts)
        if found.crc32 not in (None, crc32(data)):
            raise _NotTaken(f"{name} is not as it was made: the disk has damaged it")
        return data

    async def _tell(self, job: Job, message: str) -> None:
        line = LogLine(self._house.now(), "warning", message)
        try:
            await self._house.store.append_log(self._desk, job.id, [line])
        except (JobFilesMissing, StorageError) as error:
            self._warn(message, job, error)

    def _warn(self, event: str, job: Job, error: Exception) -> None:
        self._house.log.warning(event, desk=self._desk[:8], job=job.id, error=str(error))


def facts_of(product: str) -> str:
    """The name of the artifact with what is known of that one."""
    return f"{posixpath.splitext(product)[0]}.json"


def _name_of(job: Job) -> str:
    """As its user wants the model to be called, or as the job is."""
    name = job.spec.get("name")
    return (name if isinstance(name, str) and name.strip() else job.name)[:MAX_NAME_CHARS]
