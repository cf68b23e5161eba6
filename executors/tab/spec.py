"""The light half of kind `tab`: validates a job whose URLs the user's own open tabs open.

Its other half is a page: `workers.tabs` leases to it. See `docs/tabs.md`. Where no tab comes for
long enough the rest may run as another kind (fetch), whose spec is validated by that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from actors.errors import InvalidSpec
from actors.ports import ExecutorSpec, Plan, PlanLimits
from actors.ports.forms import TABLE_FILES, Asked, Form, Formed
from executors.asked import asked_job
from executors.described import Flag, Shaped, Whole, address, spec_schema, text_or
from executors.problems import BadItem, Problems, Reason, Rule, field_problems, read_items
from executors.urls import parse_url
from state.model import InputItem

MAX_DELAY_MS = 600_000
MIN_ANSWER_TIMEOUT_S = 5
MAX_ANSWER_TIMEOUT_S = 300
MAX_FAILOVER_MIN = 1_440

DEFAULT_CONCURRENCY = 5
_FIRST = ("delay_ms", "concurrency", "answer_timeout_s", "new_window", "sequential")
DEFAULTS: Mapping[str, Any] = {
    "delay_ms": 0,
    "new_window": True,
    "sequential": False,
    "answer_timeout_s": 30,
    "failover_after_min": None,
    "failover": None,
}


class TabSpec:
    """ExecutorSpec of kind `tab`. Made with the kind that a job without tabs falls back to."""

    kind = "tab"
    pool = "tab"
    runner = ""
    manifest: tuple[str, ...] = ()

    def __init__(self, fallback: ExecutorSpec) -> None:
        self._fallback = fallback

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The stored spec has every field, defaults filled in."""
        problems = Problems()
        stored = _read_spec(spec, limits, problems)
        good = read_items(items, lambda raw: _read_item(raw, limits), limits, problems)
        fallback = self._plan_fallback(stored, items, limits, problems)
        problems.raise_if_any()
        if fallback is not None:
            # The runner has one limit for both.
            width = max(stored["concurrency"], fallback.concurrency)
            stored["failover"] = {**fallback.spec, "concurrency": width}
        return Plan(
            items=good,
            spec=stored,
            secrets={} if fallback is None else fallback.secrets,
            # What may be at work at once, by tabs or without them; `spec` says it of the tabs.
            concurrency=(stored["failover"] or stored)["concurrency"],
            retries=0,
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        return {"url": url_of(item)}

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets."""
        if spec["failover"] is None:
            return spec
        return {**spec, "failover": self._fallback.fill_secrets(spec["failover"], secrets)}

    def form(self, limits: PlanLimits) -> Form:
        """See Formed.form. What the rest may say is what the kind it falls back to says."""
        most = min(DEFAULT_CONCURRENCY, limits.max_concurrency)
        spec = spec_schema(_rules(limits), {**DEFAULTS, "concurrency": most}, first=_FIRST)
        if isinstance(self._fallback, Formed):
            inner = self._fallback.form(limits).spec
            spec["properties"]["failover"] = {**inner, "x-more": True}
        url = address(limits.max_url_bytes)
        item = text_or(url, {"url": Shaped(lambda _: None, url)}, ("url",))
        return Form(spec=spec, item=item, files=TABLE_FILES)

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        form = self.form(limits)
        found = asked_job(form, spec, items)
        if "failover" not in found.spec:
            return found
        # What it falls back to was stored complete.
        rest = asked_job(
            Form(spec=form.spec["properties"]["failover"], item={}), spec["failover"], ()
        )
        secrets = tuple(f"failover.{name}" for name in rest.secrets)
        return Asked({**found.spec, "failover": rest.spec}, found.items, secrets)

    def _plan_fallback(
        self,
        stored: Mapping[str, Any],
        items: Sequence[Any],
        limits: PlanLimits,
        problems: Problems,
    ) -> Plan | None:
        """How the rest runs without tabs. Only what the job itself says is validated here: the
        items are the same, and one is enough to ask for a plan."""
        given = stored["failover"]
        if given is not None and stored["failover_after_min"] is None:
            problems.add(None, "failover", "needs failover_after_min")
        if stored["failover_after_min"] is None or not isinstance(given, dict | None):
            return None
        try:
            return self._fallback.plan(given or {}, items[:1], limits)
        except InvalidSpec as error:
            for each in error.details["errors"]:
                if each["index"] is None and each["field"] != "items":
                    problems.add(None, f"failover.{each['field']}", each["reason"])
            return None


def _read_spec(spec: Mapping[str, Any], limits: PlanLimits, problems: Problems) -> dict[str, Any]:
    for field, reason in field_problems(spec, _rules(limits), "a tab job"):
        problems.add(None, field, reason)
    given = {field: value for field, value in spec.items() if value is not None}
    most = 1 if given.get("sequential") is True else limits.max_concurrency
    if most == 1 and given.get("concurrency", 1) != 1:
        problems.add(None, "concurrency", "must be 1 where the job is sequential")
    return {**DEFAULTS, "concurrency": min(DEFAULT_CONCURRENCY, most), **given}


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    return {
        "delay_ms": Whole(0, MAX_DELAY_MS, "milliseconds"),
        "new_window": Flag(),
        "sequential": Flag(),
        "concurrency": Whole(1, limits.max_concurrency),
        "answer_timeout_s": Whole(MIN_ANSWER_TIMEOUT_S, MAX_ANSWER_TIMEOUT_S, "seconds"),
        "failover_after_min": Whole(1, MAX_FAILOVER_MIN, "minutes"),
        "failover": Shaped(_object_reason, {"type": "object"}),
    }


def _object_reason(value: Any) -> Reason:
    return None if isinstance(value, dict) else "must be an object with fields of a fetch job"


def _read_item(raw: Any, limits: PlanLimits) -> InputItem:
    """A URL as it is stored: what the user wrote, keyed by its origin. Raises BadItem."""
    if isinstance(raw, dict):
        unknown = [(field, "is not a field of an item") for field in raw if field != "url"]
        if unknown:
            raise BadItem(*unknown)
        raw = raw.get("url")
    if not isinstance(raw, str):
        raise BadItem(("url", "must be text"))
    text = raw.strip()
    try:
        url = parse_url(text)
    except ValueError as error:
        raise BadItem(("url", str(error))) from None
    if len(text if text.isascii() else text.encode()) > limits.max_url_bytes:
        raise BadItem(("url", f"is longer than {limits.max_url_bytes} bytes"))
    return InputItem(Raw(msgspec.json.encode(text)), url.origin)


def url_of(item: Raw) -> str:
    """The URL of a stored item."""
    return msgspec.json.decode(item, type=str)
