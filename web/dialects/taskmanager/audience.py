"""Whom something is told. Used by all of the dialect that tells of tasks."""

from __future__ import annotations

from msgspec import Struct
from quart import has_request_context, request, websocket

from web.dialects.languages import Language, language_of

_SCHEMES = {"ws": "http", "wss": "https"}


class Audience(Struct, frozen=True):
    """In which language, and by which origin the server was called there: pages put the addresses
    of pictures into documents of another origin, where a path alone would lead astray."""

    language: Language = "zh"
    origin: str = ""


def audience() -> Audience:
    """Of the request or socket that is being served. Its host was checked at the door."""
    call = request if has_request_context() else websocket
    scheme = _SCHEMES.get(call.scheme, call.scheme)
    language = language_of(call.headers.get("Accept-Language"))
    return Audience(language, f"{scheme}://{call.host}")
