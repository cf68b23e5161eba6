"""The requests of the native API as values: pure, so that both clients share every one of them.

`Address` knows where the server and the desk are; its methods say what to send and how the answer
decodes. Sending is done by `blocking` and `aio`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Struct, UnsetType

from nightdesk.client.errors import error_of
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
    Outcome,
    Plan,
    Schedule,
    Snapshot,
)
from state.text import address_shown

DEFAULT_URL = "http://127.0.0.1:8400"
PAGE_SIZE = 500
# How long a server may take to read an uploaded file.
READING_S = 60.0

T = TypeVar("T")


# A part of a form: its file name (None for a field), its bytes, its type.
FormPart = tuple[str | None, bytes, str]


class Call(Struct, Generic[T], frozen=True, kw_only=True):
    """One request, and the type of its answer. `again` says that repeating it does no harm."""

    method: str
    path: str
    answer: Any
    params: Mapping[str, str | int] = {}
    body: bytes | None = None
    form: Mapping[str, FormPart] | None = None
    headers: Mapping[str, str] = {}
    again: bool = False
    wait_s: float = 0.0


class JobAnswer(Struct, frozen=True):
    job: Job
    revision: int


class DeletedAnswer(Struct, frozen=True):
    deleted: str
    revision: int


class RemovedAnswer(Struct, frozen=True):
    removed: int
    revision: int


class JobsAnswer(Struct, frozen=True):
    jobs: tuple[Job, ...]
    total: int
    page: int
    size: int


class ItemsAnswer(Struct, frozen=True):
    items: tuple[Outcome, ...]
    total: int
    offset: int
    limit: int


class PassesAnswer(Struct, frozen=True):
    passes: tuple[NextPass, ...]


class ArtifactsAnswer(Struct, frozen=True):
    artifacts: tuple[Artifact, ...]


class Address:
    """Where the server is, which desk is meant, and who is asking."""

    def __init__(self, url: str | None, desk: str | None, token: str | None) -> None:
        self.url = (url or os.environ.get("NIGHTDESK_URL") or DEFAULT_URL).rstrip("/")
        # A desk that is named is not the token's: with both there would be no such desk.
        self.token = token or (os.environ.get("NIGHTDESK_TOKEN") if desk in (None, "me") else None)
        self.desk = desk or ("me" if self.token else "local")

    @property
    def shown(self) -> str:
        """The server's address for messages: without the password that a proxy before it wants."""
        return address_shown(self.url)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def page_url(self, job_id: str) -> str | None:
        """Where a browser shows the job; None where only a token opens the desk."""
        if self.desk == "me":
            return None
        return f"{self.url}/s/{quote(self.desk, safe='')}/jobs/{quote(job_id, safe='')}"

    @property
    def stream_url(self) -> str:
        return "ws" + self.url.removeprefix("http") + self._path("stream")

    def create_desk(self) -> Call[Desk]:
        return Call(method="POST", path="/api/desks", answer=Desk)

    def rotate_link(self, idempotency_key: str | None) -> Call[Desk]:
        """With a random key, by which a lost answer can be asked for again."""
        return Call(
            method="POST",
            path=self._path("rotate-link"),
            answer=Desk,
            headers={"Idempotency-Key": idempotency_key or uuid.uuid4().hex},
            again=True,
        )

    def rotate_link_of(self, key: str) -> Call[Desk]:
        path = f"/api/operator/desks/{quote(key, safe='')}/rotate-link"
        return Call(method="POST", path=path, answer=Desk)

    def snapshot(self) -> Call[Snapshot]:
        return Call(method="GET", path=self._path(), answer=Snapshot, again=True)

    def newer(self, after: int, wait_s: float) -> Call[Snapshot | None]:
        """Waits at the server; None where nothing came."""
        return Call(
            method="GET",
            path=self._path(),
            answer=Snapshot | None,
            params={"after": after, "wait": ceil(wait_s)},
            again=True,
            wait_s=wait_s,
        )

    def submit(
        self,
        items: Sequence[str | Mapping[str, Any]],
        *,
        kind: str,
        name: str,
        spec: Mapping[str, Any] | None,
        priority: int,
        lane: str | None,
        start: bool,
        schedule: Schedule | None,
        idempotency_key: str | None,
    ) -> Call[JobAnswer]:
        """With a key of its own, so that it can be repeated when the answer is lost."""
        job = job_fields(kind, name, spec, priority, lane, start=start, schedule=schedule)
        return Call(
            method="POST",
            path=self._path("jobs"),
            answer=JobAnswer,
            body=msgspec.json.encode({**job, "items": list(items)}),
            headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
            again=True,
        )

    def submit_file(
        self,
        file_name: str,
        data: bytes,
        *,
        sheet: str | None,
        kind: str,
        name: str,
        spec: Mapping[str, Any] | None,
        priority: int,
        lane: str | None,
        start: bool,
        schedule: Schedule | None,
        idempotency_key: str | None,
    ) -> Call[JobAnswer]:
        """The same with a file that the server reads."""
        job = job_fields(kind, name, spec, priority, lane, start=start, schedule=schedule)
        form: dict[str, FormPart] = {
            "job": (None, msgspec.json.encode(job), "application/json"),
            "items": (file_name, data, "application/octet-stream"),
        }
        if sheet is not None:
            form["sheet"] = (None, sheet.encode(), "text/plain")
        return Call(
            method="POST",
            path=self._path("jobs"),
            answer=JobAnswer,
            form=form,
            wait_s=READING_S,
            headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
            again=True,
        )

    def jobs(self, status: str | None, kind: str | None, page: int) -> Call[JobsAnswer]:
        wanted = {"status": status, "kind": kind}
        params: dict[str, str | int] = {name: x for name, x in wanted.items() if x is not None}
        params |= {"page": page, "size": PAGE_SIZE}
        path = self._path("jobs")
        return Call(method="GET", path=path, answer=JobsAnswer, params=params, again=True)

    def ledger(self, page: int, size: int) -> Call[LedgerPage]:
        path, params = self._path("ledger"), {"page": page, "size": size}
        return Call(method="GET", path=path, answer=LedgerPage, params=params, again=True)

    def preview_schedule(self, schedule: Schedule) -> Call[PassesAnswer]:
        return Call(
            method="POST",
            path=self._path("schedule", "preview"),
            answer=PassesAnswer,
            body=msgspec.json.encode(schedule),
            again=True,
        )

    def journeys(self) -> Call[Journeys]:
        return Call(method="GET", path=self._path("journeys"), answer=Journeys, again=True)

    def set_journeys(
        self,
        journeys: Sequence[str | Journey | Mapping[str, Any]],
        replaces: str | UnsetType | None,
    ) -> Call[Journeys]:
        """Whole, so that it can be repeated when the answer is lost; but not where it replaces
        certain ones, which the first try has done away with."""
        said = {} if replaces is UNSET else {"replaces": replaces}
        return Call(
            method="PUT",
            path=self._path("journeys"),
            answer=Journeys,
            body=msgspec.json.encode({"journeys": list(journeys), **said}),
            again=replaces is UNSET,
        )

    def start_journeys(
        self,
        indices: Sequence[int] | None,
        *,
        auto_generate: bool,
        ignore_completed: bool,
        options: Mapping[str, Any] | None,
        idempotency_key: str | None,
    ) -> Call[JobAnswer]:
        """With a key of its own, so that it can be repeated when the answer is lost."""
        chosen = {} if indices is None else {"indices": list(indices)}
        body = {"auto_generate": auto_generate, "ignore_completed": ignore_completed, **chosen}
        return Call(
            method="POST",
            path=self._path("journeys", "start"),
            answer=JobAnswer,
            body=msgspec.json.encode({**body, "options": dict(options or {})}),
            headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
            again=True,
        )

    def job(self, job_id: str) -> Call[JobAnswer]:
        return Call(method="GET", path=self._path("jobs", job_id), answer=JobAnswer, again=True)

    def command(self, job_id: str, command: Command) -> Call[JobAnswer]:
        return Call(
            method="POST",
            path=self._path("jobs", job_id, command),
            answer=JobAnswer,
            headers={"Idempotency-Key": str(uuid.uuid4())},
            again=True,
        )

    def delete(self, job_id: str) -> Call[DeletedAnswer]:
        return Call(method="DELETE", path=self._path("jobs", job_id), answer=DeletedAnswer)

    def audit(self, after: int) -> Call[AuditPage]:
        path, params = self._path("audit"), {"after": after}
        return Call(method="GET", path=path, answer=AuditPage, params=params, again=True)

    def audit_of(self, key: str, after: int) -> Call[AuditPage]:
        path = f"/api/operator/desks/{quote(key, safe='')}/audit"
        return Call(method="GET", path=path, answer=AuditPage, params={"after": after}, again=True)

    def grant_to(self, desk: str, amount: int, key: str, note: str, name: str) -> Call[Grant]:
        body = {"amount": amount, "key": key, "note": note, "name": name}
        return _operators(desk, "grant", body, Grant)

    def set_plan_of(self, desk: str, plan: str, name: str) -> Call[Plan]:
        return _operators(desk, "plan", {"plan": plan, "name": name}, Plan)

    def artifacts(self, job_id: str) -> Call[ArtifactsAnswer]:
        path = self._path("jobs", job_id, "artifacts")
        return Call(method="GET", path=path, answer=ArtifactsAnswer, again=True)

    def remove_files(self, job_id: str, names: Sequence[str]) -> Call[RemovedAnswer]:
        path, body = self._path("jobs", job_id, "files"), msgspec.json.encode({"names": names})
        return Call(method="DELETE", path=path, answer=RemovedAnswer, body=body)

    def artifact(self, job_id: str, name: str) -> Call[bytes]:
        path = self._path("jobs", job_id, "artifacts", name)
        return Call(method="GET", path=path, answer=bytes)

    def export(self, job_id: str, format: str) -> Call[bytes]:
        path = self._path("jobs", job_id, "export")
        return Call(method="GET", path=path, answer=bytes, params={"format": format})

    def _path(self, *parts: str) -> str:
        return "/".join(["/api/desks", *(quote(part, safe="") for part in (self.desk, *parts))])


def job_fields(
    kind: str,
    name: str,
    spec: Mapping[str, Any] | None,
    priority: int,
    lane: str | None,
    *,
    start: bool,
    schedule: Schedule | None,
) -> dict[str, Any]:
    """What is said of a job besides its items."""
    job: dict[str, Any] = {"kind": kind, "name": name, "priority": priority, "start": start}
    job["spec"] = dict(spec or {})
    said = {"lane": lane, "schedule": schedule}
    return job | {field: value for field, value in said.items() if value is not None}


def _operators(desk: str, what: str, body: Mapping[str, Any], answer: type[T]) -> Call[T]:
    """Asked of any desk, by its key."""
    return Call(
        method="POST",
        path=f"/api/operator/desks/{quote(desk, safe='')}/{what}",
        answer=answer,
        body=msgspec.json.encode(body),
        again=True,
    )


def decode(address: Address, call: Call[T], status: int, body: bytes) -> T:
    """The answer of a call. Raises what the server said (nightdesk.client.errors)."""
    try:
        if 200 <= status < 300 or status == 304:
            answer: T = msgspec.json.decode(body or b"null", type=call.answer)
            return answer
        told = msgspec.json.decode(body)
    except msgspec.DecodeError:
        told = None
    raise error_of(status, told, address.shown)
