"""What is to be learned, and what is to be sorted by it: from the body to what is wanted. Pure.

No page of the old system asks for either; the fields are those of the kinds.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from web.dialects.fields import Fields
from web.dialects.taskmanager.titles import title_of
from web.dialects.taskmanager.wanted import Wanted
from web.validate import Errors

_OF_TRAINING = ("validation", "seed", "epochs", "whole", "concurrency", "retries")
_OF_CLASSIFYING = ("model", "top", "threshold", "concurrency", "retries", "stop_on_failure")


def read_train(value: dict[str, Any], errors: Errors) -> Wanted:
    """`name` is the model's. What is wrong goes to `errors`."""
    fields = Fields(value, errors)
    name = fields.take("name", default="")
    spec = {"name": name} if name != "" else {}
    items, spec, shown = _read(fields, spec, _OF_TRAINING)
    fields.done(lambda _: "is not a field of a task of training")
    return Wanted(
        type="train",
        spec=spec,
        items=items,
        name=name,
        written=fields.written,
        item="items[{}]" if items is not None else "input_dir",
        shown=shown,
    )


def read_classify(value: dict[str, Any], errors: Errors) -> Wanted:
    """What is wrong goes to `errors`."""
    fields = Fields(value, errors)
    name = fields.take("name", default="")
    items, spec, shown = _read(fields, {}, _OF_CLASSIFYING)
    fields.done(lambda _: "is not a field of a task of classification")
    model = spec.get("model")
    return Wanted(
        type="classify",
        spec=spec,
        items=items,
        name=name,
        title=title_of(f"classify: {model}") if isinstance(model, str) else "",
        written=fields.written,
        item="items[{}]" if items is not None else "input_dir",
        shown=shown,
    )


def _read(
    fields: Fields, spec: dict[str, Any], options: tuple[str, ...]
) -> tuple[list[Any] | None, dict[str, Any], dict[str, Any]]:
    """(the items, None where folders have them; the spec; what is shown besides that)."""
    said = {option: fields.take(option) for option in options}
    spec = spec | {name: given for name, given in said.items() if given not in (UNSET, "")}
    folders, items = fields.take("input_dir", default=""), fields.take("items")
    if folders in ("", []) and items is UNSET:
        fields.wrong("input_dir", "is missing: folders of pictures, or items")
    if items is UNSET:
        return None, {**spec, "input_dir": folders}, {"input_dir": folders}
    if folders not in ("", []):
        fields.wrong("input_dir", "must not stand beside items")
    if not isinstance(items, list):
        fields.wrong("items", "must be a list of pictures")
        return [], spec, {}
    return items, spec, {"items_n": len(items)}
