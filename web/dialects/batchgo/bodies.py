"""The bodies of the new API: a task with its config in a member named as its mode. Pure."""

from __future__ import annotations

from typing import Any, cast

from msgspec import UNSET, Struct

from executors.problems import boolean_reason, integer_reason
from web.dialects.batchgo.modes import Modes, mode_reason, unknown
from web.dialects.batchgo.refusals import invalid_request
from web.dialects.batchgo.schemas import MODES, Mode
from web.dialects.batchgo.wanted import Settings, Wanted
from web.dialects.fields import Fields
from web.validate import Errors

MAX_CYCLES = 1_000


class Read(Struct, frozen=True):
    """A task that was read, as far as it could be: what is wrong with it is in `errors`."""

    wanted: Wanted
    start: bool
    errors: Errors


def read_task(value: dict[str, Any], modes: Modes) -> Read:
    """Raises WebError where there is no mode to read the rest by."""
    errors: Errors = []
    fields = Fields(value, errors)
    mode = _mode(fields, errors)
    settings = _config(fields, mode, modes, errors)
    wanted = Wanted(
        settings=settings,
        urls=fields.take("urls", default=None),
        name=fields.take("name", default=""),
        priority=fields.take("priority", default=0),
        cycles=cycles_of(fields, "cycles"),
    )
    if "urls" not in fields.written:
        fields.wrong("urls", "is missing")
    start = fields.checked("start", rule=boolean_reason, default=False)
    fields.done(lambda name: unknown(mode, name))
    return Read(wanted, start, errors)


def cycles_of(fields: Fields, *names: str) -> int:
    """How often each URL is visited."""
    found: int = fields.checked(
        *names, rule=lambda value: integer_reason(value, 1, MAX_CYCLES), default=1
    )
    return found


def _mode(fields: Fields, errors: Errors) -> Mode:
    found = fields.checked("mode", rule=mode_reason)
    if found is UNSET:
        if not errors:
            fields.wrong("mode", "is missing")
        raise invalid_request(errors)
    return cast(Mode, found)


def _config(fields: Fields, mode: Mode, modes: Modes, errors: Errors) -> Settings:
    config = fields.checked("config", rule=_object_reason, default={})
    inner = Fields(config, errors, "config.")
    own = inner.checked(mode, rule=_object_reason, default={})
    for other in MODES:
        if other != mode and inner.take(other) is not UNSET:
            inner.wrong(other, f"is of another mode: this task's is {mode}")
    inner.done(lambda name: f"unknown field: settings stand in config.{mode}")
    told = Fields(own, errors, f"config.{mode}.")
    settings = modes.settings(mode, told)
    told.done(lambda name: unknown(mode, name))
    return settings


def _object_reason(value: object) -> str | None:
    return None if isinstance(value, dict) else "must be an object"
