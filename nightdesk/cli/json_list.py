"""Reads the list that a JSON file holds, with the line on which each of its entries begins.

Used by `nightdesk.cli.source`, so that an entry that is refused is named by its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

# The names that a list has in an object; `tasks` are what other systems call journeys.
LISTS = ("items", "journeys", "tasks")

_SPACE = re.compile(r"[ \t\r\n]*")


class NotAList(ValueError):
    """The file is JSON, and holds neither a list nor an object with one."""


class Found(NamedTuple):
    """The entries, each with its line (from 1), and what stands in the object beside their list."""

    items: list[tuple[int, Any]]
    beside: dict[str, Any]


def read_list(text: str) -> Found:
    """Raises NotAList; ValueError, whose text says where and what, for what is no JSON."""
    decoder = json.JSONDecoder(parse_constant=_no_number)
    try:
        whole = decoder.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if isinstance(whole, list):
        return Found(_numbered(text, _entries(text, _past_space(text, 0), decoder)), {})
    name = next((name for name in LISTS if isinstance(whole, dict) and name in whole), None)
    if name is None or not isinstance(whole[name], list):
        raise NotAList
    entries = _numbered(text, _entries(text, _list_at(text, name, decoder), decoder))
    return Found(entries, {key: value for key, value in whole.items() if key != name})


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _list_at(text: str, name: str, decoder: json.JSONDecoder) -> int:
    """Where the value of the object's member begins: the last one's, as the decoder has it."""
    found = 0
    at = _past_space(text, _past_space(text, 0) + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        begin = _past_space(text, _past_space(text, at) + 1)
        if key == name:
            found = begin
        at = _past_comma(text, decoder.raw_decode(text, begin)[1])
    return found


def _entries(text: str, at: int, decoder: json.JSONDecoder) -> Iterator[tuple[int, Any]]:
    """The entries of the list that begins there, each with its offset. It is known to be whole."""
    at = _past_space(text, at + 1)
    while text[at] != "]":
        value, end = decoder.raw_decode(text, at)
        yield at, value
        at = _past_comma(text, end)


def _numbered(text: str, entries: Iterator[tuple[int, Any]]) -> list[tuple[int, Any]]:
    numbered, line, before = [], 1, 0
    for at, value in entries:
        line += text.count("\n", before, at)
        before = at
        numbered.append((line, value))
    return numbered


def _past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _past_comma(text: str, at: int) -> int:
    at = _past_space(text, at)
    return _past_space(text, at + 1) if text[at] == "," else at
