"""The light half of the generate executor: validates a job, in the server. See `docs/generate.md`.

Nothing here opens a connection; `executors.generate.run` is the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw

from actors.ports import Plan, PlanLimits
from actors.ports.forms import TABLE_FILES, Asked, Form
from executors.asked import asked_job
from executors.generate.items import asked_item, describe_item, item_schema, read_item
from executors.generate.options import PICTURES, form_of, read_options
from executors.problems import Problems, read_items
from executors.vision.sources import Sources


class GenerateSpec:
    """ExecutorSpec of kind `generate`. `folders` are the names of the folders of pictures that are
    open to all."""

    kind = "generate"
    pool = "net"
    runner = "executors.generate.run:GenerateExecutor"
    manifest: tuple[str, ...] = ()

    def __init__(self, folders: Sequence[str] = ()) -> None:
        self._folders = tuple(folders)

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The stored spec has every field, defaults filled in."""
        problems = Problems()
        stored = read_options(spec, problems)
        prompt = stored["prompt"] if isinstance(stored["prompt"], str) else ""
        named = spec.get(PICTURES)
        sources = Sources(named if isinstance(named, Mapping) else {}, self._folders)
        good = read_items(items, lambda raw: read_item(raw, prompt, sources), limits, problems)
        problems.raise_if_any()
        return Plan(
            items=good,
            spec=stored,
            secrets={},
            # The WebUI makes one after the other, whoever asks.
            concurrency=1,
            retries=stored["retries"],
            assets=sources.assets,
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        return describe_item(item)

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets."""
        return spec

    def form(self, limits: PlanLimits) -> Form:
        """See Formed.form."""
        return Form(spec=form_of(), item=item_schema(), files=TABLE_FILES)

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        return asked_job(self.form(limits), spec, items, asked_item)
