"""What a fetch job may say, with its defaults, and what is wrong with it. See `docs/native-api.md`.

Pure; called by `executors.fetch.spec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import (
    Flag,
    Number,
    Shaped,
    Text,
    Whole,
    headers,
    lines,
    list_of,
    spec_schema,
)
from executors.fetch.values.rules import EXTRACT, MAX_RULES, rules_problems
from executors.headers import MAX_HEADER_BYTES, headers_reason, user_agent_reason
from executors.problems import Problems, Reason, Rule
from executors.proxies import proxy_reason
from executors.proxy_ring import MAX_PROXIES

DEFAULT_CONCURRENCY = 10
DEFAULT_RETRIES = 3
MAX_RETRIES = 10
DEFAULT_TIMEOUT_S = 30.0
MIN_TIMEOUT_S = 0.1
MAX_TIMEOUT_S = 600.0


def read_options(
    spec: Mapping[str, Any], user_agent: str, limits: PlanLimits, errors: Problems
) -> dict[str, Any]:
    """The spec with every field; what is wrong goes into `errors`."""
    rules = _rules(limits)
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
    return {**_defaults(user_agent, limits), **spec, **limited}


def form_of(user_agent: str, limits: PlanLimits) -> Schema:
    """What may be asked of a job, as JSON Schema."""
    defaults = _defaults(user_agent, limits)
    first = ("concurrency", "timeout_s", "retries", "extract")
    return spec_schema(_rules(limits), defaults, first=first)


def _defaults(user_agent: str, limits: PlanLimits) -> dict[str, Any]:
    return {
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


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    agent = Text(MAX_HEADER_BYTES)
    return {
        "concurrency": Whole(1, limits.max_concurrency),
        "timeout_s": Number(MIN_TIMEOUT_S, MAX_TIMEOUT_S),
        "retries": Whole(0, MAX_RETRIES),
        "headers": headers(headers_reason),
        "user_agent": Shaped(user_agent_reason, agent.schema()),
        "proxies": lines(proxies_reason, MAX_PROXIES),
        "proxy_rotation": Flag(),
        "proxy_pool": Flag(),
        "follow_redirects": Flag(),
        "keep_body": Flag(),
        "extract": list_of(lambda _: None, EXTRACT, MAX_RULES, ("as",)),
    }


def proxies_reason(value: Any) -> Reason:
    """Of a list of proxies of a job's own."""
    if not isinstance(value, list):
        return "must be a list of proxy addresses"
    if len(value) > MAX_PROXIES:
        return f"must not hold more than {MAX_PROXIES} proxies"
    reasons = ((place, proxy_reason(text)) for place, text in enumerate(value))
    return next((f"entry {place} {why}" for place, why in reasons if why is not None), None)
