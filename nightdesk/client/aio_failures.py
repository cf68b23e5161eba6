"""A job's items, and what is done about failures, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from nightdesk.client.calls import Call
from nightdesk.client.failures import ANY, Cause, FailuresAddress, Host, HostPace, Where
from nightdesk.client.models import Job, Outcome

T = TypeVar("T")


class AsyncFailures:
    """Asks by `_ask`, which the client has."""

    _address: FailuresAddress

    async def _ask(self, call: Call[T]) -> T:
        raise NotImplementedError

    async def items(
        self,
        job_id: str,
        *,
        status: str | None = None,
        where: Where = ANY,
        sort: str = "",
        descending: bool = False,
    ) -> AsyncIterator[Outcome]:
        """The newest ending of every item that has one, fetched page by page: by index, or sorted
        by status, time, duration, attempts, size or result. `where` are filters by their names in
        the API: `http_status`, `text`, `host`, `cause`, `attempts_from` and the like."""
        offset = 0
        while True:
            call = self._address.items(job_id, status, offset, where, sort, descending)
            answer = await self._ask(call)
            for item in answer.items:
                yield item
            offset += len(answer.items)
            if not answer.items or offset >= answer.total:
                return

    async def causes(self, job_id: str) -> tuple[Cause, ...]:
        """Why items have failed, all of them, the largest group first."""
        return (await self._ask(self._address.causes(job_id))).causes

    async def hosts(self, job_id: str) -> tuple[Host, ...]:
        """The hosts that the job's items ask: those that are slowed, then the busiest."""
        return (await self._ask(self._address.hosts(job_id))).hosts

    async def slow(
        self, job_id: str, host: str, *, max_in_flight: int = 0, delay_s: float = 0.0
    ) -> Job:
        """Have the job ask that host so from now on, also when it is tried again."""
        pace = HostPace(max_in_flight, delay_s)
        return (await self._ask(self._address.pace(job_id, host, pace))).job

    async def unslow(self, job_id: str, host: str) -> Job:
        """Let the job ask that host as it likes."""
        return (await self._ask(self._address.pace(job_id, host, None))).job

    async def retry(
        self,
        job_id: str,
        *,
        http_status: str = "",
        text: str = "",
        extracted: Mapping[str, str] = MappingProxyType({}),
        where: Where = ANY,
    ) -> Job:
        """Do the failed and the unprocessed items of an ended job again; of the failed ones only
        those that the filters find: `http_status` such as "5xx,404", `text` of the URL or the
        error, `extracted` values by name (an empty one: any), `where` as of `items`."""
        call = self._address.retry(job_id, http_status, text, extracted, where)
        return (await self._ask(call)).job

    async def repeat(
        self,
        job_id: str,
        *,
        only: Where | None = None,
        changes: Mapping[str, Any] = MappingProxyType({}),
        name: str = "",
        start: bool = True,
        idempotency_key: str | None = None,
    ) -> Job:
        """Make and start another job of all that this one was made of, however it stands; or of
        those of its items that the filters `only` find (`status` is one of them), with these
        `changes` of its spec."""
        call = self._address.repeat(job_id, idempotency_key, only, changes, name, start)
        return (await self._ask(call)).job
