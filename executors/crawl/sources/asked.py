"""What a job asks of a named source: validated, and as it is stored. Pure; used by the spec.

The recipe is stored with the job, so that a job goes on as it began when an operator changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from actors.ports import PlanLimits
from executors.crawl.items import MAX_QUERY_CHARS, Work, read_query, stored
from executors.crawl.sources.recipe import Recipe, filled
from executors.headers import headers_reason
from executors.problems import (
    BadItem,
    Problems,
    Rule,
    choice_reason,
    field_problems,
    integer_reason,
    text_reason,
)
from executors.urls import parse_url
from state.model import InputItem

DEFAULT_WORKS = 100
MAX_COUNT = 1_000_000
# Fields of every source; the recipe's choices come beside them.
FIELDS = ("name", "query", "id", "limit", "max_images", "cookie")


class Asked(Struct, frozen=True):
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


def read_source(
    raw: Any, recipes: Mapping[str, Recipe], limits: PlanLimits, problems: Problems
) -> Asked | None:
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


def _asked(recipe: Recipe, raw: Mapping[str, Any]) -> Asked:
    given = {field: value for field, value in raw.items() if value is not None}
    chosen = {
        name: choice.values[given.get(name, choice.default)]
        for name, choice in recipe.choices.items()
    }
    return Asked(
        recipe=recipe,
        query=str(given.get("query", given.get("id", ""))),
        works=given.get("limit", DEFAULT_WORKS),
        images=given.get("max_images") or None,
        values=chosen,
        cookie=given.get("cookie", ""),
    )


def _rules(recipe: Recipe, limits: PlanLimits) -> dict[str, Rule]:
    rules: dict[str, Rule] = {
        "name": lambda value: None,
        "query": lambda value: text_reason(value, MAX_QUERY_CHARS),
        "id": _id_reason,
        "limit": lambda value: integer_reason(value, 1, limits.max_items),
        "max_images": lambda value: integer_reason(value, 0, MAX_COUNT),
        "cookie": _cookie_reason,
    }
    for name, choice in recipe.choices.items():
        rules[name] = _choice(tuple(choice.values))
    return rules


def _choice(values: tuple[str, ...]) -> Rule:
    return lambda value: choice_reason(value, values)


def _id_reason(value: Any) -> str | None:
    text = str(value) if type(value) is int else value
    sound = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 20
    return None if sound else "must be a number"


def _cookie_reason(value: Any) -> str | None:
    return headers_reason({"cookie": value}) if value else None
