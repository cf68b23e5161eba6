"""Looks at the operator's WebUI in a worker for the network: whether it is there, what it is at.

No kind of job: users cannot ask for it. `workers.errands` leases it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from actors.ports import ItemContext, ItemResult, LeasedItem, Tools, ToolUnavailable
from actors.ports.webui import NOT_NAMED, WEBUI, Glance
from executors.webui.client import Failed, NotUp, WebUI
from state.model import OutcomeStatus

# Whoever waits for it is a page: what takes longer is not there for it.
LOOK_S = 4.0


class GlanceExecutor:
    """See Executor. The spec says nothing, and nor does an item."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[GlanceRunner]:
        try:
            service = tools.http.service(WEBUI)
        except LookupError:
            raise ToolUnavailable(NOT_NAMED) from None
        yield GlanceRunner(WebUI(service))


class GlanceRunner:
    """Looks once for each item; what it sees is the item's result."""

    def __init__(self, webui: WebUI) -> None:
        self._webui = webui

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner."""
        seen = msgspec.to_builtins(await glance_at(self._webui))
        return ItemResult(status=OutcomeStatus.OK, result=seen)


async def glance_at(webui: WebUI) -> Glance:
    """What is wrong with it is told in words, not raised."""
    try:
        seen = await webui.look(LOOK_S)
    except NotUp as away:
        return Glance(listens=away.listens, reason=str(away))
    except Failed as failed:
        return Glance(listens=True, reason=str(failed))
    if seen is None:
        return Glance(listens=True, answers=True)
    return Glance(listens=True, answers=True, share=seen.share, step=seen.step, steps=seen.steps)
