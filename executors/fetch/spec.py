"""The light half of the fetch executor: validates a job, in the server. See `docs/native-api.md`.

Nothing here opens a connection or imports what does; `executors.fetch.run` is the other half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from msgspec import Raw

from actors.ports import Plan, PlanLimits
from executors.fetch.items import ItemReader, describe_item
from executors.fetch.values.rules import read_rules, rules_problems
from executors.headers import headers_reason, is_secret, user_agent_reason
from executors.problems import (
    Problems,
    Reason,
    boolean_reason,
    integer_reason,
    number_reason,
    read_items,
)
from executors.proxies import has_credentials, proxy_reason
from executors.proxy_ring import MAX_PROXIES
from executors.secrets import SecretNames, fill

DEFAULT_CONCURRENCY = 10
DEFAULT_RETRIES = 3
MAX_RETRIES = 10
DEFAULT_TIMEOUT_S = 30.0
MIN_TIMEOUT_S = 0.1
MAX_TIMEOUT_S = 600.0


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
        stored = _read_spec(spec, self._user_agent, limits, errors)
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


def _read_spec(
    spec: Mapping[str, Any], user_agent: str, limits: PlanLimits, errors: Problems
) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "concurrency": min(DEFAULT_CONCURRENCY, limits.max_concurrency),
        "timeout_s": DEFAULT_TIMEOUT_S,
        "retries": DEFAULT_RETRIES,
        "headers": {},
        "user_agent": user_agent,
        "proxies": [],
        "proxy_rotation": True,
        "proxy_pool": False,
        "follow_redirects": True,
        "keep_body": False,
        "extract": [],
    }
    rules: dict[str, Callable[[Any], Reason]] = {
        "concurrency": lambda value: integer_reason(value, 1, limits.max_concurrency),
        "timeout_s": lambda value: number_reason(value, MIN_TIMEOUT_S, MAX_TIMEOUT_S, "seconds"),
        "retries": lambda value: integer_reason(value, 0, MAX_RETRIES),
        "headers": headers_reason,
        "user_agent": user_agent_reason,
        "proxies": _proxies_reason,
        "proxy_rotation": boolean_reason,
        "proxy_pool": boolean_reason,
        "follow_redirects": boolean_reason,
        "keep_body": boolean_reason,
    }
    for field, value in spec.items():
        if field == "extract":
            for place, why in rules_problems(value):
                errors.add(None, place, why)
        elif field not in rules:
            errors.add(None, field, "is not a field of a fetch job")
        elif (reason := rules[field](value)) is not None:
            errors.add(None, field, reason)
    if spec.get("proxy_pool") is True and spec.get("proxies"):
        errors.add(None, "proxy_pool", "cannot be combined with proxies of the job's own")
    limited = {"max_body_bytes": limits.max_body_read_bytes, "max_url_bytes": limits.max_url_bytes}
    return {**defaults, **spec, **limited}


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


def _proxies_reason(value: Any) -> Reason:
    if not isinstance(value, list):
        return "must be a list of proxy addresses"
    if len(value) > MAX_PROXIES:
        return f"must not hold more than {MAX_PROXIES} proxies"
    reasons = ((place, proxy_reason(text)) for place, text in enumerate(value))
    return next((f"entry {place} {why}" for place, why in reasons if why is not None), None)
