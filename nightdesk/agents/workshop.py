"""What tasks are worked on with, in this process: models over our own network client, folders of
the user's.

The client is that of the desk's workers, with a policy for each endpoint that lets its origin pass
and nothing else; redirects are not followed. Opened by `nightdesk.agents.running`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from actors.ports.commands import CommandTool
from executors.agent.engine.kit import Kit
from executors.agent.engine.news import News
from executors.agent.engine.redaction import Redactor
from executors.agent.files.folder import open_folder
from executors.agent.files.settings import GUARDED, FolderSettings
from executors.agent.model.client import Endpoint, Model, Terms
from executors.agent.model.prices import PriceTable
from executors.agent.model.trying import Timing
from executors.agent.ports import Book
from executors.agent.services import service_name
from nightdesk.agents.environment import Access
from nightdesk.agents.journal import FOLDER
from workers.net.client import NetClient, open_http

# How often a call is tried, and how long is waited between.
TIMING = Timing()


class Tools(Struct, frozen=True, kw_only=True):
    """What a batch is worked on with. `calls` are those that an endpoint gets at once; `told` hears
    why a call is made again. `own` are files of the batch itself, which no task changes."""

    coder: Access
    judge: Access
    prices: PriceTable
    own: tuple[Path, ...]
    told: Callable[[str], None]
    calls: int


class LocalWorkshop:
    """See `nightdesk.agents.batch.Workshop`."""

    def __init__(
        self, coder: Model, judge: Model, tools: Tools, commands: CommandTool | None
    ) -> None:
        self._coder = coder
        self._judge = judge
        self._tools = tools
        self._commands = commands

    @asynccontextmanager
    async def kit(
        self, folder: Path, keep: Path, book: Book, tell: Callable[[News], None]
    ) -> AsyncIterator[Kit]:
        # They may be in the task's own folder, and are nothing for a model to change.
        own = (path.name.lower() for path in self._tools.own if folder in path.parents)
        settings = FolderSettings(guarded=(*GUARDED, FOLDER, *own), durable=True)
        async with open_folder(folder, keep, settings, self._commands) as opened:
            yield Kit(
                coder=self._coder,
                judge=self._judge,
                folder=opened,
                book=book,
                tell=tell,
                redactor=Redactor((self._tools.coder.key, self._tools.judge.key)),
            )


@asynccontextmanager
async def open_workshop(
    tools: Tools, commands: CommandTool | None = None
) -> AsyncIterator[LocalWorkshop]:
    """Its connections are closed when it is left."""
    accesses = {"coder": tools.coder, "judge": tools.judge}
    services = {
        service_name(name): {
            "origin": access.base.origin,
            "prefix": access.base.prefix,
            "authorization": f"Bearer {access.key}" if access.key else "",
            "calls": tools.calls,
        }
        for name, access in accesses.items()
    }
    async with open_http({"services": services}) as client:
        endpoint = _endpoint(client, "coder", tools)
        coder = _model(tools, tools.coder, endpoint)
        if not _is_same(tools):
            endpoint = _endpoint(client, "judge", tools)
        judge = _model(tools, tools.judge, endpoint)
        yield LocalWorkshop(coder, judge, tools, commands)


def _is_same(tools: Tools) -> bool:
    """One endpoint for both counts its calls together."""
    return (tools.coder.base, tools.coder.key) == (tools.judge.base, tools.judge.key)


def _endpoint(client: NetClient, name: str, tools: Tools) -> Endpoint:
    return Endpoint(client.service(service_name(name)), at_once=tools.calls, timing=TIMING)


def _model(tools: Tools, access: Access, endpoint: Endpoint) -> Model:
    terms = Terms(price=tools.prices.of(access.model, access.base.url), told=tools.told)
    return Model(access.model, endpoint, terms)
