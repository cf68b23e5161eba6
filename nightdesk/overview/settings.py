"""The settings in effect, with where each came from, as an operator may see them.

What may hold a secret is only said to be set. `origins` is called where the command line is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal

from nightdesk.config import Config, flag_of, variable_of
from state.text import redacted
from web.operator_schemas import Setting

Origin = Literal["default", "env", "flag"]

# Addresses with passwords in them, and a command line that may have any.
SECRET = frozenset({"proxy", "notify_target", "webui_command"})


def origins(
    config: Config, arguments: Sequence[str], environment: Mapping[str, str]
) -> dict[str, Origin]:
    """Where each field has its value from. A flag goes before a variable, as it does there."""
    given = {word.partition("=")[0].replace("_", "-") for word in arguments}
    return {
        field.name: _origin_of(
            field.name, getattr(config, field.name) != field.default, given, environment
        )
        for field in fields(config)
    }


def _origin_of(name: str, changed: bool, given: set[str], environment: Mapping[str, str]) -> Origin:
    if flag_of(name) in given:
        return "flag"
    if variable_of(name) in environment:
        return "env"
    return "flag" if changed else "default"


def settings_seen(config: Config, origin: Mapping[str, Origin]) -> list[Setting]:
    return [
        Setting(
            name=field.name,
            flag=flag_of(field.name),
            variable=variable_of(field.name),
            value=_shown(field.name, getattr(config, field.name)),
            default=_plain(field.default),
            origin=origin.get(field.name, "default"),
            secret=field.name in SECRET,
        )
        for field in fields(config)
    ]


def _shown(name: str, value: Any) -> str:
    if name not in SECRET:
        return redacted(_plain(value))
    times = len(value) if isinstance(value, tuple) else int(bool(value))
    return str(times) if times else ""


def _plain(value: Any) -> str:
    """As it would be written behind the flag; "" for nothing."""
    match value:
        case tuple():
            return ", ".join(map(str, value))
        case float():
            return f"{value:g}"
        case _:
            return str(value)
