"""What a crawl job may say, with its defaults, and what is wrong with it. See docs/crawl.md.

Pure; called by `executors.crawl.spec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.crawl.items import MAX_DEPTH
from executors.crawl.patterns import MAX_PATTERNS, patterns_reason
from executors.crawl.traps import MAX_PATH_DEPTH, MAX_QUERIES
from executors.crawl.wire import MAX_LINKS
from executors.described import (
    Choice,
    Flag,
    Number,
    Shaped,
    Text,
    Whole,
    headers,
    lines,
    spec_schema,
)
from executors.headers import MAX_HEADER_BYTES, headers_reason, user_agent_reason
from executors.problems import Problems, Reason, Rule
from executors.proxies import proxy_reason
from executors.proxy_ring import MAX_PROXIES

SAME_SITE = ("host", "site", "any")
CONTENT = ("pages", "images", "all")
MAX_DELAY_S = 3_600.0
MAX_TIMEOUT_S = 600.0
MAX_RETRIES = 10
MAX_COUNT = 1_000_000

DEFAULTS: dict[str, Any] = {
    "max_items": 1_000,
    "depth": 5,
    "same_site": "site",
    "include": [],
    "exclude": [],
    "content": "pages",
    "sitemap": True,
    "robots": True,
    "delay_s": 0.0,
    "concurrency": 2,
    "retries": 3,
    "timeout_s": 30.0,
    "headers": {},
    "user_agent": None,
    "proxies": [],
    "proxy_rotation": True,
    "proxy_pool": False,
    "max_links": MAX_LINKS,
    "max_path_depth": MAX_PATH_DEPTH,
    "max_queries": MAX_QUERIES,
    "max_per_pattern": 500,
    "source": None,
}


def read_options(
    spec: Mapping[str, Any], user_agent: str, limits: PlanLimits, problems: Problems
) -> dict[str, Any]:
    """The spec with every field; what is wrong goes into `problems`. A null is an absent field.
    `source` is not looked into here."""
    rules = _rules(limits)
    for field, value in spec.items():
        if field not in DEFAULTS:
            problems.add(None, field[:100], "is not a field of a crawl job")
        elif field in rules and value is not None and (reason := rules[field](value)) is not None:
            problems.add(None, field, reason)
    given = {field: value for field, value in spec.items() if value is not None}
    if given.get("robots") is False and not limits.crawl_without_robots:
        problems.add(None, "robots", "can be switched off only where the operator allows it")
    if given.get("proxy_pool") is True and given.get("proxies"):
        problems.add(None, "proxy_pool", "cannot be combined with proxies of the job's own")
    limited = {"max_body_bytes": limits.max_body_read_bytes, "max_url_bytes": limits.max_url_bytes}
    return {**_defaults(limits, user_agent), **given, **limited}


def form_of(limits: PlanLimits, user_agent: str, source: Schema) -> Schema:
    """What may be asked of a job, as JSON Schema; `source` is how a named one is."""
    defaults = _defaults(limits, user_agent)
    rules: dict[str, Rule] = {**_rules(limits), "source": Shaped(lambda _: None, source)}
    first = ("depth", "max_items", "same_site", "content", "include", "exclude", "source")
    return spec_schema(rules, defaults, first=first)


def _defaults(limits: PlanLimits, user_agent: str) -> dict[str, Any]:
    return {
        **DEFAULTS,
        "user_agent": user_agent,
        "max_items": min(DEFAULTS["max_items"], limits.max_items),
        "concurrency": min(DEFAULTS["concurrency"], limits.max_concurrency),
    }


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    return {
        "max_items": Whole(1, limits.max_items),
        "depth": Whole(0, MAX_DEPTH),
        "same_site": Choice(SAME_SITE),
        "include": lines(patterns_reason, MAX_PATTERNS),
        "exclude": lines(patterns_reason, MAX_PATTERNS),
        "content": Choice(CONTENT),
        "sitemap": Flag(),
        "robots": Flag(),
        "delay_s": Number(0.0, MAX_DELAY_S),
        "concurrency": Whole(1, limits.max_concurrency),
        "retries": Whole(0, MAX_RETRIES),
        "timeout_s": Number(0.1, MAX_TIMEOUT_S),
        "headers": headers(headers_reason),
        "user_agent": Shaped(user_agent_reason, Text(MAX_HEADER_BYTES).schema()),
        "proxies": lines(_proxies_reason, MAX_PROXIES),
        "proxy_rotation": Flag(),
        "proxy_pool": Flag(),
        "max_links": Whole(1, MAX_LINKS),
        "max_path_depth": Whole(1, 100),
        "max_queries": Whole(0, MAX_COUNT),
        "max_per_pattern": Whole(1, MAX_COUNT),
    }


def _proxies_reason(value: Any) -> Reason:
    if not isinstance(value, list):
        return "must be a list of proxy addresses"
    if len(value) > MAX_PROXIES:
        return f"must not hold more than {MAX_PROXIES} proxies"
    reasons = ((place, proxy_reason(text)) for place, text in enumerate(value))
    return next((f"entry {place} {why}" for place, why in reasons if why is not None), None)
