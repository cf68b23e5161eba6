"""All routes of the dialect. Built by `web.app`."""

from __future__ import annotations

from web.auth import Auth
from web.deps import WebDeps
from web.dialects.batchgo.balances import BalancesApi
from web.dialects.batchgo.events import Events
from web.dialects.batchgo.legacy import LegacyApi
from web.dialects.batchgo.legacy_runs import LegacyRunsApi
from web.dialects.batchgo.live import LiveTasksApi
from web.dialects.batchgo.modes import Modes
from web.dialects.batchgo.offers import SCHEDULE_WORDS, TASK_WORDS, OffersApi
from web.dialects.batchgo.proxies import ProxiesRows
from web.dialects.batchgo.results import ResultsApi
from web.dialects.batchgo.routing import routes_of
from web.dialects.batchgo.service import Tasks
from web.dialects.batchgo.tasks import TasksApi
from web.dialects.batchgo.tokens import TokensApi
from web.proxies import Proxies
from web.routes import Route
from web.sockets import Sockets
from web.threads import Threads


def batchgo_routes(deps: WebDeps, threads: Threads, auth: Auth, sockets: Sockets) -> list[Route]:
    """Every operation under each of its spellings."""
    tasks = Tasks(deps, threads)
    modes = Modes(deps.calendar, deps.settings.timezone)
    rows = [
        *TasksApi(deps, threads, tasks, modes).rows(),
        *ResultsApi(deps, threads, tasks).rows(),
        *LegacyRunsApi(deps, threads, tasks, modes).rows(),
        *LegacyApi(deps, threads, tasks).rows(),
        *ProxiesRows(deps, threads, Proxies(deps, threads)).rows(),
        *BalancesApi(deps).rows(),
        *TokensApi(deps, threads, tasks).rows(),
        *OffersApi(deps, threads, tasks, modes, TASK_WORDS).rows(),
        *OffersApi(deps, threads, tasks, modes, SCHEDULE_WORDS).rows(),
        *LiveTasksApi(deps, tasks, Events(deps, auth, sockets)).rows(),
    ]
    return [route for row in rows for route in routes_of(row)]
