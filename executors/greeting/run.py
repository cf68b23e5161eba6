"""Greets one proxy in a worker for the network: connects to it, by the rules of the egress.

No kind of job: users cannot ask for it. `workers.errands` leases it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from actors.ports import HttpClient, HttpError, ItemContext, ItemResult, LeasedItem, Tools
from executors.greeting.item import Greeting
from state.model import OutcomeStatus


class GreetingExecutor:
    """See Executor. The spec says nothing."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[GreetingRunner]:
        yield GreetingRunner(tools.http)


class GreetingRunner:
    """Greets one proxy for each item."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner."""
        greeting = msgspec.json.decode(item.payload, type=Greeting)
        try:
            await self._http.greet_proxy(greeting.proxy, greeting.timeout_s)
        except HttpError as error:
            return ItemResult(status=OutcomeStatus.FAILED, result={}, error=str(error))
        return ItemResult(status=OutcomeStatus.OK, result={})
