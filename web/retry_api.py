"""Doing again what failed of a job: all of it, or only what the filters of the items list find.

`chosen_of` serves the dialects that have such a command too.
"""

from __future__ import annotations

from quart import Response, request

from actors.messages import Chosen, Idempotency, RetryJob
from actors.ports import StoreReads
from state.model import OutcomeStatus
from state.wanted import OutcomeFilter
from web import schemas
from web.access import Access
from web.deps import WebDeps
from web.desk_api import JOB, REFUSALS, command_answer
from web.filters import PARAMETERS, read_filter
from web.http import Query, empty_body, idempotency
from web.routes import IDEMPOTENCY, Route, choice
from web.visit import Visit

_FAILED = OutcomeStatus.FAILED


class RetryApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store
        self._max_json_depth = deps.settings.max_json_depth

    def routes(self) -> list[Route]:
        status = choice("status", (_FAILED.value,), "What is done again anyway.")
        return [
            Route(
                method="POST",
                rule=f"{JOB}/retry",
                name="retry_job",
                access=Access.DESK,
                handler=self.retry,
                summary="Queue an ended job again with its unprocessed and its failed items",
                answer=schemas.CommandAnswer,
                parameters=(status, *PARAMETERS, IDEMPOTENCY),
                errors=("invalid_request", "insufficient_tokens", *REFUSALS),
            )
        ]

    async def retry(self, visit: Visit, job: str) -> Response:
        await empty_body(self._max_json_depth)
        where = retry_filter()
        chosen = None if where is None else await chosen_of(self._store, visit, job, where)
        return command_answer(await visit.ask(RetryJob(job, retry_key(visit), chosen)))


def retry_filter() -> OutcomeFilter | None:
    """Which of the failed items the request is for; None: for all. Raises WebError."""
    query = Query(request.args)
    query.choice("status", (_FAILED.value,))
    where = read_filter(query)
    query.done()
    return where


def retry_key(visit: Visit) -> Idempotency | None:
    """The same key with other filters asks for something else."""
    asked = request.query_string
    return idempotency(visit.key, *((asked,) if asked else ()))


async def chosen_of(store: StoreReads, visit: Visit, job_id: str, where: OutcomeFilter) -> Chosen:
    """How many of the failed items that job's filter finds. Raises WebError."""
    with visit.reading(job_id) as view:
        run, again = view.job.run, view.job.again
        found = await store.read_outcomes(
            visit.key, job_id, status=_FAILED, run=run, again=again, where=where, limit=1
        )
    return Chosen(where, run, found.total)
