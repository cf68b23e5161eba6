"""How a model is to be learned, as a job's spec says: read and validated. Pure.

Used by `executors.train.spec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import Flag, Shaped, Share, Text, Whole, spec_schema
from executors.problems import Problems, Reason, Rule, field_problems, text_reason
from executors.train.effort import EPOCHS_MAX, EPOCHS_MIN, epochs_for, most_epochs
from executors.vision.asking import folders_schema, most_at_once, shared_rules
from state.library import Picture

MAX_NAME_CHARS = 100
MAX_LABEL_CHARS = 100
MAX_LABELS = 1_000
# Their features fit into a worker, twice.
MAX_PICTURES = 50_000
VALIDATION, VALIDATION_MAX = 0.2, 0.5
SEED_MAX = 2**32 - 1


class Options(Struct, frozen=True, kw_only=True):
    """A job's spec, with its defaults. `epochs` is None where it is left to us, `pictures` is what
    the desk's library has, by id."""

    name: str
    validation: float
    seed: int
    epochs: int | None
    whole: bool
    concurrency: int
    retries: int
    pictures: Mapping[str, Picture]


def read_options(spec: Mapping[str, Any], limits: PlanLimits, problems: Problems) -> Options:
    """Raises InvalidSpec, by way of `problems`, for everything that is wrong."""
    given = {field: value for field, value in spec.items() if value is not None}
    for field, reason in field_problems(given, _rules(limits), "a job of training"):
        problems.add(None, field, reason)
    if "name" not in given:
        problems.add(None, "name", "is missing: what the model is to be called")
    problems.raise_if_any()
    return Options(
        name=given["name"].strip(),
        validation=float(given.get("validation", VALIDATION)),
        seed=given.get("seed", 0),
        epochs=given.get("epochs"),
        whole=given.get("whole", False),
        concurrency=given.get("concurrency", most_at_once(limits)),
        retries=given.get("retries", 0),
        pictures=given.get("pictures", {}),
    )


def label_reason(value: Any) -> Reason:
    """Why this is no label; None where it is one."""
    if (reason := text_reason(value, MAX_LABEL_CHARS)) is not None:
        return reason
    return None if value.isprintable() else "contains characters that no label should have"


def epochs_of(options: Options, pictures: int, labels: int, problems: Problems) -> int:
    """How often all pictures are gone through; a problem where that takes too long."""
    many = f"{pictures:,} pictures of {labels:,} labels"
    if options.epochs is None:
        epochs = epochs_for(pictures, labels)
        if not epochs:
            problems.add(None, "items", f"{many} are more than one job can learn")
        return epochs
    if options.epochs > (most := most_epochs(pictures, labels)):
        problems.add(None, "epochs", f"must be at most {most} for {many}")
    return options.epochs


def form_of(limits: PlanLimits) -> Schema:
    """What may be asked of a job, as JSON Schema."""
    defaults = {
        "validation": VALIDATION,
        "seed": 0,
        "whole": False,
        "concurrency": most_at_once(limits),
        "retries": 0,
    }
    rules: dict[str, Rule] = {
        **_rules(limits),
        "input_dir": Shaped(lambda _: None, folders_schema()),
    }
    return spec_schema(rules, defaults, needed=("name",), first=("validation",))


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    return {
        **shared_rules(limits),
        "name": Shaped(_name_reason, Text(MAX_NAME_CHARS).schema()),
        "validation": Share(0, VALIDATION_MAX),
        "seed": Whole(0, SEED_MAX),
        "epochs": Whole(EPOCHS_MIN, EPOCHS_MAX),
        "whole": Flag(),
    }


def _name_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_NAME_CHARS)) is not None:
        return reason
    return None if value.isprintable() else "contains characters that no name should have"
