"""A job's items, why some of them failed, and what is done about that, for the client: what is told
of them, and the requests, which both clients share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from nightdesk.client.calls import PAGE_SIZE, Address, Call, ItemsAnswer, JobAnswer

# Filters of items: their names in the API, and what each must be.
Where = Mapping[str, str]
ANY: Where = MappingProxyType({})


class HostCount(Struct, frozen=True):
    """So many of a group's items asked that host."""

    host: str
    n: int


class Cause(Struct, frozen=True, kw_only=True):
    """`n` items that failed of the same cause; None for those that have no group of their own.
    `host` is the one that was asked; None where there were several (`hosts_n`, of which `hosts` are
    the first), or none. `advice` is a word for what would help. `filter` finds just these items, as
    `where` and `only`."""

    cause: str | None
    host: str | None = None
    n: int
    advice: str
    hosts_n: int = 0
    hosts: tuple[HostCount, ...] = ()
    examples: tuple[int, ...] = ()
    since: datetime
    latest: datetime
    filter: dict[str, str] | None = None


class CausesAnswer(Struct, frozen=True):
    failed: int
    causes: tuple[Cause, ...]


class HostPace(Struct, frozen=True):
    """At most `max_in_flight` of the job's items at once (0: as many as it has), and `delay_s` from
    the start of one to that of the next."""

    max_in_flight: int = 0
    delay_s: float = 0.0


class Host(Struct, frozen=True, kw_only=True):
    """A host that a job's items ask: how many have ended, failed, and were answered with 429 or
    503. `pace` is how its user has slowed it; `interval_s` how far apart the server asks it by
    itself, and `wait_s` how long nothing goes there."""

    host: str
    n: int = 0
    failed_n: int = 0
    busy_n: int = 0
    pace: HostPace | None = None
    interval_s: float = 0.0
    wait_s: float = 0.0


class HostsAnswer(Struct, frozen=True):
    hosts: tuple[Host, ...]
    most_slowed: int


class FailuresAddress(Address):
    """The requests for it."""

    def items(
        self,
        job_id: str,
        status: str | None,
        offset: int,
        where: Where = ANY,
        sort: str = "",
        descending: bool = False,
    ) -> Call[ItemsAnswer]:
        asked: dict[str, str | int] = {"offset": offset, "limit": PAGE_SIZE, **where}
        order = "desc" if descending else ""
        asked |= {
            name: value
            for name, value in (("status", status), ("sort", sort), ("order", order))
            if value
        }
        path = self._path("jobs", job_id, "items")
        return Call(method="GET", path=path, answer=ItemsAnswer, params=asked, again=True)

    def causes(self, job_id: str) -> Call[CausesAnswer]:
        path = self._path("jobs", job_id, "causes")
        return Call(method="GET", path=path, answer=CausesAnswer, again=True)

    def hosts(self, job_id: str) -> Call[HostsAnswer]:
        path = self._path("jobs", job_id, "hosts")
        return Call(method="GET", path=path, answer=HostsAnswer, again=True)

    def pace(self, job_id: str, host: str, pace: HostPace | None) -> Call[JobAnswer]:
        path, body = self._path("jobs", job_id, "hosts", host), msgspec.json.encode(pace)
        return Call(method="PUT", path=path, answer=JobAnswer, body=body, again=True)

    def retry(
        self, job_id: str, http_status: str, text: str, extracted: Mapping[str, str], where: Where
    ) -> Call[JobAnswer]:
        said = {"http_status": http_status, "text": text}
        values = {f"extracted.{name}": value for name, value in extracted.items()}
        params = {**where, **{name: value for name, value in said.items() if value}, **values}
        return msgspec.structs.replace(self.command(job_id, "retry"), params=params)

    def repeat(
        self,
        job_id: str,
        idempotency_key: str | None,
        only: Where | None,
        changes: Mapping[str, Any],
        name: str,
        start: bool,
    ) -> Call[JobAnswer]:
        """Whole, so that it can be repeated when the answer is lost."""
        said: dict[str, Any] = {} if only is None else {"only": dict(only)}
        said |= {"changes": dict(changes)} if changes else {}
        said |= {"name": name} if name else {}
        said |= {} if start else {"start": False}
        return Call(
            method="POST",
            path=self._path("jobs", job_id, "repeat"),
            answer=JobAnswer,
            body=msgspec.json.encode(said) if said else None,
            headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
            again=True,
        )
