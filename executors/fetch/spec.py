"""The light half of the fetch executor: validates a job, in the server. See `docs/native-api.md`.

Nothing here opens a connection or imports what does; `executors.fetch.run` is the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from msgspec import Raw

from actors.ports import Plan, PlanLimits
from actors.ports.forms import TABLE_FILES, Asked, Form
from executors.asked import asked_job
from executors.fetch.items import ItemReader, describe_item, item_schema
from executors.fetch.options import form_of, read_options
from executors.fetch.values.rules import read_rules
from executors.headers import is_secret
from executors.problems import Problems, read_items
from executors.proxies import has_credentials
from executors.secrets import SecretNames, fill


class FetchSpec:
    """ExecutorSpec of kind `fetch`."""

    kind = "fetch"
    pool = "net"
    runner = "executors.fetch.run:FetchExecutor"
    manifest: tuple[str, ...] = ()

    def __init__(self) -> None:
        # Read once: a create must not need a descriptor for it when sockets have taken them all.
        self._user_agent = f"Nightdesk/{version('nightdesk')}"

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The stored spec has every field, defaults filled in."""
        errors = Problems()
        secrets = SecretNames()
        stored = read_options(spec, self._user_agent, limits, errors)
        good = read_items(items, ItemReader(limits.max_url_bytes, secrets).read, limits, errors)
        errors.raise_if_any()
        return Plan(
            items=good,
            spec=_hidden(stored, secrets, errors),
            secrets=secrets.values,
            concurrency=stored["concurrency"],
            retries=stored["retries"],
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
        spec = form_of(self._user_agent, limits)
        return Form(spec=spec, item=item_schema(limits.max_url_bytes), files=TABLE_FILES)

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        return asked_job(self.form(limits), spec, items)


def _hidden(stored: dict[str, Any], secrets: SecretNames, errors: Problems) -> dict[str, Any]:
    """The spec with names in the place of secret headers and of proxies with passwords."""
    try:
        headers = {
            name: secrets.hide("header.", value) if is_secret(name) else value
            for name, value in stored["headers"].items()
        }
        proxies = [
            secrets.hide("proxy.", text) if has_credentials(text) else text
            for text in stored["proxies"]
        ]
    except ValueError as error:
        errors.add(None, "headers", str(error))
        errors.raise_if_any()
        raise
    rules = read_rules(stored["extract"])
    return {**stored, "headers": headers, "proxies": proxies, "extract": rules}
