"""The light half of the crawl executor: validates a job, in the server. See `docs/crawl.md`.

Nothing here opens a connection or imports what does; `executors.crawl.run` is the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from msgspec import Raw

from actors.ports import Plan, PlanLimits
from actors.ports.forms import TABLE_FILES, Asked, Form
from executors.asked import asked_job
from executors.crawl.items import SeedReader, asked_item, describe_item, read_step, seed_schema
from executors.crawl.options import form_of, read_options
from executors.crawl.sources.asked import AskedSource, asked_source, read_source, source_schema
from executors.crawl.sources.recipe import Recipe
from executors.headers import is_secret
from executors.problems import Problems, read_items
from executors.proxies import has_credentials
from executors.secrets import SecretNames, fill
from state.model import InputItem

# Hosts that are told a job's secret headers.
MAX_ORIGINS = 1_000


class CrawlSpec:
    """ExecutorSpec of kind `crawl`. `recipes` are the named sources, by their names."""

    kind = "crawl"
    pool = "net"
    runner = "executors.crawl.run:CrawlExecutor"
    manifest: tuple[str, ...] = ("url", "from", "content_type", "sha256", "file")

    def __init__(self, recipes: Mapping[str, Recipe]) -> None:
        self._recipes = recipes
        # Read once: a create must not need a descriptor for it when sockets have taken them all.
        self._user_agent = f"Nightdesk/{version('nightdesk')}"

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The stored spec has every field, defaults filled in."""
        problems = Problems()
        secrets = SecretNames()
        stored = read_options(spec, self._user_agent, limits, problems)
        if stored["source"] is None:
            read = SeedReader(limits.max_url_bytes).read
            good = read_items(items, read, limits, problems)
        else:
            asked = read_source(stored["source"], self._recipes, limits, problems)
            good = [] if asked is None else _searches(asked, items, limits, problems)
            stored = stored if asked is None else _of_source(stored, spec, asked)
        once = list({item.name: item for item in reversed(good)}.values())[::-1]
        if type(stored["max_items"]) is int and len(once) > stored["max_items"]:
            problems.add(None, "max_items", f"is less than the {len(once)} items to begin with")
        origins = _told_secrets(stored, once, problems)
        problems.raise_if_any()
        return Plan(
            items=once,
            spec={**_hidden(stored, secrets, problems), "origins": origins},
            secrets=secrets.values,
            concurrency=stored["concurrency"],
            retries=stored["retries"],
            grows_to=stored["max_items"],
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
        spec = form_of(limits, self._user_agent, source_schema(self._recipes, limits))
        return Form(spec=spec, item=seed_schema(limits.max_url_bytes), files=TABLE_FILES)

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked. Of what a crawl has found nothing is handed in again."""
        given = spec
        if spec.get("source") is not None:
            given = {**spec, "source": asked_source(spec["source"], items)}
        return asked_job(self.form(limits), given, items, asked_item)


def _told_secrets(
    stored: dict[str, Any], items: Sequence[InputItem], problems: Problems
) -> list[str]:
    """The origins that the job's secret headers are for: those of its beginnings. What a crawl
    that is gone through again had found elsewhere is handed over as well, and told nothing."""
    headers = stored["headers"]
    if not isinstance(headers, dict) or not any(is_secret(str(name)) for name in headers):
        return []
    begin = (item for item in items if read_step(item.item).depth == 0)
    origins = list(dict.fromkeys(item.key for item in begin))
    if len(origins) > MAX_ORIGINS:
        problems.add(None, "headers", f"secrets go to {MAX_ORIGINS} hosts of seeds, not more")
    return origins


def _searches(
    asked: AskedSource, items: Sequence[Any], limits: PlanLimits, problems: Problems
) -> list[InputItem]:
    """What the job begins with: what its source was told to look for, there or as items."""
    if asked.query and items:
        problems.add(None, "items", "must be empty where the source says what to look for")
    wanted = [asked.query] if asked.query else items
    return read_items(wanted, asked.item, limits, problems)


def _of_source(
    stored: dict[str, Any], spec: Mapping[str, Any], asked: AskedSource
) -> dict[str, Any]:
    """What a source brings along: how it is asked, and at what pace where the job says none."""
    delay_s = stored["delay_s"] if spec.get("delay_s") is not None else asked.recipe.delay_s
    return {**stored, "delay_s": delay_s, "source": asked.stored}


def _hidden(stored: dict[str, Any], secrets: SecretNames, problems: Problems) -> dict[str, Any]:
    """The spec with names in the place of what is secret."""
    try:
        headers = {
            name: secrets.hide("header.", value) if is_secret(name) else value
            for name, value in stored["headers"].items()
        }
        proxies = [
            secrets.hide("proxy.", text) if has_credentials(text) else text
            for text in stored["proxies"]
        ]
        source = stored["source"]
        if source is not None and source["cookie"]:
            source = {**source, "cookie": secrets.hide("cookie.", source["cookie"])}
    except ValueError as error:
        problems.add(None, "headers", str(error))
        problems.raise_if_any()
        raise
    return {**stored, "headers": headers, "proxies": proxies, "source": source}
