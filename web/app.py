"""The front end, put together: routes, error handling and the front door, from what it is given.

`nightdesk.serve` calls `build_app` once and hands the result to Hypercorn.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, cast

from quart import has_request_context, request, websocket
from quart.wrappers import Response
from quart_trio import QuartTrio

from web.access import Access, Shared
from web.agents.api import AgentsApi
from web.asked_api import AskedApi
from web.audit_api import AuditApi
from web.auth import Auth
from web.cap_api import CapApi
from web.causes_api import CausesApi
from web.create_api import CreateApi
from web.deps import WebDeps, WebSettings
from web.desk_api import DESK, DeskApi
from web.dialects.background.api import background_routes
from web.dialects.batchgo.api import batchgo_routes
from web.dialects.batchgo.paths import SOCKETS
from web.dialects.batchgo.routing import REFUSAL
from web.dialects.batchgo.talk import SUMMARY as BATCH_SOCKET
from web.dialects.batchgo.talk import BatchSockets
from web.dialects.documents.api import documents_routes
from web.dialects.documents.sockets import DocumentSockets
from web.dialects.shapes import told
from web.dialects.sockets import SocketDoor
from web.dialects.taskmanager.api import manager_routes
from web.dialects.taskmanager.paths import SOCKETS as MANAGER_SOCKETS
from web.dialects.taskmanager.routing import REFUSAL as MANAGER_REFUSAL
from web.dialects.taskmanager.talk import SUMMARY as MANAGER_SOCKET
from web.dialects.taskmanager.talk import ManagerSockets
from web.docs_page import Description
from web.document_pages import DocumentPages
from web.documents.job_api import DocumentJobsApi
from web.documents.making import DocumentSupplies
from web.documents.outline_api import OutlineApi
from web.documents.pictures_api import PicturesApi
from web.documents.preview_api import PreviewApi
from web.documents.sources import Sources
from web.documents.sources_api import SourcesApi
from web.documents.templates import Templates
from web.documents.templates_api import TemplatesApi
from web.door import Door
from web.drafts import planner_of
from web.egress_api import EgressApi
from web.errors import Answer, Told, answer_error
from web.exchange import ROUTE, App
from web.feed import Feeds
from web.gallery.api import FoldersApi
from web.gallery.items_api import ItemPicturesApi
from web.guard import guarded
from web.handing import Handing
from web.hosts_api import HostsApi
from web.journeys import Journeys
from web.journeys_api import JourneysApi
from web.kept_archives import KeptArchives
from web.kinds_api import KindsApi, forms_of
from web.ledger_api import LedgerApi
from web.links_api import LinksApi
from web.live_api import LiveApi
from web.log_api import LogApi
from web.making import DeskMaker
from web.matched import MatchedRule
from web.metrics import Metrics
from web.operator_api import OperatorApi
from web.operator_view import OperatorViewApi
from web.outline_api import JobOutlineApi
from web.page_files import PageFiles, load_page
from web.pages import Pages
from web.proxies import Proxies
from web.proxies_api import ProxiesApi
from web.rates import Rate, Rates
from web.removal_api import RemovalApi
from web.repeat_api import RepeatApi
from web.results_api import ResultsApi
from web.retry_api import RetryApi
from web.routes import Route, integer
from web.schedules_api import SchedulesApi
from web.series_api import SeriesApi
from web.shares_api import SharesApi
from web.sockets import Sockets
from web.stream import Stream
from web.tab_api import TabApi
from web.text_api import TextApi
from web.threads import Threads
from web.timeline_api import TimelineApi
from web.webhooks_api import WebhooksApi
from web.webui_api import WebUIApi
from web.workshop.characters_api import CharactersApi
from web.workshop.models_api import ModelsApi
from web.workshop.presets import Presets
from web.workshop.presets_api import PresetsApi

# Where the application keeps what it was declared to be: endpoint -> Route. A test compares what it
# does with that.
DECLARED = "nightdesk.routes"

_THREADS = 2


def build_app(deps: WebDeps) -> QuartTrio:
    """The application: an ASGI app that owns no task and no state but caches."""
    rates = _rates(deps.settings, deps.clock)
    auth = Auth(
        deps.keyring,
        local_desk=deps.settings.local_desk,
        desks=deps.desks,
        rates=rates,
        now=deps.now,
        issuer=deps.issuer,
    )
    metrics = Metrics(deps.version, deps.gauges)
    app = _bare_app(deps)
    _handle_errors(app, deps.log)
    _note_routes(app)
    routes = _all_routes(deps, auth, rates, metrics)
    for route in routes:
        _register(app, route, auth, rates)
    app.extensions[DECLARED] = {route.name: route for route in routes}
    # Quart types its events one by one; the door passes on whatever they are.
    inner = cast(App, app.asgi_app)
    app.asgi_app = Door(inner, deps, auth, metrics)  # type: ignore[method-assign, assignment]
    return app


def _bare_app(deps: WebDeps) -> QuartTrio:
    app = QuartTrio(__name__, static_folder=None, template_folder=None)
    app.config.update(
        # The door has read the body, within its limits, and times the answer.
        MAX_CONTENT_LENGTH=deps.settings.max_body_bytes,
        BODY_TIMEOUT=None,
        RESPONSE_TIMEOUT=None,
        PROVIDE_AUTOMATIC_OPTIONS=True,
    )
    app.url_rule_class = MatchedRule
    # One spelling of a path: "//" is not "/".
    app.url_map.merge_slashes = False
    return app


def _rates(settings: WebSettings, clock: Callable[[], float]) -> Rates:
    return Rates(
        commands=Rate(settings.desk_rate_per_s, settings.desk_burst),
        new_desks=Rate(settings.new_desk_rate_per_s, settings.new_desk_burst),
        misses=Rate(settings.miss_rate_per_s, settings.miss_burst),
        clock=clock,
    )


def _all_routes(deps: WebDeps, auth: Auth, rates: Rates, metrics: Metrics) -> list[Route]:
    feeds, threads, maker = Feeds(), Threads(_THREADS), DeskMaker(deps.desks, rates)
    files = load_page(deps.page)
    sockets, journeys = Sockets(deps, auth, metrics), Journeys(deps, threads)
    templates, sources = Templates(deps), Sources(deps, threads)
    supplies, kept = DocumentSupplies(templates, sources), KeptArchives()
    stream = Stream(deps, feeds, sockets)
    handing = Handing(deps, threads, sources, supplies)
    others = SocketDoor(
        deps, auth, sockets, [ManagerSockets(deps, sockets), BatchSockets(deps, sockets)]
    )
    socket = Route(
        method="GET",
        rule=f"{DESK}/stream",
        name="stream",
        access=Access.DESK,
        shared=Shared.VIEW,
        handler=stream.serve,
        summary="What changes, as it changes (WebSocket)",
        parameters=(integer("after", "The revision that is known."),),
        errors=("invalid_request", "forbidden_origin"),
        websocket=True,
    )
    routes = [
        *DeskApi(deps, feeds, maker).routes(),
        *_of_making(deps, threads, handing),
        *TemplatesApi(deps, threads, templates, sources).routes(),
        *SourcesApi(deps, threads, sources).routes(),
        *PicturesApi(deps, threads).routes(),
        *PresetsApi(deps, threads, Presets(deps)).routes(),
        *CharactersApi(deps, threads).routes(),
        *ModelsApi(deps, threads).routes(),
        *OutlineApi(deps, threads, supplies).routes(),
        *PreviewApi(deps, threads, supplies).routes(),
        *SchedulesApi(deps, threads).routes(),
        *AuditApi(deps).routes(),
        *EgressApi(deps, threads).routes(),
        *ProxiesApi(deps, threads, Proxies(deps, threads)).routes(),
        *WebhooksApi(deps, threads).routes(),
        *LinksApi(deps, auth).routes(),
        *SharesApi(deps, threads).routes(),
        *TextApi(deps).routes(),
        *LedgerApi(deps).routes(),
        *JourneysApi(deps, threads, journeys).routes(),
        *_of_results(deps, threads, kept),
        *LogApi(deps).routes(),
        *LiveApi(deps).routes(),
        *WebUIApi(deps).routes(),
        socket,
        *TabApi(deps, sockets).routes(),
        *others.routes(SOCKETS, REFUSAL, "dialect_socket", BATCH_SOCKET),
        *others.routes(MANAGER_SOCKETS, MANAGER_REFUSAL, "manager_socket", MANAGER_SOCKET),
        *background_routes(deps, auth, rates, maker, threads, journeys),
        *batchgo_routes(deps, threads, auth, sockets),
        *documents_routes(deps, threads, templates, sources, supplies, kept),
        *DocumentSockets(deps, sockets).routes(),
        *manager_routes(deps, threads),
        *_of_the_house(deps, auth, maker, metrics, files),
    ]
    return routes + Description(routes, deps.version, files).routes()


def _of_the_house(
    deps: WebDeps, auth: Auth, maker: DeskMaker, metrics: Metrics, files: PageFiles
) -> list[Route]:
    """Of its operator, and its pages."""
    return [
        *OperatorApi(deps, metrics).routes(),
        *OperatorViewApi(deps).routes(),
        *Pages(deps, auth, maker, files).routes(),
        *DocumentPages(files).routes(),
    ]


def _of_making(deps: WebDeps, threads: Threads, handing: Handing) -> list[Route]:
    """Of what jobs there may be, and of making them."""
    settings = deps.settings
    kinds = KindsApi(
        deps.executors,
        forms_of(deps.executors, planner_of(deps).limits),
        deps.packages,
        deps.lacks,
        settings.prices.price_of_kind,
        settings.max_items,
    )
    return [
        *CreateApi(handing).routes(),
        *JobOutlineApi(deps, handing).routes(),
        *AskedApi(deps, threads).routes(),
        *kinds.routes(),
    ]


def _of_results(deps: WebDeps, threads: Threads, kept: KeptArchives) -> list[Route]:
    """Of what jobs have done and made, and to have it done again."""
    return [
        *ResultsApi(deps, threads, kept).routes(),
        *CausesApi(deps).routes(),
        *HostsApi(deps, threads).routes(),
        *DocumentJobsApi(deps, threads, kept).routes(),
        *SeriesApi(deps).routes(),
        *TimelineApi(deps).routes(),
        *RetryApi(deps).routes(),
        *RepeatApi(deps, threads).routes(),
        *RemovalApi(deps, threads).routes(),
        *CapApi(deps, threads).routes(),
        *FoldersApi(deps, threads).routes(),
        *ItemPicturesApi(deps, threads).routes(),
        *AgentsApi(deps, threads, kept).routes(),
    ]


def _register(app: QuartTrio, route: Route, auth: Auth, rates: Rates) -> None:
    """The one way to a handler: behind the check that its route declares."""
    handler = guarded(route, auth, rates)
    if route.websocket:
        app.add_websocket(route.rule, route.name, handler)
    else:
        app.add_url_rule(route.rule, route.name, handler, methods=[route.method])


def _handle_errors(app: QuartTrio, log: Any) -> None:
    async def handle(error: Exception) -> Response:
        return answer_error(error, log, _rule(), _tell)

    # All of them, Quart's own refusals included: one shape for every error.
    app.register_error_handler(Exception, handle)


def _tell(error: BaseException, answer: Answer) -> Told:
    context = request if has_request_context() else websocket
    return told(error, answer, context.path, context.headers.get("Accept-Language"))


def _note_routes(app: QuartTrio) -> None:
    async def note() -> None:
        context = request if has_request_context() else websocket
        cast(MutableMapping[str, Any], context.scope)[ROUTE] = _rule()

    app.before_request(note)
    app.before_websocket(note)


def _rule() -> str:
    context = request if has_request_context() else websocket
    return context.url_rule.rule if context.url_rule is not None else "(none)"
