"""The client for ordinary code. One connection pool; use one Client a thread."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
from msgspec import UNSET, UnsetType

from nightdesk.client import transport
from nightdesk.client.blocking_library import Library
from nightdesk.client.blocking_workshop import Writer
from nightdesk.client.calls import Call, decode
from nightdesk.client.errors import ServerTrouble, Unreachable
from nightdesk.client.library import LibraryAddress
from nightdesk.client.models import (
    Artifact,
    AuditPage,
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

T = TypeVar("T")


class Client(Library):
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
        self._http = httpx.Client(**transport.options(self._address, timeout_s))

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def create_desk(self) -> Desk:
        """A new guest desk; give its `desk_id` to another Client."""
        return self._ask(self._address.create_desk())

    def page_url(self, job_id: str) -> str | None:
        """Where a browser shows the job; None where only a token opens the desk."""
        return self._address.page_url(job_id)

    def rotate_link(self, *, idempotency_key: str | None = None) -> Desk:
        """Give this guest desk another address; whoever has the old one is shut out, this client
        uses the new one. A lost answer is asked for again with the same key: give one of your own
        (20 characters or more, random) to ask again after an error, too."""
        made = self._ask(self._address.rotate_link(idempotency_key))
        self._address.desk = made.desk_id
        return made

    def rotate_link_of(self, key: str) -> Desk:
        """The same for any guest desk, by its key, with an operator's token."""
        return self._ask(self._address.rotate_link_of(key))

    def snapshot(self) -> Snapshot:
        return self._ask(self._address.snapshot())

    def submit(
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
        return self._ask(
            self._address.submit(
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
        ).job

    def submit_file(
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
        return self._ask(call).job

    def jobs(self, *, status: str | None = None, kind: str | None = None) -> Iterator[Job]:
        """All jobs, newest first, fetched page by page."""
        seen = 0
        for page in count(1):
            answer = self._ask(self._address.jobs(status, kind, page))
            yield from answer.jobs
            seen += len(answer.jobs)
            if not answer.jobs or seen >= answer.total:
                return

    def ledger(self, *, page: int = 1, size: int = 50) -> LedgerPage:
        """The desk's tokens and what moved them, the newest first."""
        return self._ask(self._address.ledger(page, size))

    def preview_schedule(self, schedule: Schedule) -> tuple[NextPass, ...]:
        """When the next passes of such a job would be; nothing is made."""
        return (self._ask(self._address.preview_schedule(schedule))).passes

    def journeys(self) -> Journeys:
        """What the desk's browser is to do on request."""
        return self._ask(self._address.journeys())

    def set_journeys(
        self,
        journeys: Sequence[str | Journey | Mapping[str, Any]],
        *,
        replaces: str | UnsetType | None = UNSET,
    ) -> Journeys:
        """Replace them all; returns them as they are kept. With `replaces`, a digest or None for
        "there are none yet", only where nobody has changed them since. Raises Conflict."""
        return self._ask(self._address.set_journeys(journeys, replaces))

    def start_journeys(
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
        return self._ask(call).job

    def job(self, job_id: str) -> Job:
        return self._ask(self._address.job(job_id)).job

    def command(self, job_id: str, command: Command) -> Job:
        """One of the five commands below, by its name."""
        return self._ask(self._address.command(job_id, command)).job

    def start(self, job_id: str) -> Job:
        return self.command(job_id, "start")

    def pause(self, job_id: str) -> Job:
        return self.command(job_id, "pause")

    def resume(self, job_id: str) -> Job:
        return self.command(job_id, "resume")

    def cancel(self, job_id: str) -> Job:
        return self.command(job_id, "cancel")

    def delete(self, job_id: str) -> None:
        self._ask(self._address.delete(job_id))

    def audit(self, *, after: int = 0) -> AuditPage:
        """Who did what to the desk, oldest first."""
        return self._ask(self._address.audit(after))

    def audit_of(self, key: str, *, after: int = 0) -> AuditPage:
        """The same of any desk, by its key, for the bearer of an operator's token."""
        return self._ask(self._address.audit_of(key, after))

    def grant_to(
        self, desk: str, amount: int, *, key: str, note: str = "", name: str = ""
    ) -> Grant:
        """Add to the tokens of any desk, by its key, once for each `key`; for the bearer of an
        operator's token. With its `name` it is made where its user has not come yet."""
        return self._ask(self._address.grant_to(desk, amount, key, note, name))

    def set_plan_of(self, desk: str, plan: str, *, name: str = "") -> Plan:
        """Let the limits of a plan hold for any desk, in the same way."""
        return self._ask(self._address.set_plan_of(desk, plan, name))

    def artifacts(self, job_id: str) -> tuple[Artifact, ...]:
        return self._ask(self._address.artifacts(job_id)).artifacts

    def remove_files(self, job_id: str, names: Sequence[str]) -> int:
        """Remove artifacts of a job that does not run; returns how many there were."""
        return self._ask(self._address.remove_files(job_id, names)).removed

    def download(self, job_id: str, name: str, to: Path | Writer) -> int:
        """Write an artifact to a file; returns its size in bytes."""
        return self._stream(self._address.artifact(job_id, name), to)

    def export(self, job_id: str, to: Path | Writer, *, format: str = "jsonl") -> int:
        """Write the outcomes to a file (jsonl, json, csv, xlsx); returns its size in bytes."""
        return self._stream(self._address.export(job_id, format), to)

    def watch(self, job_id: str, *, timeout_s: float | None = None) -> Iterator[Job]:
        """The job now and whenever it changed, until it has ended. Bears a restart of the server.

        Raises NotFound when it was deleted, TimeoutError after `timeout_s`.
        """
        answer = self._ask(self._address.job(job_id))
        job, revision = answer.job, answer.revision
        yield job
        ends_at = None if timeout_s is None else time.monotonic() + timeout_s
        heard_at = time.monotonic()
        while not job.ended:
            wait_s = _poll_wait_s(ends_at, job)
            try:
                newer = self._ask(self._address.newer(revision, wait_s))
            except (Unreachable, ServerTrouble):
                if time.monotonic() - heard_at > transport.PATIENCE_S:
                    raise
                time.sleep(transport.LOST_INTERVAL_S)
                continue
            heard_at = time.monotonic()
            if newer is not None:
                revision, changed = newer.revision, newer.find(job_id)
                if changed.revision != job.revision:
                    yield changed
                job = changed
                time.sleep(0.0 if job.ended else transport.POLL_INTERVAL_S)

    def wait(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """The job once it has ended. Raises NotFound, TimeoutError."""
        *_, job = self.watch(job_id, timeout_s=timeout_s)
        return job

    def _ask(self, call: Call[T]) -> T:
        tried = 1
        reply = self._send(call)
        while (pause_s := transport.pause_before_again(call, tried, reply)) is not None:
            time.sleep(pause_s)
            tried += 1
            reply = self._send(call)
        return transport.answer_of(self._address, call, reply)

    def _send(self, call: Call[Any]) -> transport.Reply | transport.Lost:
        try:
            arguments = transport.arguments(call, self._timeout_s)
            return transport.reply_of(self._http.request(**arguments))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return transport.lost(self._address, error)

    def _stream(self, call: Call[bytes], to: Path | Writer) -> int:
        if isinstance(to, Path):
            with to.open("wb") as file:
                return self._stream(call, file)
        size_bytes = 0
        try:
            arguments = transport.arguments(call, self._timeout_s)
            with self._http.stream(**arguments) as response:
                if response.status_code != 200:
                    decode(self._address, call, response.status_code, response.read())
                for chunk in response.iter_bytes(transport.CHUNK_BYTES):
                    size_bytes += to.write(chunk)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise transport.lost(self._address, error).failure from error
        return size_bytes


def _poll_wait_s(ends_at: float | None, job: Job) -> float:
    if ends_at is None:
        return transport.POLL_WAIT_S
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError(f"job {job.id} is still {job.status}")
    return min(left, transport.POLL_WAIT_S)
