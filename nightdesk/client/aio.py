"""The client for Trio. The same methods as `Client`; what watches is an async context manager:

    async with AsyncClient() as desk, desk.watch(job.id) as changes:
        async for job in changes:
            ...

Changes come by WebSocket, resumed by revision after a break, and by long poll where a socket
cannot be had.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
import trio
from msgspec import UNSET, UnsetType

from nightdesk.client import transport
from nightdesk.client.aio_library import AsyncLibrary
from nightdesk.client.calls import Call, decode
from nightdesk.client.errors import ServerTrouble, Unreachable
from nightdesk.client.library import LibraryAddress
from nightdesk.client.models import (
    Artifact,
    AuditPage,
    Change,
    Command,
    Desk,
    Grant,
    Job,
    Journey,
    Journeys,
    LedgerPage,
    NextPass,
    Plan,
    Schedule,
    Snapshot,
)
from nightdesk.client.stream import NoStream, job_in, open_stream

T = TypeVar("T")


class AsyncClient(AsyncLibrary):
    """One desk of one server. Raises NightdeskError and nothing else of its own making."""

    def __init__(
        self,
        url: str | None = None,
        *,
        desk: str | None = None,
        token: str | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self._address = LibraryAddress(url, desk, token)
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(**transport.options(self._address, timeout_s))

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def create_desk(self) -> Desk:
        """A new guest desk; give its `desk_id` to another client."""
        return await self._ask(self._address.create_desk())

    def page_url(self, job_id: str) -> str | None:
        """Where a browser shows the job; None where only a token opens the desk."""
        return self._address.page_url(job_id)

    async def rotate_link(self, *, idempotency_key: str | None = None) -> Desk:
        """Give this guest desk another address; whoever has the old one is shut out, this client
        uses the new one. A lost answer is asked for again with the same key: give one of your own
        (20 characters or more, random) to ask again after an error, too."""
        made = await self._ask(self._address.rotate_link(idempotency_key))
        self._address.desk = made.desk_id
        return made

    async def rotate_link_of(self, key: str) -> Desk:
        """The same for any guest desk, by its key, with an operator's token."""
        return await self._ask(self._address.rotate_link_of(key))

    async def snapshot(self) -> Snapshot:
        return await self._ask(self._address.snapshot())

    async def submit(
        self,
        items: Sequence[str | Mapping[str, Any]],
        *,
        kind: str = "fetch",
        name: str = "",
        spec: Mapping[str, Any] | None = None,
        priority: int = 0,
        lane: str | None = None,
        start: bool = True,
        schedule: Schedule | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Hand over a batch; it is on disk when this returns. It starts at once unless `start` is
        False: then it is `pending` until `start(job.id)`. A lost answer is asked for again with
        the same key, so the batch is never created twice."""
        call = self._address.submit(
            items,
            kind=kind,
            name=name,
            spec=spec,
            priority=priority,
            lane=lane,
            start=start,
            schedule=schedule,
            idempotency_key=idempotency_key,
        )
        return (await self._ask(call)).job

    async def submit_file(
        self,
        file_name: str,
        data: bytes,
        *,
        sheet: str | None = None,
        kind: str = "fetch",
        name: str = "",
        spec: Mapping[str, Any] | None = None,
        priority: int = 0,
        lane: str | None = None,
        start: bool = True,
        schedule: Schedule | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Hand over a batch as a .txt, .csv, .xlsx or .zip file, which the server reads; of a
        workbook `sheet`, else the first that is not hidden. All else as with `submit`."""
        call = self._address.submit_file(
            file_name,
            data,
            sheet=sheet,
            kind=kind,
            name=name,
            spec=spec,
            priority=priority,
            lane=lane,
            start=start,
            schedule=schedule,
            idempotency_key=idempotency_key,
        )
        return (await self._ask(call)).job

    async def jobs(
        self, *, status: str | None = None, kind: str | None = None
    ) -> AsyncIterator[Job]:
        """All jobs, newest first, fetched page by page."""
        seen = 0
        for page in count(1):
            answer = await self._ask(self._address.jobs(status, kind, page))
            for job in answer.jobs:
                yield job
            seen += len(answer.jobs)
            if not answer.jobs or seen >= answer.total:
                return

    async def ledger(self, *, page: int = 1, size: int = 50) -> LedgerPage:
        """The desk's tokens and what moved them, the newest first."""
        return await self._ask(self._address.ledger(page, size))

    async def preview_schedule(self, schedule: Schedule) -> tuple[NextPass, ...]:
        """When the next passes of such a job would be; nothing is made."""
        return (await self._ask(self._address.preview_schedule(schedule))).passes

    async def journeys(self) -> Journeys:
        """What the desk's browser is to do on request."""
        return await self._ask(self._address.journeys())

    async def set_journeys(
        self,
        journeys: Sequence[str | Journey | Mapping[str, Any]],
        *,
        replaces: str | UnsetType | None = UNSET,
    ) -> Journeys:
        """Replace them all; returns them as they are kept. With `replaces`, a digest or None for
        "there are none yet", only where nobody has changed them since. Raises Conflict."""
        return await self._ask(self._address.set_journeys(journeys, replaces))

    async def start_journeys(
        self,
        indices: Sequence[int] | None = None,
        *,
        auto_generate: bool = False,
        ignore_completed: bool = True,
        options: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Walk the server's browser through the journeys at these places, or through all, one
        after the other. With `auto_generate` one without a path gets one; completed ones are
        walked again unless `ignore_completed` is False. `options` are fields of a visit's spec."""
        call = self._address.start_journeys(
            indices,
            auto_generate=auto_generate,
            ignore_completed=ignore_completed,
            options=options,
            idempotency_key=idempotency_key,
        )
        return (await self._ask(call)).job

    async def job(self, job_id: str) -> Job:
        return (await self._ask(self._address.job(job_id))).job

    async def command(self, job_id: str, command: Command) -> Job:
        """One of the five commands below, by its name."""
        return (await self._ask(self._address.command(job_id, command))).job

    async def start(self, job_id: str) -> Job:
        return await self.command(job_id, "start")

    async def pause(self, job_id: str) -> Job:
        return await self.command(job_id, "pause")

    async def resume(self, job_id: str) -> Job:
        return await self.command(job_id, "resume")

    async def cancel(self, job_id: str) -> Job:
        return await self.command(job_id, "cancel")

    async def delete(self, job_id: str) -> None:
        await self._ask(self._address.delete(job_id))

    async def audit(self, *, after: int = 0) -> AuditPage:
        """Who did what to the desk, oldest first."""
        return await self._ask(self._address.audit(after))

    async def audit_of(self, key: str, *, after: int = 0) -> AuditPage:
        """The same of any desk, by its key, for the bearer of an operator's token."""
        return await self._ask(self._address.audit_of(key, after))

    async def grant_to(
        self, desk: str, amount: int, *, key: str, note: str = "", name: str = ""
    ) -> Grant:
        """Add to the tokens of any desk, by its key, once for each `key`; for the bearer of an
        operator's token. With its `name` it is made where its user has not come yet."""
        return await self._ask(self._address.grant_to(desk, amount, key, note, name))

    async def set_plan_of(self, desk: str, plan: str, *, name: str = "") -> Plan:
        """Let the limits of a plan hold for any desk, in the same way."""
        return await self._ask(self._address.set_plan_of(desk, plan, name))

    async def artifacts(self, job_id: str) -> tuple[Artifact, ...]:
        return (await self._ask(self._address.artifacts(job_id))).artifacts

    async def remove_files(self, job_id: str, names: Sequence[str]) -> int:
        """Remove artifacts of a job that does not run; returns how many there were."""
        return (await self._ask(self._address.remove_files(job_id, names))).removed

    async def download(self, job_id: str, name: str, to: Path) -> int:
        """Write an artifact to a file; returns its size in bytes."""
        return await self._save(self._address.artifact(job_id, name), to)

    async def export(self, job_id: str, to: Path, *, format: str = "jsonl") -> int:
        """Write the outcomes to a file (jsonl, json, csv, xlsx); returns its size in bytes."""
        return await self._save(self._address.export(job_id, format), to)

    @trio.as_safe_channel
    async def changes(self, *, after: int | None = None) -> AsyncGenerator[Change, None]:
        """What happens on the desk from `after` on: a snapshot first unless that is recent."""
        revision, heard_at = after, trio.current_time()
        while True:
            try:
                async with open_stream(self._address, revision) as frames:
                    async for change in frames:
                        revision = change.revision
                        yield change
            except NoStream:
                pass  # polled instead, once; then the socket is tried again
            try:
                snapshot = await self._poll(revision)
            except (Unreachable, ServerTrouble):
                if trio.current_time() - heard_at > transport.PATIENCE_S:
                    raise
                await trio.sleep(transport.LOST_INTERVAL_S)
                continue
            heard_at = trio.current_time()
            if snapshot is not None:
                revision = snapshot.revision
                yield snapshot
                await trio.sleep(transport.POLL_INTERVAL_S)

    @trio.as_safe_channel
    async def watch(self, job_id: str) -> AsyncGenerator[Job, None]:
        """The job now and whenever it changed, until it has ended. Bears a restart of the server.

        Raises NotFound when it was deleted.
        """
        answer = await self._ask(self._address.job(job_id))
        job = answer.job
        yield job
        if job.ended:
            return
        async with self.changes(after=answer.revision) as changes:
            async for change in changes:
                newer = job_in(change, job_id)
                if newer is not None and newer.revision != job.revision:
                    job = newer
                    yield job
                    if job.ended:
                        return

    async def wait(self, job_id: str) -> Job:
        """The job once it has ended. Raises NotFound."""
        last: Job | None = None
        async with self.watch(job_id) as jobs:
            async for job in jobs:
                last = job
        if last is None:
            raise AssertionError("a watch without an error has at least one job")
        return last

    async def _poll(self, revision: int | None) -> Snapshot | None:
        if revision is None:
            return await self._ask(self._address.snapshot())
        return await self._ask(self._address.newer(revision, transport.POLL_WAIT_S))

    async def _ask(self, call: Call[T]) -> T:
        tried = 1
        reply = await self._send(call)
        while (pause_s := transport.pause_before_again(call, tried, reply)) is not None:
            await trio.sleep(pause_s)
            tried += 1
            reply = await self._send(call)
        return transport.answer_of(self._address, call, reply)

    async def _send(self, call: Call[Any]) -> transport.Reply | transport.Lost:
        try:
            arguments = transport.arguments(call, self._timeout_s)
            return transport.reply_of(await self._http.request(**arguments))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return transport.lost(self._address, error)

    async def _save(self, call: Call[bytes], to: Path) -> int:
        size_bytes = 0
        try:
            arguments = transport.arguments(call, self._timeout_s)
            async with self._http.stream(**arguments) as response:
                if response.status_code != 200:
                    decode(self._address, call, response.status_code, await response.aread())
                async with await trio.open_file(to, "wb") as file:
                    async for chunk in response.aiter_bytes(transport.CHUNK_BYTES):
                        size_bytes += await file.write(chunk)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise transport.lost(self._address, error).failure from error
        return size_bytes
