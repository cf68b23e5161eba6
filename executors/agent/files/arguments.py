"""The arguments of a call: text of a model, believed in nothing. Pure.

One message says what is wrong and what would be right, so that the model can do better.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from executors.agent.files.paths import shown
from executors.agent.files.refused import ToolRefused
from executors.agent.files.settings import MAX_ARGUMENT_BYTES

T = TypeVar("T", bound=Struct)

_DEEP = "the arguments are nested too deeply"
_MAX_DIGITS = 20


def arguments_of(text: str, kind: type[T]) -> T:
    """Of a tool whose arguments are `kind`. Raises ToolRefused."""
    if len(text) > MAX_ARGUMENT_BYTES:
        raise ToolRefused(f"the arguments are longer than {MAX_ARGUMENT_BYTES} characters")
    # Some say nothing where there is nothing to say, or null for what they leave out.
    given = _read(text) if text.strip() else {}
    if not isinstance(given, dict):
        raise ToolRefused(f"the arguments must be a JSON object with {_fields(kind)}")
    said = {name: value for name, value in given.items() if value is not None}
    unknown = [name for name in said if name not in kind.__struct_fields__]
    if unknown:
        raise ToolRefused(f"there is no argument {shown(unknown[0])}; there is {_fields(kind)}")
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise ToolRefused(f"wrong arguments: {error}; there is {_fields(kind)}") from error


def _fields(kind: type[Struct]) -> str:
    fields = msgspec.structs.fields(kind)
    named = [each.name if each.required else f"{each.name} (optional)" for each in fields]
    return ", ".join(named)


def _read(text: str) -> Any:
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ToolRefused(
            f"the arguments are not valid JSON: {error.msg} at line {error.lineno} column "
            f"{error.colno}. Send one JSON object"
        ) from error
    except RecursionError as error:
        raise ToolRefused(_DEEP) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ToolRefused(f"the argument {shown(name)} is given twice")
        if isinstance(value, str):
            _check_text(value)
        found[name] = value
    return found


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ToolRefused(
            "a text holds half of a character (a lone surrogate), which no file can hold"
        ) from error


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ToolRefused("a number is too long")
    return int(digits)


def _no_number(name: str) -> Any:
    raise ToolRefused(f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number, parse_int=_whole)
