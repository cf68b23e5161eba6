"""What happened when in a job: what its charts are drawn of. Built by `web.app`."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace
from quart import Response, request

from actors.messages import JobView
from state.buckets import Bucket, SeriesAsk, SeriesPage, Times
from state.model import TERMINAL
from state.series import ERRORS
from state.spending import usd_text
from web import series_schemas as schemas
from web.access import Access, Shared
from web.deps import WebDeps
from web.desk_api import JOB
from web.http import Query, json_answer, still_holds
from web.routes import IF_NONE_MATCH, TIME, Parameter, Route, integer
from web.views import wire_time
from web.visit import Visit

POINTS = 240
POINTS_MAX = 1_000
_NO_USD = "0"

_PARAMETERS = (
    integer("points", f"At most so many buckets, from 2 to {POINTS_MAX}.", default=POINTS),
    Parameter("from", TIME, "From then on; else from the start of the job."),
    Parameter("to", TIME, "Until then; else to its end, or now."),
    Parameter("since", TIME, "Of these, only the buckets that begin then or later."),
    IF_NONE_MATCH,
)


class Asked(Struct, frozen=True):
    """What a request asks for; see `SeriesAsk`."""

    points: int
    from_at: float | None
    to_at: float | None
    since: float | None


class SeriesApi:
    """One route. What it tells is counted from the job's outcomes, and kept nowhere else."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store
        self._now: Callable[[], float] = deps.now

    def routes(self) -> list[Route]:
        series = Route(
            method="GET",
            rule=f"{JOB}/series",
            name="get_series",
            access=Access.DESK,
            handler=self.series,
            summary="What happened when: items, times, errors and costs in buckets of time",
            answer=schemas.SeriesAnswer,
            parameters=_PARAMETERS,
            errors=("invalid_request",),
            shared=Shared.VIEW,
        )
        return [series]

    async def series(self, visit: Visit, job: str) -> Response:
        asked = _asked()
        with visit.reading(job) as view:
            # Of before its files are read: they have at least what that revision tells.
            headers = {"ETag": f'"{view.job.revision}"'}
            if still_holds(request.headers.get("If-None-Match"), headers["ETag"]):
                return Response(b"", 304, headers)
            ask = ask_of(view, asked, self._now())
            page = await self._store.read_series(visit.key, job, ask)
        told = _answer(view, page)
        response = json_answer(told if visit.share is None else _without_costs(told))
        response.headers["ETag"] = headers["ETag"]
        return response


def ask_of(view: JobView, asked: Asked, now: float) -> SeriesAsk:
    """The life of the job begins when it was first started, as far as that is known: what ended
    before shows by itself."""
    job = view.job
    begun = job.created_at if job.started_at is None else job.started_at
    ended = job.ended_at if job.status in TERMINAL else None
    return SeriesAsk(
        points=asked.points,
        begun_at=begun,
        until=now if ended is None else ended,
        from_at=asked.from_at,
        to_at=asked.to_at,
        since=asked.since,
    )


def _asked() -> Asked:
    query = Query(request.args)
    asked = Asked(
        points=query.integer("points", POINTS, low=2, high=POINTS_MAX),
        from_at=query.moment("from"),
        to_at=query.moment("to"),
        since=query.moment("since"),
    )
    if asked.from_at is not None and asked.to_at is not None and asked.to_at < asked.from_at:
        query.wrong("to", "must not be before `from`")
    query.done()
    return asked


def _answer(view: JobView, page: SeriesPage) -> schemas.SeriesAnswer:
    ok, failed, skipped = page.replaced
    return schemas.SeriesAnswer(
        since=wire_time(page.from_at),
        to=wire_time(page.to_at),
        width_s=page.width_s,
        buckets=[_bucket(each) for each in page.buckets],
        total=schemas.Happened(*_happened(page.total)),
        replaced=schemas.Replaced(ok, failed, skipped),
        growing=view.job.status not in TERMINAL,
        astray=page.astray,
        bad_lines=page.bad_lines,
        revision=view.job.revision,
    )


def _without_costs(told: schemas.SeriesAnswer) -> schemas.SeriesAnswer:
    """As whoever has a share link is told."""
    free = [replace(bucket, usd=_NO_USD, tokens=0) for bucket in told.buckets]
    return replace(told, buckets=free, total=replace(told.total, usd=_NO_USD, tokens=0))


def _bucket(bucket: Bucket) -> schemas.Bucket:
    return schemas.Bucket(*_happened(bucket), at=wire_time(bucket.at))


def _happened(
    bucket: Bucket,
) -> tuple[int, int, int, int, dict[str, int], schemas.Times | None, int, str, int]:
    ok, failed, skipped, lost = bucket.counts
    errors = {name: n for name, n in zip(ERRORS, bucket.errors, strict=True) if n}
    times, usd = _times(bucket.times), usd_text(bucket.picousd)
    return ok, failed, skipped, lost, errors, times, bucket.size_bytes, usd, bucket.tokens


def _times(times: Times | None) -> schemas.Times | None:
    if times is None:
        return None
    told = (times.least_ms, times.median_ms, times.p95_ms, times.most_ms)
    return schemas.Times(*(round(ms, 1) for ms in told))
