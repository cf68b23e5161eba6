"""The light half, in the server: says what a job may be, and what an item is.

It imports nothing that does the work, and opens nothing: it must be quick, and cannot be trusted
with a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import Plan, PlanLimits
from actors.ports.forms import TABLE_FILES, Asked, Form
from executors.asked import asked_job
from executors.described import Number, Shaped, Text, Whole, address, spec_schema, text_or
from executors.problems import BadItem, Problems, Rule, field_problems, read_items, text_reason
from executors.urls import parse_url
from state.model import InputItem

MAX_TEXT_CHARS = 500
DEFAULTS = {"timeout_s": 20.0, "concurrency": 4, "retries": 2}
# What is checked by these is also what its form is made of.
_RULES: Mapping[str, Rule] = {
    "timeout_s": Number(1, 120, "seconds"),
    "concurrency": Whole(1, 32),
    "retries": Whole(0, 10),
}
_WORDS = {
    "timeout_s": ("Time for a page", "How long one page may take."),
    "concurrency": ("Pages at once", ""),
    "retries": ("Further attempts", "After an error that may pass."),
}


class PageCheckSpec:
    """The entry point. Its attributes are what Nightdesk asks of any kind."""

    kind = "pagecheck"
    # Which workers do it: `net` has the network and no jail, `cpu` a jail and no network.
    pool = "net"
    runner = "nightdesk_pagecheck.run:PageCheckExecutor"
    # No file of its jobs needs a table of contents in their archive.
    manifest: tuple[str, ...] = ()

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """All that is wrong with a request is told at once, each by its field or its item."""
        problems = Problems()
        for field, reason in field_problems(spec, _RULES, "a pagecheck", "spec."):
            problems.add(None, field, reason)
        good = read_items(items, lambda raw: _read(raw, limits), limits, problems)
        problems.raise_if_any()
        stored = DEFAULTS | {name: value for name, value in spec.items() if value is not None}
        return Plan(
            items=good,
            # What is stored is what the other half is opened with.
            spec=stored,
            secrets={},
            concurrency=min(stored["concurrency"], limits.max_concurrency),
            retries=stored["retries"],
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """What an outcome says of an item that no worker came to."""
        return {"url": msgspec.json.decode(item)["url"]}

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """Every job of the kind has the same workers."""
        return self.pool

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """It has none."""
        return spec

    def form(self, limits: PlanLimits) -> Form:
        """What may be asked of it: the page and the clients make forms of this."""
        spec = spec_schema(_RULES, DEFAULTS, first=("timeout_s",))
        for name, (title, help) in _WORDS.items():
            spec["properties"][name] |= {"title": title, "description": help}
        url = address(limits.max_url_bytes)
        fields: dict[str, Rule] = {
            "url": Shaped(lambda _: None, url),
            "contains": Text(MAX_TEXT_CHARS),
        }
        return Form(
            spec=spec,
            item=text_or(url, fields, ("url",)),
            files=TABLE_FILES,
            title="Page check",
            help="Looks whether pages answer, and whether they contain a text.",
        )

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """What a stored job was asked for, so that it can be had once more with changes."""
        return asked_job(self.form(limits), spec, items, _asked)


def _asked(stored: Raw) -> Any:
    item = msgspec.json.decode(stored)
    return item if item["contains"] else item["url"]


def _read(raw: Any, limits: PlanLimits) -> InputItem:
    """An address, or an object of `url` and `contains`. Raises BadItem."""
    item = {"url": raw} if isinstance(raw, str) else raw
    if not isinstance(item, dict):
        raise BadItem((None, "must be an address or an object with a url"))
    rules = {
        "url": lambda value: text_reason(value, limits.max_url_bytes),
        "contains": lambda value: text_reason(value, MAX_TEXT_CHARS),
    }
    problems: list[tuple[str | None, str]] = [*field_problems(item, rules, "an item")]
    if problems:
        raise BadItem(*problems)
    try:
        url = parse_url(item.get("url") or "")
    except ValueError as error:
        raise BadItem(("url", str(error))) from error
    stored = {"url": url.text, "contains": item.get("contains") or ""}
    # Items with one key share a pace and a worker: the politeness towards a site.
    return InputItem(Raw(msgspec.json.encode(stored)), url.origin)
