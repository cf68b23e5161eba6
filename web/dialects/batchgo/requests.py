"""The small bodies of the dialect: an object, or nothing. Used by its handlers."""

from __future__ import annotations

from typing import Any

from web.dialects.batchgo.refusals import invalid_request
from web.http import body, require_json_type
from web.strict_json import loads
from web.validate import field_error

# What these paths take is flat and short: what is not is not looked at any further.
_MEMBERS = 1_000


async def read_object(max_depth: int) -> tuple[dict[str, Any], bytes]:
    """The body and its bytes, for hashing; an empty one is an empty object. Raises InvalidJson or
    WebError."""
    data = await body()
    if not data.strip():
        return {}, data
    require_json_type()
    value = loads(data, max_depth=max_depth, max_members=_MEMBERS)
    if not isinstance(value, dict):
        raise invalid_request([field_error("body", "must be a JSON object")])
    return value, data
