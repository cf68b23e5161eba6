"""Puts the operator's view together, from what the server is made of; for `nightdesk.serve`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version

from msgspec import Struct

from actors.house import House
from actors.supervisor import Supervisor
from executors.agent.spec import AgentSpec
from nightdesk.config import Config
from nightdesk.overview.lines import RecentLines
from nightdesk.overview.process import ProcessGauge
from nightdesk.overview.settings import Origin, settings_seen
from nightdesk.overview.summary import WEBUI
from nightdesk.overview.watch import HouseWatch, NamedEndpoint, Watched
from state.store import FileStore
from state.text import address_shown
from workers.pool import Pools


class AtStart(Struct, frozen=True):
    """What is known before anything is built: the log's newest lines, and where settings came
    from."""

    lines: RecentLines
    origins: Mapping[str, Origin]


def house_watch(
    config: Config,
    at_start: AtStart,
    house: House,
    store: FileStore,
    supervisor: Supervisor,
    pools: Pools,
) -> HouseWatch:
    return HouseWatch(
        Watched(
            house=house,
            store=store,
            supervisor=supervisor,
            pools=pools,
            process=ProcessGauge(version("nightdesk"), house.now),
            lines=at_start.lines,
            folder=config.data.resolve(),
            settings=settings_seen(config, at_start.origins),
            endpoints=list(_endpoints(config, house)),
        )
    )


def _endpoints(config: Config, house: House) -> Iterator[NamedEndpoint]:
    """Those that the operator has named; none of their keys."""
    agents = house.executors.get(AgentSpec.kind)
    for each in agents.settings.endpoints if isinstance(agents, AgentSpec) else ():
        yield NamedEndpoint(each.name, "agent", address_shown(each.url), each.has_key)
    if config.webui:
        yield NamedEndpoint(WEBUI, WEBUI, address_shown(config.webui), bool(config.webui_auth_file))
