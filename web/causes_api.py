"""Why items of a job have failed, in groups: what would help, and how the items are found."""

from __future__ import annotations

from msgspec import Struct
from quart import Response

from state.causes import advice_of
from state.groups import CauseGroup, CausePage
from web.access import Access, Shared
from web.deps import WebDeps
from web.desk_api import JOB
from web.http import json_answer
from web.routes import Route
from web.schemas import Count, Time
from web.views import wire_time
from web.visit import Visit


class HostCount(Struct, frozen=True):
    """So many of a group's items asked that host."""

    host: str
    n: Count


class Cause(Struct, frozen=True):
    """`n` items that failed of the same cause. `cause` is a status of HTTP, `poisoned`, or words of
    the error; null for those that have no group of their own, which no filter finds. `host` is the
    one that was asked; null where there were several (`hosts_n`, the first of them in `hosts`), or
    none. `advice` is a word for what would help. `filter` finds exactly these items, in the queries
    of `items`, `export` and `retry`, and in `only` of `repeat`."""

    cause: str | None
    host: str | None
    n: Count
    advice: str
    hosts_n: Count
    hosts: list[HostCount]
    examples: list[Count]
    since: Time
    latest: Time
    filter: dict[str, str] | None


class CauseList(Struct, frozen=True):
    """The largest group first. `failed` is what all of them have together."""

    failed: Count
    causes: list[Cause]


class CausesApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=f"{JOB}/causes",
                name="get_causes",
                access=Access.DESK,
                handler=self.causes,
                summary="Why items of a job have failed, all of them, in groups",
                answer=CauseList,
                shared=Shared.VIEW,
            )
        ]

    async def causes(self, visit: Visit, job: str) -> Response:
        with visit.reading(job) as view:
            run, again = view.job.run, view.job.again
            page = await self._store.read_causes(visit.key, job, run=run, again=again)
        return json_answer(wire_causes(page))


def wire_causes(page: CausePage) -> CauseList:
    return CauseList(page.failed, [_wire(group) for group in page.groups])


def _wire(group: CauseGroup) -> Cause:
    return Cause(
        cause=group.cause,
        host=group.host,
        n=group.n,
        advice="look" if group.cause is None else advice_of(group.cause),
        hosts_n=group.hosts_n,
        hosts=[HostCount(host, n) for host, n in group.hosts],
        examples=list(group.examples),
        since=wire_time(group.since),
        latest=wire_time(group.latest),
        filter=_filter(group),
    )


def _filter(group: CauseGroup) -> dict[str, str] | None:
    if group.cause is None:
        return None
    found = {"status": "failed", "cause": group.cause}
    return found if group.host is None else {**found, "host": group.host}
