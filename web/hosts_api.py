"""The hosts of a job: how they answered, how they are asked now, and how its user slows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct
from quart import Response

from actors.paces import PaceHost
from actors.rules.jobs import MAX_PACED_HOSTS
from executors.urls import parse_url
from state.causes import MAX_HOST_CHARS, host_of, named_host
from state.groups import HostSum
from state.model import Job
from state.paces import HostPace
from web import schemas
from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import JOB, REFUSALS, command_answer
from web.http import body, invalid, json_answer
from web.routes import Route
from web.schemas import Count
from web.threads import Threads
from web.validate import field_error
from web.visit import Visit

MAX_AT_ONCE = 10_000
MAX_DELAY_S = 3_600.0
_NO_HOST = (
    "must be a host as it stands in addresses, with its port where that is neither 80 nor 443, of"
    f" at most {MAX_HOST_CHARS} characters"
)
_HOST = re.compile(r"[^\s/?#\\@]+")


class PaceBody(Struct, frozen=True, forbid_unknown_fields=True):
    """At most `max_in_flight` of the job's items at once (0: as many as the job has), and `delay_s`
    from the start of one to the start of the next. One of them at least."""

    max_in_flight: Annotated[int, Meta(ge=0, le=MAX_AT_ONCE)] = 0
    delay_s: Annotated[float, Meta(ge=0, le=MAX_DELAY_S)] = 0.0


class Host(Struct, frozen=True):
    """`n` items that asked it have ended, `failed_n` count as failed, `busy_n` were answered with
    429 or 503. `pace` is what the job's user has said; null: nothing. `interval_s` is how far apart
    this server asks it anyway, for all jobs, because it has complained; 0: at will."""

    host: str
    n: Count
    failed_n: Count
    busy_n: Count
    pace: PaceBody | None
    interval_s: float
    wait_s: float


class HostList(Struct, frozen=True):
    """Those that are slowed, then those that are busiest; a hundred besides. `most_slowed` is how
    many may be slowed."""

    hosts: list[Host]
    most_slowed: Count


class HostsApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._store = deps.store
        self._settings = deps.settings
        self._threads = threads
        self._slowed = deps.slowed

    def routes(self) -> list[Route]:
        rule = f"{JOB}/hosts/<host>"
        errors = ("invalid_request", "limit_reached", *REFUSALS)
        return [
            Route(
                method="GET",
                rule=f"{JOB}/hosts",
                name="list_hosts",
                access=Access.DESK,
                handler=self.hosts,
                summary="The hosts that a job's items ask: how they answer, and at what pace",
                answer=HostList,
            ),
            Route(
                method="PUT",
                rule=rule,
                name="pace_host",
                access=Access.DESK,
                handler=self.pace,
                summary="Slow a host for this job from now on; null lets it go",
                body=PaceBody,
                answer=schemas.CommandAnswer,
                errors=errors,
            ),
        ]

    async def hosts(self, visit: Visit, job: str) -> Response:
        with visit.reading(job) as view:
            run, again = view.job.run, view.job.again
            page = await self._store.read_causes(visit.key, job, run=run, again=again)
        return json_answer(HostList(self._listed(view.job, page.hosts), MAX_PACED_HOSTS))

    def _listed(self, job: Job, found: tuple[HostSum, ...]) -> list[Host]:
        sums = {each.host: each for each in found}
        learned = {host_of(key): (interval, wait) for key, interval, wait in self._slowed()}
        known = [*sums.values(), *_unasked(job, sums)]
        rows = [
            _wire(each, job.paces.get(name), learned.get(name))
            for each in known
            if (name := _kept_name(each.host))
        ]
        return sorted(rows, key=lambda row: row.pace is None)

    async def pace(self, visit: Visit, job: str, host: str) -> Response:
        pace = await self._asked()
        name = host.strip()
        if len(name) > MAX_HOST_CHARS or _HOST.fullmatch(name) is None:
            raise invalid([field_error("host", _NO_HOST)])
        return command_answer(await visit.ask(PaceHost(job, _kept_name(name), pace)))

    async def _asked(self) -> HostPace | None:
        data = await body()
        if data.strip() == b"null":
            return None
        asked = await checked_body(PaceBody, self._settings, self._threads, data)
        if not asked.max_in_flight and not asked.delay_s:
            raise invalid([field_error("max_in_flight", "or delay_s is needed; null lifts both")])
        return HostPace(asked.max_in_flight, asked.delay_s)


def _kept_name(host: str) -> str:
    """What the host is called where jobs keep its pace: as the keys of items have it, whichever
    way their addresses spell it (`münchen.example`, `EXAMPLE.com.`, `2130706433`)."""
    try:
        return host_of(parse_url(f"http://{host}/").text)
    except ValueError:
        # No address of HTTP has it: what asks it is known by it as it stands.
        return named_host(host)


def _unasked(job: Job, sums: Mapping[str, HostSum]) -> list[HostSum]:
    """Those that are slowed, and that nothing which has ended has asked."""
    asked = {_kept_name(name) for name in sums}
    return [HostSum(name, 0, 0, 0) for name in job.paces if name not in asked]


def _wire(found: HostSum, pace: HostPace | None, learned: tuple[float, float] | None) -> Host:
    interval_s, wait_s = learned or (0.0, 0.0)
    return Host(
        host=found.host,
        n=found.n,
        failed_n=found.failed_n,
        busy_n=found.busy_n,
        pace=None if pace is None else PaceBody(pace.max_in_flight, pace.delay_s),
        interval_s=round(interval_s, 3),
        wait_s=round(wait_s, 1),
    )
