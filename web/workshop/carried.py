"""Presets as files: what a desk exports, and what it takes back, from older systems too. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import UNSET

from state.library import is_library_id
from web.http import invalid
from web.validate import Errors, field_error
from web.workshop.presets import OTHERWISE, Carried, Kept
from web.workshop.said import MAX_NAME_CHARS, Said

VERSION = 1
MAX_CONFIGS = 1_000
# What is said of a config beside its fields, and what a desk tells of it: no fields of it.
ABOUT = ("name", "description", "category", "is_default")
TOLD = ("id", "file_name", "created_at", "updated_at", "size_bytes", "version")
_NAME_OF_PROMPT_CHARS = 40


def exported(kept: Iterable[Kept]) -> dict[str, Any]:
    """The file of these presets, as `carried` reads it."""
    return {"version": VERSION, "configs": [_exported(each) for each in kept]}


def _exported(kept: Kept) -> dict[str, Any]:
    preset = kept.preset
    return {
        "id": preset.id,
        "config_name": preset.name,
        "category": preset.category,
        "description": preset.description,
        "is_default": preset.is_default,
        "config": kept.config,
    }


def carried(value: Mapping[str, Any]) -> list[Carried]:
    """The presets of a file: our own, a config in an envelope, or a config itself. Raises WebError
    with all that is wrong with how it says so; the configs themselves are not looked at."""
    errors: Errors = []
    many = value.get("configs")
    if many is None:
        found = [_carried(value, "", errors)]
    elif not isinstance(many, list) or not 0 < len(many) <= MAX_CONFIGS:
        raise invalid([field_error("configs", f"must be a list of 1 to {MAX_CONFIGS:,} configs")])
    else:
        found = [_carried(each, f"configs[{n}]", errors) for n, each in enumerate(many)]
    if errors:
        raise invalid(errors)
    return found


def _carried(value: Any, where: str, errors: Errors) -> Carried:
    prefix = f"{where}." if where else ""
    if not isinstance(value, Mapping):
        errors.append(field_error(where, "must be an object"))
        return Carried(Said(), {})
    inner = value.get("config")
    if "config" in value and not isinstance(inner, Mapping):
        errors.append(field_error(f"{prefix}config", "must be an object"))
        inner = {}
    config = dict(value) if inner is None else dict(inner)
    outer = {} if inner is None else value
    if isinstance(outer.get("tags"), list):
        config.setdefault("tags", outer["tags"])
    told = {**{name: config.pop(name, None) for name in (*ABOUT, "config_name")}, **outer}
    id = told.get("id", config.get("id"))
    for name in TOLD:
        config.pop(name, None)
    said = said_in(
        {**told, "name": told.get("config_name") or told.get("name") or _name_of(config)},
        errors,
        prefix,
    )
    return Carried(said, config, id if isinstance(id, str) and is_library_id(id) else "")


def said_in(value: Mapping[str, Any], errors: Errors, prefix: str = "") -> Said:
    """What is said of a config; what is null says nothing. What is wrong goes to `errors`."""
    found: dict[str, Any] = {}
    for name in ABOUT:
        given = value.get(name)
        if given is None:
            continue
        kind, reason = (bool, "true or false") if name == "is_default" else (str, "a text")
        if not isinstance(given, kind):
            errors.append(field_error(f"{prefix}{name}", f"must be {reason}"))
            continue
        found[name] = given
    return Said(**found)


def split(value: Mapping[str, Any], errors: Errors) -> tuple[Said, dict[str, Any]]:
    """(what is said of a config, its fields) of a body that has them side by side."""
    told = {*ABOUT, *TOLD, "config_name", "config_id"}
    config = {name: each for name, each in value.items() if name not in told}
    said = said_in(value, errors)
    if said.name is UNSET and isinstance(value.get("config_name"), str):
        said = Said(
            name=value["config_name"],
            category=said.category,
            description=said.description,
            is_default=said.is_default,
        )
    return said, config


def _name_of(config: Mapping[str, Any]) -> str:
    """What a config is called that has no name."""
    prompt = config.get("prompt")
    begins = " ".join(prompt.split())[:_NAME_OF_PROMPT_CHARS] if isinstance(prompt, str) else ""
    return (begins or OTHERWISE)[:MAX_NAME_CHARS]
