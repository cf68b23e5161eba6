"""All routes of the dialect. Built by `web.app`."""

from __future__ import annotations

from web.auth import Auth
from web.deps import WebDeps
from web.dialects.background.accounts import AccountsApi
from web.dialects.background.routing import routes_of
from web.dialects.background.tasks import TasksApi
from web.journeys import Journeys
from web.making import DeskMaker
from web.rates import Rates
from web.routes import Route
from web.threads import Threads


def background_routes(
    deps: WebDeps,
    auth: Auth,
    rates: Rates,
    maker: DeskMaker,
    threads: Threads,
    journeys: Journeys,
) -> list[Route]:
    """Every operation under each of its spellings."""
    tasks = TasksApi(deps, threads, journeys)
    accounts = AccountsApi(deps, auth, rates, maker, threads, journeys)
    return [route for row in tasks.rows() + accounts.rows() for route in routes_of(row)]
