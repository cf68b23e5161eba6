"""JSON from an endpoint, which may not be quite that. Pure.

Used by `executors.agent.model.exchange` and `answers`. What most readers of the world would take is
taken: NaN (it becomes a text, and so no number), half characters, huge numbers.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


class NotJson(ValueError):
    """It is none."""


def read_json(data: bytes) -> Any:
    """Raises NotJson."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _leniently(data)


def whole(text: str) -> str:
    """With halves of characters put together, as a stream may have cut between them, and what is
    left of them replaced."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _leniently(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8", "replace"), parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise NotJson("it is not JSON") from error
