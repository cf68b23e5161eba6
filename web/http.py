"""Small tools of the handlers: what a request asks, how an answer is built.

`Query` collects everything that is wrong with the parameters, to say all of it at once.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from quart import Response, has_request_context, request, websocket

from actors.messages import Idempotency
from web.errors import JSON_TYPE, WebError
from web.origins import is_allowed_origin
from web.rates import network_of
from web.strict_json import loads

Choice = TypeVar("Choice", bound=str)

_encoder = msgspec.json.Encoder()

MAX_KEY_CHARS = 200
# Of a request that needs no body: what is longer is not looked at.
MAX_EMPTY_BODY_BYTES = 1024

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
# Until the year 2200.
MOMENT_MAX = 7_258_118_400.0


def json_answer(value: Any, status: int = 200) -> Response:
    """`value`: a schema Struct, or its encoded bytes."""
    body = value if isinstance(value, bytes) else _encoder.encode(value)
    return Response(body, status, content_type=JSON_TYPE)


def desk_url(desk_id: str) -> str:
    """The address of a guest's desk, as whoever asks reaches this server."""
    return f"{request.scheme}://{request.host}/s/{desk_id}"


def share_url(token: str) -> str:
    """The same of what a share link shows."""
    return f"{request.scheme}://{request.host}/v/{token}"


def client_address() -> str:
    """Whose connection this is, for counting only."""
    context = request if has_request_context() else websocket
    client = context.scope.get("client")
    return client[0] if client else ""


def is_asked_from_elsewhere() -> bool:
    """Whether a page of another origin asks, one that the operator named: the door let it in. Its
    visitor's cookie is not its own, and proves nothing."""
    context = request if has_request_context() else websocket
    origin = context.headers.get("origin")
    return origin is not None and not is_allowed_origin(origin, context.host, (), context.scheme)


def client_network() -> str:
    """The same for what one client may not have all of."""
    return network_of(client_address())


def invalid(errors: Sequence[dict[str, Any]]) -> WebError:
    """Everything that is wrong with a request, in one refusal."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return WebError(
        "invalid_request",
        f"{first['field']}: {first['reason']}{more}",
        errors=list(errors),
        error_count=len(errors),
    )


class Query:
    """The query string, read with types and bounds. `done` raises what was wrong, all of it."""

    def __init__(self, args: Mapping[str, str], within: str = "") -> None:
        """`within` stands before the names of what is wrong: where they are part of a body."""
        self._args = args
        self._within = within
        self._errors: list[dict[str, Any]] = []

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        text = self._args.get(name)
        if text is None:
            return default
        # Only ASCII digits: int() also takes "１２", " 1 " and "1_0".
        if text.isascii() and text.isdigit() and len(text) <= 19 and low <= int(text) <= high:
            return int(text)
        self.wrong(name, f"must be a whole number from {low} to {high}")
        return default

    def optional_integer(self, name: str, *, high: int) -> int | None:
        return self.integer(name, 0, low=0, high=high) if name in self._args else None

    def seconds(self, name: str, *, high: float) -> float:
        """A duration; longer ones than `high` are cut to it."""
        text = self._args.get(name)
        if text is None:
            return 0.0
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if value >= 0:
            return min(value, high)
        self.wrong(name, "must be a number of seconds")
        return 0.0

    def moment(self, name: str) -> float | None:
        """A time (RFC 3339), in seconds since the epoch; None where it is not there."""
        text = self._args.get(name)
        if not text:
            return None
        # A "+" that nobody has escaped comes as a blank.
        text = text.replace(" ", "+").upper()
        try:
            found = _MOMENT.fullmatch(text)
            at = datetime.fromisoformat(text).timestamp() if found else math.nan
        except ValueError:
            at = math.nan
        if 0 <= at <= MOMENT_MAX:
            return at
        self.wrong(name, "must be a time from 1970 to 2200 as 2026-11-22T03:01:00.123Z")
        return None

    def choice(self, name: str, allowed: Collection[Choice]) -> Choice | None:
        """None where it is not there, or is none of those."""
        text = self._args.get(name) or None
        found = next((one for one in allowed if one == text), None)
        if found is None and text is not None:
            self.wrong(name, f"must be one of {', '.join(allowed)}")
        return found

    def text(self, name: str, *, most_chars: int) -> str:
        """ "" where it is not there."""
        text = self._args.get(name, "")
        if len(text) <= most_chars:
            return text
        self.wrong(name, f"is longer than {most_chars} characters")
        return ""

    def beginning(self, prefix: str, *, most_chars: int) -> list[tuple[str, str]]:
        """The parameters that begin so: (the rest of the name, the text)."""
        names = [name for name in self._args if name.startswith(prefix)]
        for name in names:
            if name == prefix:
                self.wrong(name, "needs a name behind the point")
        return [(name[len(prefix) :], self.text(name, most_chars=most_chars)) for name in names]

    def done(self) -> None:
        if self._errors:
            raise invalid(self._errors)

    def wrong(self, field: str, reason: str) -> None:
        self._errors.append({"index": None, "field": self._within + field, "reason": reason})


def still_holds(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has that version already, by RFC 9110: one tag, several, weak or `*`.

    None of our tags has a comma in it, so a foreign one that is cut at its own equals none.
    """
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return if_none_match.strip() == "*" or etag in tags


async def body() -> bytes:
    """The request's body. It is whole and within its limit: `web.door` has seen to that."""
    data = await request.get_data(cache=False, as_text=False)
    return data if isinstance(data, bytes) else data.encode()


async def empty_body(max_depth: int) -> bytes:
    """The body of a request that needs none: nothing, or an empty object. Returned for hashing."""
    data = await body()
    if data.strip():
        require_json_type()
        if len(data) > MAX_EMPTY_BODY_BYTES or loads(data, max_depth=max_depth) != {}:
            reason = "this request takes none, or an empty object"
            raise invalid([{"index": None, "field": "body", "reason": reason}])
    return data


def require_json_type() -> None:
    """A page of another origin can post JSON as text/plain without asking; so that is refused."""
    if request.mimetype != JSON_TYPE:
        raise WebError("unsupported_media_type", f"the body must be {JSON_TYPE}")


def idempotency(desk_key: str, *parts: bytes) -> Idempotency | None:
    """The request's `Idempotency-Key`, and a fingerprint of what it asked for.

    `me` and the desk's own id are the same request, so the fingerprint names the desk by its key.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable()):
        reason = f"must be 1 to {MAX_KEY_CHARS} printable ASCII characters"
        raise invalid([{"index": None, "field": "Idempotency-Key", "reason": reason}])
    path = request.path.split("/", 4)[-1]
    fingerprint = hashlib.sha256(f"{request.method}\n{desk_key}\n{path}\n".encode())
    for part in parts:
        fingerprint.update(len(part).to_bytes(8, "big"))
        fingerprint.update(part)
    return Idempotency(hashlib.sha256(key.encode()).hexdigest(), fingerprint.hexdigest())
