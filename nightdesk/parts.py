"""Translates `Config` into what each layer is given. Pure; called by `nightdesk.serve`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from tzlocal import get_localzone_name

from actors.house import ActorSettings, OperatorTarget
from executors.domains import normalize_domain
from executors.pools import normalized
from executors.tables.limits import TableLimits
from nightdesk.config import Config
from nightdesk.endpoints import desk_cap
from nightdesk.front import GRACEFUL_S
from nightdesk.operators import operator_of
from nightdesk.pictures import readable_folders
from nightdesk.ranges import ConfigError
from nightdesk.services import operator_services
from nightdesk.tariff import Tariff
from state import scratch
from web.clients import parse_network
from web.deps import WebSettings
from web.dialects.documents.naming import LANE as DOCUMENTS_LANE
from workers.browsing import BrowsingSettings
from workers.cpu import CpuSettings
from workers.net.policy import parse_allow_target
from workers.office_pool import OfficePoolSettings
from workers.pool import PoolSettings

_HOUR_S = 3600.0
# In DATA/scratch: the folders of jailed workers, of those with LibreOffice, of those with browsers,
# of net workers' helpers, of tasks of agents and of the commands that these run.
WORKERS = "workers"
OFFICES = "offices"
BROWSERS = "browsers"
HELPERS = "helpers"
TASKS = "tasks"
COMMANDS = "commands"
# Fields of `ActorSettings` that are not the config's own numbers.
_COMPUTED = (
    *("retention_s", "background_retention_s", "idempotency_ttl_s", "stop_s", "plans"),
    *("operator", "lane_width", "lane_widths", "desk_cap"),
)
_WEB_COMPUTED = (
    *("own_hosts", "allow_origin", "local_desk", "prices", "plans", "timezone"),
    "crawl_without_robots",
)
# Beyond its grace the front end is left behind: a sender to a client that never reads is shielded.
FRONT_STOP_S = GRACEFUL_S + 0.5

# An address as `socket.getsockname` gives it, as far as it matters here.
Address = tuple[str, int]


def actor_settings(
    config: Config, tariff: Tariff, targets: Sequence[OperatorTarget] = ()
) -> ActorSettings:
    widths = config.lane_widths()
    return ActorSettings(
        operator=operator_of(config, targets),
        plans=tariff.plans,
        desk_cap=desk_cap(config),
        lane_width=widths.every,
        lane_widths={**widths.named, DOCUMENTS_LANE: config.documents_at_once},
        retention_s=config.retention_h * _HOUR_S,
        background_retention_s=config.background_retention_h * _HOUR_S,
        idempotency_ttl_s=config.idempotency_ttl_h * _HOUR_S,
        # What is left of the server's time when the front end has had its share.
        stop_s=max(config.stop_s - FRONT_STOP_S, config.stop_s / 2),
        **_same_names(config, ActorSettings, but=_COMPUTED),
    )


def pool_settings(
    config: Config,
    addresses: Sequence[Address],
    targets: Sequence[str],
    sockets: int,
    modules: Sequence[str] = (),
) -> PoolSettings:
    """`targets` (ADDRESS:PORT) are sites of ours; `sockets` is what the system has room for;
    `modules` are folders with modules that are not among the libraries."""
    return PoolSettings(
        tool_settings=_tools(config, addresses, targets, sockets),
        max_outgoing_sockets=sockets,
        cpu=CpuSettings(
            scratch=config.data / scratch.NAME / WORKERS,
            readable=(*readable_folders(config), *modules),
            **_same_names(config, CpuSettings, but=("scratch", "readable", "programs")),
        ),
        office=OfficePoolSettings(
            scratch=config.data / scratch.NAME / OFFICES,
            **_same_names(config, OfficePoolSettings, but=("scratch", "readable")),
        ),
        browser=BrowsingSettings(
            scratch=config.data / scratch.NAME / BROWSERS,
            **_same_names(config, BrowsingSettings, but=("scratch",)),
        ),
        python_path=tuple(modules),
        **_same_names(
            config,
            PoolSettings,
            but=(
                "tool_settings",
                "python_path",
                "now",
                "max_outgoing_sockets",
                "cpu",
                "office",
                "browser",
            ),
        ),
    )


def _tools(
    config: Config, addresses: Sequence[Address], targets: Sequence[str], sockets: int
) -> dict[str, Any]:
    """What workers for the network are given, each tool its own part."""
    http = {
        "allow_target": [*config.allow_target, *targets],
        "allow_domain": config.allow_domain,
        "deny_domain": config.deny_domain,
        "own_sites": [target.rpartition(":")[0] for target in targets],
        "own_ports": [port for _, port in addresses],
        "proxies": server_proxies(config),
        "services": operator_services(config),
        "dns_threads": config.dns_threads,
        "max_sockets": sockets,
    }
    helpers = {
        # The workers stand in another folder than the server.
        "scratch": str((config.data / scratch.NAME / HELPERS).resolve()),
        "jail": config.jail,
        "processes": config.extract_processes,
        "time_s": config.extract_s,
        "memory_bytes": config.extract_max_memory_bytes,
        "max_bytes": config.max_extract_bytes,
    }
    tools: dict[str, Any] = {"http": http, "helpers": helpers}
    if config.agent_endpoint:
        tools["tasks"] = str((config.data / scratch.NAME / TASKS).resolve())
        if config.agent_commands == "on":
            folder = config.data / scratch.NAME / COMMANDS
            tools["commands"] = {"scratch": str(folder.resolve()), "jail": config.jail}
    return tools


def table_limits(config: Config) -> TableLimits:
    return TableLimits(**_same_names(config, TableLimits, but=()))


def web_settings(config: Config, addresses: Sequence[Address], tariff: Tariff) -> WebSettings:
    names = {host.lower() for host, _ in config.binds()} - {host for host, _ in addresses}
    return WebSettings(
        own_hosts=frozenset({*names, *(host.lower() for host in config.allow_host)}),
        allow_origin=frozenset(config.allow_origin),
        local_desk=has_local_desk(config, addresses),
        prices=tariff.prices,
        plans=tariff.plans,
        timezone=_zone(config),
        crawl_without_robots=config.crawl_without_robots == "on",
        **_same_names(config, WebSettings, but=_WEB_COMPUTED),
    )


def _zone(config: Config) -> str:
    """Of schedules that name none. The machine's has no name where a file of its own tells it."""
    if config.timezone != "auto":
        return config.timezone
    try:
        return get_localzone_name() or "UTC"
    except ZoneInfoNotFoundError:
        return "UTC"


def has_local_desk(config: Config, addresses: Sequence[Address]) -> bool:
    """Whether callers who say nothing of themselves get the desk `local`.

    Whoever names a proxy lets strangers in through it, be it on this machine.
    """
    if config.local_desk == "auto":
        return only_loopback(addresses) and not config.trusted_proxy
    return config.local_desk == "on"


def only_loopback(addresses: Sequence[Address]) -> bool:
    return all(ip_address(host).is_loopback for host, _ in addresses)


def check_targets(config: Config) -> None:
    """Raises ConfigError for an `--allow-target` or a domain of a list that names nothing."""
    readers: list[tuple[str, Sequence[str], Callable[[str], object]]] = [
        ("--allow-target", config.allow_target, parse_allow_target),
        ("--allow-domain", config.allow_domain, normalize_domain),
        ("--deny-domain", config.deny_domain, normalize_domain),
    ]
    for flag, texts, read in readers:
        for text in texts:
            try:
                read(text)
            except ValueError as error:
                raise ConfigError(f"{flag} {text}: {error}") from error


def server_proxies(config: Config) -> list[str]:
    """The server's own pool: whole addresses, each once. Raises ConfigError, which quotes none."""
    texts = [("--proxy", str(at + 1), text) for at, text in enumerate(config.proxy)]
    if config.proxy_file:
        try:
            lines = Path(config.proxy_file).read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--proxy-file {config.proxy_file}: {error}") from error
        texts += [
            (f"--proxy-file {config.proxy_file}", f"line {number}", line)
            for number, line in enumerate(lines, 1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
    found: dict[str, None] = {}
    for flag, place, text in texts:
        try:
            found[normalized(text)] = None
        except ValueError as error:
            raise ConfigError(f"{flag} ({place}): {error}") from error
    return list(found)


def check_proxies(config: Config) -> None:
    """Raises ConfigError for a `--trusted-proxy` that is no address and no network."""
    for text in config.trusted_proxy:
        try:
            parse_network(text)
        except ValueError as error:
            raise ConfigError(f"--trusted-proxy {text}: {error}") from error


def _same_names(
    config: Config, settings: type[msgspec.Struct], *, but: tuple[str, ...]
) -> dict[str, Any]:
    """The fields that the layer's settings and Config have under one name."""
    names = (field.name for field in msgspec.structs.fields(settings))
    return {name: getattr(config, name) for name in names if name not in but}
