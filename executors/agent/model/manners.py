"""What an endpoint has been found to understand, and a request in these words. Pure.

Not every endpoint that speaks chat completions knows all of it: one that refuses a request for a
field it does not know gets the next without. Used by `executors.agent.model.client`, which
remembers.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import orjson
from msgspec import Struct
from msgspec.structs import replace

from executors.agent.ports import ChatRequest

MAX_REQUEST_BYTES = 64 * 1024 * 1024


class Manners(Struct, frozen=True):
    """Of one model at one endpoint. `usage_asked`: that a stream is to end with its usage is asked
    for; `schema`: how an answer of a schema is."""

    usage_asked: bool = True
    schema: Literal["schema", "object", "none"] = "schema"
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"


FIRST = Manners()


class BadRequest(ValueError):
    """The request cannot be written; the message says why."""


def written(request: ChatRequest, model: str, manners: Manners) -> bytes:
    """The body. Raises BadRequest."""
    fields: dict[str, Any] = {
        "model": model,
        "messages": list(request.messages),
        manners.limit: request.max_tokens,
        "stream": request.stream,
    }
    if request.stream and manners.usage_asked:
        fields["stream_options"] = {"include_usage": True}
    if request.tools:
        fields["tools"] = list(request.tools)
    if request.answer_schema is not None and manners.schema != "none":
        fields["response_format"] = _format(request.answer_schema, manners)
    try:
        body = orjson.dumps(fields)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise BadRequest(f"the request cannot be written as JSON: {error}") from error
    if len(body) > MAX_REQUEST_BYTES:
        raise BadRequest(f"the request has more than {MAX_REQUEST_BYTES:,} bytes")
    return body


def _format(schema: dict[str, Any], manners: Manners) -> dict[str, Any]:
    if manners.schema == "object":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": schema}


_OF_USAGE = re.compile(r"stream_options|include_usage", re.I)
_OF_SCHEMA = re.compile(r"response_format|json_schema|json_object|structured", re.I)
_OF_LIMIT = re.compile(r"max_completion_tokens", re.I)


def milder(manners: Manners, request: ChatRequest, refusal: str) -> Manners | None:
    """How to ask again after that refusal, with less: without what it names, or, where it names
    nothing that can be left out, without all that can be. None: there is nothing to leave out."""
    has_usage = request.stream and manners.usage_asked
    has_schema = request.answer_schema is not None and manners.schema != "none"
    if manners.limit == "max_tokens" and _OF_LIMIT.search(refusal):
        return replace(manners, limit="max_completion_tokens")
    if has_usage and _OF_USAGE.search(refusal):
        return replace(manners, usage_asked=False)
    if has_schema and _OF_SCHEMA.search(refusal):
        return replace(manners, schema="object" if manners.schema == "schema" else "none")
    if has_usage or has_schema:
        return replace(
            manners,
            usage_asked=manners.usage_asked and not has_usage,
            schema="none" if has_schema else manners.schema,
        )
    return None
