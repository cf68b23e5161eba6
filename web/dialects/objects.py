"""Bodies of clients, which are objects or nothing. Used by the handlers of dialects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from web.http import body, client_network, invalid, require_json_type
from web.threads import LARGE_BODY_BYTES, Threads
from web.validate import field_error


async def read_object(
    threads: Threads, parse: Callable[[bytes], Any]
) -> tuple[dict[str, Any], bytes]:
    """The body, which is an object or empty, and its bytes. Raises InvalidJson or WebError."""
    data = await body()
    if not data.strip():
        return {}, data
    require_json_type()
    large = len(data) > LARGE_BODY_BYTES
    value = await threads.run(lambda: parse(data), large=large, whose=client_network())
    if not isinstance(value, dict):
        raise invalid([field_error("body", "must be a JSON object")])
    return value, data
