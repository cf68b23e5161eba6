"""The executor of the spoilt desks' items: says who did an item, so that one done again shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Plan, PlanLimits, Tools
from executors.secrets import fill
from state.model import OutcomeStatus

KIND = "echo"


class EchoSpec:
    """The server's half."""

    kind = KIND
    pool = "net"
    runner = "torture.corruption.work:Echo"
    manifest: tuple[str, ...] = ()

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """Desks are made through the store: nobody creates a job here."""
        raise NotImplementedError

    def describe(self, item: Raw) -> dict[str, Any]:
        """The item itself."""
        return {"item": msgspec.json.decode(item)}

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """As those of the fetch executor."""
        return fill(spec, secrets)


class Echo:
    """The worker's half: every item is ok and says itself, and the secret it was given."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        """Nothing is shared."""
        yield _Echoing(spec.get("token"))


class _Echoing:
    def __init__(self, token: str | None) -> None:
        self._token = token

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        said = {"by": "after", "item": msgspec.json.decode(item.payload), "token": self._token}
        return ItemResult(status=OutcomeStatus.OK, result=said)
