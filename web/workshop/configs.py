"""The JSON of a preset: what of it a job is told, and what is wrong with that. Pure.

It has the fields of a generate job's spec by their names. Whatever else was in it when it was
imported stays in it, and says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.errors import InvalidSpec
from executors.generate.options import DEFAULTS, read_options
from executors.problems import Problems
from web.validate import Errors, field_error

LORAS = "loras"


def spec_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The spec that it comes to: what is empty says nothing."""
    said = {field: config.get(field) for field in DEFAULTS if field != LORAS}
    spec = {field: value for field, value in said.items() if says(field, value)}
    loras = config.get(LORAS)
    if isinstance(loras, list) and loras:
        spec[LORAS] = [lora_of(lora) for lora in loras]
    elif loras not in (None, [], ""):
        spec[LORAS] = loras
    return spec


def says(field: str, value: Any) -> bool:
    """Whether a value is meant: pages send what they have none for as empty text, and no skipping
    of layers as 0."""
    return value is not None and value != "" and not (field == "clip_skip" and value == 0)


def lora_of(raw: Any) -> Any:
    """What of a page's LoRA the WebUI is told: the page keeps its picture, path and notes with it.
    What is none is left for the plan to refuse."""
    if not isinstance(raw, Mapping):
        return raw
    name = raw.get("name") or raw.get("lora_key") or raw.get("full_name")
    told = {"name": name, "weight": raw.get("weight"), "tags": _tags_of(raw)}
    return {field: value for field, value in told.items() if value is not None}


def _tags_of(raw: Mapping[str, Any]) -> Any:
    tags, more = raw.get("tags"), raw.get("extend_tags")
    if not isinstance(tags, list | None) or not isinstance(more, list | None):
        return tags
    both = [*(tags or ()), *(more or ())]
    return both or None


def config_errors(config: Mapping[str, Any], where: str = "") -> Errors:
    """What no job could be made with, by names that begin with `where`."""
    problems = Problems()
    read_options(spec_of(config), problems)
    try:
        problems.raise_if_any()
    except InvalidSpec as refusal:
        found = refusal.details["errors"]
        return [field_error(f"{where}{each['field']}", each["reason"]) for each in found]
    return []
