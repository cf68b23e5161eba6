"""The server: everything is built here, handed down, and ended in the order of the nesting.

    lock > store > pools, sample site > desks > front end

What is written further in stops first: the front end (sockets get 1012, requests a moment), then
the desks (they drain, save and close), then the worker processes, then the lock is let go. The
desks do not wait for a front end that hangs, and the process does not wait for anything that does.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path

import trio
from msgspec.structs import replace
from structlog.typing import FilteringBoundLogger

import web
from actors.house import ActorSettings, House, OperatorTarget
from actors.ports import BrowserUnavailable
from actors.ports.office import OfficeUnavailable
from actors.supervisor import Supervisor
from executors.fetch.spec import FetchSpec
from executors.folders import Folders
from executors.tab.spec import TabSpec
from nightdesk import parts
from nightdesk.calendars import CountryCalendar
from nightdesk.config import SAMPLE_SITE_FILE, Config
from nightdesk.demo import SampleSite, run_sample_site
from nightdesk.descriptors import raise_limit, sockets_within
from nightdesk.front import serve_front
from nightdesk.health import gauges, readiness
from nightdesk.issuers import check_is_another, trusted_issuer
from nightdesk.kinds import Kinds, deliveries_of, enclosures_of, server_kinds
from nightdesk.lacking import lacks_of
from nightdesk.listeners import CannotListen, open_listener, url_of
from nightdesk.logs import adopt_libraries, build_log
from nightdesk.operators import operator_targets
from nightdesk.overview.building import AtStart, house_watch
from nightdesk.overview.lines import RecentLines
from nightdesk.overview.settings import Origin
from nightdesk.parts import Address
from nightdesk.pictures import opened_folders
from nightdesk.services import operator_services, webui_settings
from nightdesk.sources import source_cookies
from nightdesk.stopping import Stop, wait_for_signals
from nightdesk.tariff import Tariff, read_tariff
from state import scratch
from state.errors import StateError
from state.lock import DataLock
from state.privacy import PRIVATE_UMASK, close_to_others
from state.rotation import SecretFolder
from state.scratch import open_scratch
from state.secret import load_secret
from state.store import FileStore
from web.app import build_app
from web.deps import WebDeps, WebSettings
from web.dialects.documents.measured import MeasuredEstimates
from web.issuer import Issuer
from web.keyring import Keyring
from workers import collector
from workers.browser.find import find_chromium
from workers.by_pool import WorkersByPool
from workers.office.find import find_office
from workers.pool import Pools, PoolSettings
from workers.tabs.pool import TabPool
from workers.webui.house import WebUIHouse

EXIT_REFUSED = 2

# Threads that sync hold the GIL for moments; the loop should not wait 5 ms for each.
SWITCH_INTERVAL_S = 0.001


class CannotServe(Exception):
    """The server cannot start; nothing was changed. The message is shown as it is."""


def run_server(config: Config, origins: Mapping[str, Origin]) -> int:
    """Serve until a signal; returns the exit code. Raises ConfigError before touching anything.
    `origins` say where the settings came from."""
    parts.check_targets(config)
    parts.check_proxies(config)
    parts.server_proxies(config)
    operator_services(config)
    webui_settings(config)
    kinds = server_kinds(config)
    issuer = trusted_issuer(config)
    tariff = read_tariff(config.tariff, kinds.executors)
    targets = operator_targets(config)
    os.umask(PRIVATE_UMASK)
    at_start = AtStart(RecentLines(time.time), origins)
    log = build_log(config.log_format, config.log_level, kept=at_start.lines)
    adopt_libraries(log)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    collector.settle()
    try:
        with ExitStack() as held:
            keyring, listeners = _hold(config, held, log)
            check_is_another(issuer, keyring)
            kept = (keyring, issuer, listeners, at_start, log)
            trio.run(_serve, config, kinds, tariff, targets, *kept)
    except (CannotServe, StateError) as error:
        sys.stderr.write(f"nightdesk: {error}\n")
        return EXIT_REFUSED
    log.info("stopped")
    return 0


def _hold(
    config: Config, held: ExitStack, log: FilteringBoundLogger
) -> tuple[Keyring, list[socket.socket]]:
    """The data folder first, so that a second server on it touches nothing; then its secret and
    the ports."""
    with _folder_in_words(config):
        held.enter_context(DataLock(config.data))
        if (mode := close_to_others(config.data)) is not None:
            log.warning("the data folder was open to other accounts", mode=f"{mode:04o}")
        open_scratch(config.data)
        load_secret(config.data)
        keyring = Keyring(SecretFolder(config.data), time.time, log)
    try:
        return keyring, [
            held.enter_context(
                open_listener(
                    host,
                    port,
                    backlog=config.backlog,
                    send_timeout_s=config.socket_send_timeout_s,
                )
            )
            for host, port in config.binds()
        ]
    except CannotListen as error:
        raise CannotServe(str(error)) from error


@contextmanager
def _folder_in_words(config: Config) -> Iterator[None]:
    """What the system says of the data folder becomes one line for whoever starts the server."""
    try:
        yield
    except OSError as error:
        raise CannotServe(f"cannot use the folder {config.data}: {error.strerror}") from error


async def _serve(
    config: Config,
    kinds: Kinds,
    tariff: Tariff,
    targets: Sequence[OperatorTarget],
    keyring: Keyring,
    issuer: Issuer | None,
    listeners: Sequence[socket.socket],
    at_start: AtStart,
    log: FilteringBoundLogger,
) -> None:
    """The nesting of the module's docstring, from the store inwards."""
    stop = Stop(config.stop_s, log)
    addresses: list[Address] = [listener.getsockname()[:2] for listener in listeners]
    folders = opened_folders(config)
    cookies = source_cookies(config)
    executors = kinds.executors
    async with _opened_store(config) as store, trio.open_nursery() as outside:
        await outside.start(wait_for_signals, stop.begin)
        outside.start_soon(keyring.watch)
        site = await _start_sample_site(config, outside, log)
        with _folder_in_words(config):
            pool_settings = _pool_settings(config, kinds, addresses, site, log)
            pools = Pools(pool_settings, executors, log)
        await outside.start(pools.run)
        tabs = TabPool(executors[FetchSpec.kind], pools, log)
        outside.start_soon(tabs.run)
        webui = WebUIHouse(webui_settings(config), pools.errands().glance, log)
        await outside.start(webui.run)
        _say_found(config, kinds, log)
        estimates = MeasuredEstimates()
        settings = parts.actor_settings(config, tariff, targets)
        house = _house(settings, store, kinds, pools, tabs, targets, folders, estimates, log)
        supervisor = Supervisor(house)
        watch = house_watch(config, at_start, house, store, supervisor, pools)
        outside.start_soon(watch.run)
        asked = parts.web_settings(config, addresses, tariff)
        deps = _web_deps(config, asked, keyring, house, pools, supervisor, site, stop)
        app = build_app(
            replace(
                deps,
                issuer=issuer,
                tabs=tabs,
                estimates=estimates,
                folders=folders,
                source_cookies=cookies,
                webui=webui,
                house=watch,
                packages={one.executor.kind: one.package for one in kinds.installed},
                lacks=lacks_of(config, kinds.executors),
            )
        )
        async with trio.open_nursery() as desks:
            await desks.start(_run_desks, supervisor, stop)
            outside.start_soon(_leave_front_behind, stop, desks.cancel_scope)
            async with trio.open_nursery() as front:
                await front.start(serve_front, app, config, listeners, stop.begun, log)
                _say_ready(config, addresses, log)
            desks.cancel_scope.cancel()
        outside.cancel_scope.cancel()


def _house(
    settings: ActorSettings,
    store: FileStore,
    kinds: Kinds,
    pools: Pools,
    tabs: TabPool,
    targets: Sequence[OperatorTarget],
    folders: Folders,
    paces: MeasuredEstimates,
    log: FilteringBoundLogger,
) -> House:
    return House(
        store=store,
        workers=WorkersByPool({TabSpec.pool: tabs}, pools),
        executors=kinds.executors,
        settings=settings,
        log=log,
        now=time.time,
        calendar=CountryCalendar(),
        errands=pools.errands(),
        targets={target.id: target for target in targets},
        paces=paces,
        enclosures=enclosures_of(store, folders),
        deliveries=deliveries_of(store, folders),
    )


async def _run_desks(
    supervisor: Supervisor,
    stop: Stop,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """However the desks end, the rest of the server ends with them."""
    try:
        await supervisor.run(task_status=task_status)
    finally:
        stop.saved()


async def _leave_front_behind(stop: Stop, desks: trio.CancelScope) -> None:
    """End the desks a moment after the front end was told to stop, whether it has or not."""
    await stop.begun.wait()
    await trio.sleep(parts.FRONT_STOP_S)
    desks.cancel()


@asynccontextmanager
async def _opened_store(config: Config) -> AsyncIterator[FileStore]:
    store = FileStore.opened(
        config.data,
        threads=config.storage_threads,
        max_log_bytes=config.max_log_bytes,
        max_audit_bytes=config.max_audit_bytes,
        max_artifact_bytes=config.max_artifact_bytes,
        ballast_bytes=config.ballast_bytes,
    )
    async with AsyncExitStack() as held:
        with _folder_in_words(config):
            opened = await held.enter_async_context(store)
        yield opened


async def _start_sample_site(
    config: Config, nursery: trio.Nursery, log: FilteringBoundLogger
) -> SampleSite | None:
    if config.sample_site == "off":
        return None
    site: SampleSite = await nursery.start(run_sample_site, config.data / SAMPLE_SITE_FILE, log)
    return site


def _pool_settings(
    config: Config,
    kinds: Kinds,
    addresses: Sequence[Address],
    site: SampleSite | None,
    log: FilteringBoundLogger,
) -> PoolSettings:
    limit = raise_limit()
    sockets = sockets_within(limit, config.max_outgoing_sockets)
    if sockets < config.max_outgoing_sockets:
        log.warning(
            "fewer outgoing sockets than configured: the limit of open files is low",
            sockets=sockets,
            configured=config.max_outgoing_sockets,
            open_files_limit=limit,
        )
    targets = [] if site is None else [site.target]
    return parts.pool_settings(config, addresses, targets, sockets, kinds.folders)


def _slowed(pools: Pools) -> list[tuple[str, float, float]]:
    return [(host.key, host.interval_s, host.wait_s) for host in pools.slowed_hosts()]


def _web_deps(
    config: Config,
    settings: WebSettings,
    keyring: Keyring,
    house: House,
    pools: Pools,
    supervisor: Supervisor,
    site: SampleSite | None,
    stop: Stop,
) -> WebDeps:
    return WebDeps(
        desks=supervisor.directory,
        store=house.store,
        executors=house.executors,
        keyring=keyring,
        settings=settings,
        stopping=stop.begun,
        page=Path(web.__file__).with_name("page"),
        slowed=lambda: _slowed(pools),
        scratch=config.data / scratch.NAME,
        version=version("nightdesk"),
        log=house.log,
        now=house.now,
        calendar=house.calendar,
        sample_items=() if site is None else site.urls(),
        sample_journeys=() if site is None else site.journeys(),
        tables=pools.table_reader(parts.table_limits(config)),
        documents=pools.documents(),
        live=pools,
        proxies=pools,
        errands=house.errands,
        readiness=lambda: readiness(supervisor.parked, house.stats, pools.lacks()),
        gauges=lambda: gauges(house.stats),
    )


def _say_kinds(kinds: Kinds, log: FilteringBoundLogger) -> None:
    """Whose code runs here besides ours."""
    for one in kinds.installed:
        kind, package = one.executor.kind, one.package
        log.info("kind of job of another package", kind=kind, package=package, version=one.version)


def _say_found(config: Config, kinds: Kinds, log: FilteringBoundLogger) -> None:
    _say_kinds(kinds, log)
    _say_browser(config, log)
    _say_office(config, log)


def _say_browser(config: Config, log: FilteringBoundLogger) -> None:
    """What the workers will find. A server without a browser does all other kinds of jobs."""
    try:
        log.info("chromium found", program=str(find_chromium(config.chromium)))
    except BrowserUnavailable as error:
        log.warning("no browser: jobs that need one will fail", reason=str(error))


def _say_office(config: Config, log: FilteringBoundLogger) -> None:
    """As for the browser: a server without LibreOffice only makes no PDF of Word documents."""
    try:
        log.info("libreoffice found", program=str(find_office(config.soffice)))
    except OfficeUnavailable as error:
        log.warning("no Word document will become a PDF", reason=str(error))


def _say_ready(config: Config, addresses: Sequence[Address], log: FilteringBoundLogger) -> None:
    """The one line on stdout; whoever started us may wait for it."""
    if parts.has_local_desk(config, addresses) and not parts.only_loopback(addresses):
        log.warning(
            "ANYONE who reaches this server may use the desk `local`: it is on, and the address "
            "is not a loopback one (--local-desk off)",
        )
    host, port = addresses[0]
    sys.stdout.write(f"Nightdesk is at {url_of(host, port)}\n")
    sys.stdout.flush()
