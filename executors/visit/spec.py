"""The light half of the visit executor: validates a job, in the server. See `docs/journeys.md`.

Nothing here imports what drives a browser; `executors.visit.run` is the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw

from actors.ports import Plan, PlanLimits
from actors.ports.forms import TABLE_FILES, Asked, Form
from executors.asked import asked_job
from executors.headers import is_secret
from executors.problems import Problems, read_items
from executors.proxies import has_credentials
from executors.secrets import SecretNames, fill
from executors.visit.items import describe_item, item_schema, read_draft, stored_item
from executors.visit.options import form_of, read_options


class VisitSpec:
    """ExecutorSpec of kind `visit`."""

    kind = "visit"
    pool = "browser"
    runner = "executors.visit.run:VisitExecutor"
    manifest: tuple[str, ...] = ()

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The stored spec has every field, defaults filled in."""
        problems = Problems()
        secrets = SecretNames()
        stored = read_options(spec, len(items), limits, problems)
        good = read_items(
            items, lambda raw: stored_item(read_draft(raw, limits), secrets), limits, problems
        )
        problems.raise_if_any()
        return Plan(
            items=good,
            spec={**_hidden(stored, secrets, problems), "max_url_bytes": limits.max_url_bytes},
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
        return Form(spec=form_of(limits), item=item_schema(limits), files=TABLE_FILES)

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        return asked_job(self.form(limits), spec, items)


def _hidden(stored: dict[str, Any], secrets: SecretNames, problems: Problems) -> dict[str, Any]:
    """The spec with names in the place of what is secret."""
    try:
        return {**stored, **_stand_ins(stored, secrets)}
    except ValueError as error:
        problems.add(None, "cookies", str(error))
        problems.raise_if_any()
        raise


def _stand_ins(stored: dict[str, Any], secrets: SecretNames) -> dict[str, Any]:
    headers = {
        name: secrets.hide("header.", value) if is_secret(name) else value
        for name, value in stored["headers"].items()
    }
    cookies = [
        {**cookie, "value": secrets.hide("cookie.", cookie["value"])}
        for cookie in stored["cookies"]
    ]
    basic_auth, proxy = stored["basic_auth"], stored["proxy"]
    if basic_auth is not None:
        basic_auth = {**basic_auth, "password": secrets.hide("basic.", basic_auth["password"])}
    if proxy is not None and has_credentials(proxy):
        proxy = secrets.hide("proxy.", proxy)
    return {"headers": headers, "cookies": cookies, "basic_auth": basic_auth, "proxy": proxy}
