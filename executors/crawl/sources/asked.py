"""What a job asks of a named source: validated, and as it is stored. Pure; used by the spec.

The recipe is stored with the job, so that a job goes on as it began when an operator changes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.crawl.items import MAX_QUERY_CHARS, Work, read_query, stored
from executors.crawl.sources.recipe import Recipe, filled
from executors.described import Choice, Shaped, Text, Whole, object_of
from executors.headers import MAX_HEADER_BYTES, headers_reason
from executors.problems import BadItem, Problems, Rule, field_problems
from executors.urls import parse_url
from state.model import InputItem

DEFAULT_WORKS = 100
MAX_COUNT = 1_000_000
# Fields of every source; the recipe's choices come beside them.
FIELDS = ("name", "query", "id", "limit", "max_images", "cookie")


class AskedSource(Struct, frozen=True):
    """A source as a job asks it. `query` is empty where the items say what to look for."""

    recipe: Recipe
    query: str
    works: int
    images: int | None
    values: dict[str, str]
    cookie: str

    @property
    def stored(self) -> dict[str, Any]:
        """As the job keeps it; its cookie is to be hidden."""
        return {
            "name": self.recipe.name,
            "cookie": self.cookie,
            "values": self.values,
            "recipe": msgspec.to_builtins(self.recipe),
        }

    def item(self, raw: Any) -> InputItem:
        """What the job begins with: the first page of a search, or a work. Raises BadItem."""
        recipe = self.recipe
        text = str(raw) if type(raw) is int else raw
        step = recipe.work if recipe.search is None else recipe.search
        values = dict.fromkeys(("query", "id", "page", "offset", "ids"), "1")
        pace = parse_url(filled(step.url, {**values, **self.values})).origin
        item = read_query(text, self.works, self.images, pace)
        query = msgspec.json.decode(item.item)["query"]
        if recipe.query == "number" and not (query.isascii() and query.isdecimal()):
            raise BadItem(("query", "must be a number"))
        if recipe.search is not None:
            return item
        return stored(Work(id=query, images=self.images, depth=0), f"work:{query}", pace)


def source_schema(recipes: Mapping[str, Recipe], limits: PlanLimits) -> Schema:
    """How a named source is asked, whichever it is; its choices are those of all of them."""
    rules: dict[str, Rule] = {"name": Choice(sorted(recipes)), **_common(limits)}
    for recipe in recipes.values():
        for name, choice in recipe.choices.items():
            rules[name] = Choice(tuple(choice.values))
    return object_of(lambda _: None, rules, ("name",)).schema()


def asked_source(stored: Mapping[str, Any], items: Sequence[Raw]) -> dict[str, Any]:
    """A stored source as a job asked for it; how many works, its `items` know."""
    recipe = msgspec.convert(stored["recipe"], Recipe)
    said: dict[str, Any] = {"name": stored["name"]}
    for name, choice in recipe.choices.items():
        sent = stored["values"].get(name)
        chosen = next((word for word, value in choice.values.items() if value == sent), None)
        if chosen is not None and chosen != choice.default:
            said[name] = chosen
    step = msgspec.json.decode(items[0]) if items else {}
    if step.get("works"):
        said["limit"] = step["works"]
    if step.get("images"):
        said["max_images"] = step["images"]
    return {**said, "cookie": stored["cookie"]} if stored["cookie"] else said


def read_source(
    raw: Any, recipes: Mapping[str, Recipe], limits: PlanLimits, problems: Problems
) -> AskedSource | None:
    """None where it is wrong, which `problems` then know."""
    if not isinstance(raw, dict):
        problems.add(None, "source", "must be an object with the name of a source")
        return None
    recipe = recipes.get(raw["name"]) if isinstance(raw.get("name"), str) else None
    if recipe is None:
        problems.add(None, "source.name", f"must be one of {', '.join(sorted(recipes))}")
        return None
    rules = _rules(recipe, limits)
    found = field_problems(raw, rules, f"the source {recipe.name}", "source.")
    if raw.get("query") is not None and raw.get("id") is not None:
        found.append(("source.id", "cannot be combined with query"))
    for field, reason in found:
        problems.add(None, field, reason)
    return None if found else _asked(recipe, raw)


def _asked(recipe: Recipe, raw: Mapping[str, Any]) -> AskedSource:
    given = {field: value for field, value in raw.items() if value is not None}
    chosen = {
        name: choice.values[given.get(name, choice.default)]
        for name, choice in recipe.choices.items()
    }
    return AskedSource(
        recipe=recipe,
        query=str(given.get("query", given.get("id", ""))),
        works=given.get("limit", DEFAULT_WORKS),
        images=given.get("max_images") or None,
        values=chosen,
        cookie=given.get("cookie", ""),
    )


def _rules(recipe: Recipe, limits: PlanLimits) -> dict[str, Rule]:
    rules: dict[str, Rule] = {"name": lambda value: None, **_common(limits)}
    for name, choice in recipe.choices.items():
        rules[name] = Choice(tuple(choice.values))
    return rules


def _common(limits: PlanLimits) -> dict[str, Rule]:
    return {
        "query": Text(MAX_QUERY_CHARS),
        "id": Shaped(_id_reason, {"type": ["string", "integer"], "maxLength": 20}),
        "limit": Whole(1, limits.max_items),
        "max_images": Whole(0, MAX_COUNT),
        "cookie": Shaped(_cookie_reason, {**Text(MAX_HEADER_BYTES).schema(), "writeOnly": True}),
    }


def _id_reason(value: Any) -> str | None:
    text = str(value) if type(value) is int else value
    sound = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 20
    return None if sound else "must be a number"


def _cookie_reason(value: Any) -> str | None:
    return headers_reason({"cookie": value}) if value else None
