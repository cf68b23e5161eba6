"""The light half of the agent executor: validates a job, and says what its calls cost, in the
server. See `docs/agents.md`.

Nothing here opens a connection; `executors.agent.run` is the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw, Struct

from actors.ports import Plan, PlanLimits
from actors.ports.forms import Asked, Form
from executors.agent.items import ItemNames, asked_item, describe_item, task_schema
from executors.agent.model.prices import PriceTable
from executors.agent.options import KEYS, Endpoint, cap_of, form_of, read_options
from executors.asked import asked_job
from executors.problems import Problems, read_items
from executors.secrets import SecretNames, fill
from state.spending import NO_CAP, SpendCap

_PREFIX = "agent."
COMMANDS_OFF = (
    "must be false: the operator of this server has not allowed commands (--agent-commands on)"
)


class AgentSettings(Struct, frozen=True):
    """How the operator has set the kind up. Each desk may spend `day_cap` in a day: where that is
    money, a price must be known."""

    endpoints: tuple[Endpoint, ...] = ()
    commands: bool = False
    day_cap: SpendCap = NO_CAP


class AgentSpec:
    """ExecutorSpec of kind `agent`."""

    kind = "agent"
    pool = "net"
    runner = "executors.agent.run:AgentExecutor"
    manifest: tuple[str, ...] = ()

    def __init__(
        self,
        settings: AgentSettings | None = None,
        prices: PriceTable | None = None,
        keys: Sequence[str] = (),
    ) -> None:
        """`keys` are the operator's: no prompt is kept with one of them in it."""
        self.settings = settings or AgentSettings()
        self.prices = prices or PriceTable()
        self._keys = tuple(keys)
        self._urls = {each.name: each.url for each in self.settings.endpoints}

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The stored spec has every field, defaults filled in, and the
        prices of its models as they are now."""
        problems = Problems()
        stored = read_options(spec, self.settings.endpoints, problems)
        own = [stored[field] for field in KEYS if isinstance(stored.get(field), str)]
        keys = (*own, *self._keys)
        good = read_items(items, ItemNames(stored["endpoint"], keys).read, limits, problems)
        if stored["commands"] is True and not self.settings.commands:
            problems.add(None, "commands", COMMANDS_OFF)
        problems.raise_if_any()
        prices = self._priced(stored, problems)
        problems.raise_if_any()
        secrets = SecretNames()
        hidden = {field: secrets.hide(_PREFIX, stored[field]) for field in KEYS if field in stored}
        return Plan(
            items=good,
            spec={**stored, **hidden, "prices": prices},
            secrets=secrets.values,
            concurrency=min(stored["concurrency"], limits.max_concurrency),
            # The engine asks again itself, and a task that has ended has ended.
            retries=0,
            cap=cap_of(stored),
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        return describe_item(item)

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets."""
        return fill(spec, secrets)

    def form(self, limits: PlanLimits) -> Form:
        """See Formed.form."""
        commands = self.settings.commands
        spec = form_of(self.settings.endpoints, commands=commands)
        return Form(spec=spec, item=task_schema(), files=("json", "txt", "md"))

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        return asked_job(self.form(limits), spec, items, asked_item)

    def _priced(self, stored: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
        """The prices of both models by the role that they have; None where nobody knows one."""
        has_cap = any(cap_of(stored, each).picousd is not None for each in ("", "task_"))
        prices: dict[str, Any] = {}
        for role, prefix in (("coder", ""), ("judge", "judge_")):
            model = stored[f"{prefix}model"]
            price = self.prices.of(model, self._urls[stored[f"{prefix}endpoint"]])
            prices[role] = None if price is None else price.stored()
            if price is None and (has_cap or self.settings.day_cap.picousd is not None):
                whose = "the job" if has_cap else "this server"
                problems.add(
                    None,
                    f"{prefix}model",
                    f"has a price that nobody knows ({model}), and {whose} caps what is spent in"
                    " money: cap tokens instead, or have the operator name its price"
                    " (--agent-prices)",
                )
        return prices
