"""Answers that entries of the library share, whatever their kind."""

from __future__ import annotations

from quart import Response

from actors.messages import Reply
from web.documents import schemas
from web.filenames import disposition
from web.http import json_answer


def to_be_saved(data: bytes, media_type: str, name: str) -> Response:
    """A file, and no page of this server: what somebody uploaded is not ours to render."""
    response = Response(data, 200, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(name)
    return response


def forgotten(id: str, reply: Reply) -> Response:
    """It is gone."""
    return json_answer(schemas.DeletedAnswer(id, reply.revision, durable=True))
