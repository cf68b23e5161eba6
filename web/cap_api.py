"""How much the calls of a job's items may cost, changed after the job was made. Built by
`web.app`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct
from quart import Response

from actors.caps import CapJob
from state.spending import SpendCap, picousd
from web import schemas
from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import JOB, REFUSALS, command_answer
from web.http import invalid
from web.routes import Route
from web.threads import Threads
from web.visit import Visit

MAX_USD = 1_000_000
MAX_TOKENS = 10**15
# Twelve decimals are what is kept.
_Usd = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,12})?$", max_length=22)]


class CapBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`usd` is a decimal number as text, "0.50"; what is absent or null has no limit."""

    usd: _Usd | None = None
    tokens: Annotated[int, Meta(ge=0, le=MAX_TOKENS)] | None = None


class CapApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads

    def routes(self) -> list[Route]:
        return [
            Route(
                method="PUT",
                rule=f"{JOB}/cap",
                name="cap_job",
                access=Access.DESK,
                handler=self.cap,
                summary="Say how much the calls of the job's items may cost, from the next one on",
                body=CapBody,
                answer=schemas.CommandAnswer,
                errors=("invalid_request", *REFUSALS),
            )
        ]

    async def cap(self, visit: Visit, job: str) -> Response:
        asked = await checked_body(CapBody, self._settings, self._threads)
        dollars = None if asked.usd is None else Decimal(asked.usd)
        if dollars is not None and dollars > MAX_USD:
            reason = f"must be at most {MAX_USD:,} US dollars"
            raise invalid([{"index": None, "field": "usd", "reason": reason}])
        cap = SpendCap(asked.tokens, None if dollars is None else picousd(dollars))
        return command_answer(await visit.ask(CapJob(job, cap)))
