"""The light half: an item is `{"lines_per_s", "seconds"}`."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import Plan
from state.model import InputItem


class NoisySpec:
    """The entry point. Nobody but the bench hands over its jobs: they are right."""

    kind = "noisy"
    pool = "net"
    runner = "noisy_kind.run:Noisy"
    manifest = ()

    def plan(self, spec, items, limits) -> Plan:
        good = [InputItem(Raw(msgspec.json.encode(item))) for item in items]
        return Plan(items=good, spec={}, secrets={}, concurrency=len(good), retries=0)

    def describe(self, item) -> dict[str, Any]:
        return {}

    def pool_of(self, spec) -> str:
        return self.pool

    def fill_secrets(self, spec, secrets) -> dict[str, Any]:
        return spec
