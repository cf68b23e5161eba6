"""How pictures are to be classified, as a job's spec says: read and validated. Pure.

Used by `executors.classify.spec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import Flag, Shaped, Share, Text, Whole, spec_schema
from executors.problems import Problems, Reason, Rule, field_problems
from executors.vision.asking import folders_schema, most_at_once, shared_rules
from state.library import Model, Picture

MAX_MODEL_CHARS = 200
# Of models of one name.
MAX_NAMED = 10
TOP, MAX_TOP = 3, 1_000


class Options(Struct, frozen=True, kw_only=True):
    """A job's spec, with its defaults. `pictures` is what the desk's library has, by id."""

    model: Model
    top: int
    threshold: float
    concurrency: int
    retries: int
    stop_on_failure: bool
    pictures: Mapping[str, Picture]


def read_options(spec: Mapping[str, Any], limits: PlanLimits, problems: Problems) -> Options:
    """Raises InvalidSpec, by way of `problems`, for everything that is wrong."""
    given = {field: value for field, value in spec.items() if value is not None}
    for field, reason in field_problems(given, _rules(limits), "a job of classifying"):
        problems.add(None, field, reason)
    if "model" not in given:
        problems.add(None, "model", "is missing: a model that the desk has learned")
    problems.raise_if_any()
    models: Mapping[str, Model] = given.get("models", {})
    if (missing := _missing_reason(given["model"], models)) is not None:
        problems.add(None, "model", missing)
    problems.raise_if_any()
    return Options(
        model=models.get(given["model"]) or _named(given["model"], models)[0],
        top=given.get("top", TOP),
        threshold=float(given.get("threshold", 0)),
        concurrency=given.get("concurrency", most_at_once(limits)),
        retries=given.get("retries", 0),
        stop_on_failure=given.get("stop_on_failure", False),
        pictures=given.get("pictures", {}),
    )


def _missing_reason(asked: str, models: Mapping[str, Model]) -> Reason:
    """None for the id of a model, and for the name of only one."""
    named = _named(asked, models)
    if asked in models or len(named) == 1:
        return None
    if not named:
        return f"there is no model {asked[:100]!r}"
    ids = ", ".join(model.id for model in named[:MAX_NAMED])
    return f"{len(named)} models are called {asked[:100]!r}: say which, by its id ({ids})"


def _named(name: str, models: Mapping[str, Model]) -> list[Model]:
    return [model for model in models.values() if model.name == name]


def form_of(limits: PlanLimits) -> Schema:
    """What may be asked of a job, as JSON Schema."""
    defaults = {
        "top": TOP,
        "threshold": 0,
        "concurrency": most_at_once(limits),
        "retries": 0,
        "stop_on_failure": False,
    }
    rules: dict[str, Rule] = {
        **_rules(limits),
        "input_dir": Shaped(lambda _: None, folders_schema()),
        "limit": Whole(1, limits.max_items),
    }
    return spec_schema(rules, defaults, needed=("model",), first=("top", "threshold"))


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    return {
        **shared_rules(limits),
        "model": Text(MAX_MODEL_CHARS),
        "top": Whole(1, MAX_TOP),
        "threshold": Share(0, 1),
        "stop_on_failure": Flag(),
        "models": _models_reason,
    }


def _models_reason(value: Any) -> Reason:
    """Only the server puts them there: no JSON becomes one."""
    models = value.values() if isinstance(value, Mapping) else [value]
    if all(isinstance(each, Model) for each in models):
        return None
    return "is named by `model`"
