"""What requests about saved configs have in common: which one they mean, and how it is told.

Used by `configs` and `config_files`.
"""

from __future__ import annotations

from typing import Any

from quart import Response

from state.library import Preset
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.config_schemas import ManagerConfigs
from web.dialects.taskmanager.config_view import config_of
from web.dialects.taskmanager.refusals import config_not_found
from web.http import invalid
from web.validate import Errors, field_error
from web.visit import Visit
from web.workshop.carried import split
from web.workshop.presets import Kept, Presets, categories_of


def default_of(visit: Visit) -> Preset:
    """Raises Refused where none is."""
    presets = visit.desk.published.presets.values()
    found = next((each for each in presets if each.is_default), None)
    if found is None:
        raise config_not_found("default")
    return found


def config_named(value: dict[str, Any], otherwise: str = "") -> str:
    """The id in a body. Raises WebError."""
    named = value.get("config_id") or value.get("id") or otherwise
    if not isinstance(named, str) or not named:
        raise invalid([field_error("config_id", "must be the id of a config")])
    return named


def configs_answer(visit: Visit, kept: list[Kept]) -> Response:
    """These, and the categories of all."""
    told = ManagerConfigs(
        configs=[config_of(each) for each in kept],
        categories=categories_of(visit.desk.published.presets.values()),
        total=len(kept),
    )
    return answer(told)


def config_answer(kept: Kept) -> Response:
    """One."""
    return answer(config_of(kept))


async def updated(presets: Presets, visit: Visit, id: str, value: dict[str, Any]) -> Kept:
    """The config with those of its fields replaced that a body has. Raises WebError."""
    errors: Errors = []
    said, fields = split(value, errors)
    if errors:
        raise invalid(errors)
    return await presets.edit(visit, id, said, fields=fields)
