"""What a route is: the rule, its handler, and what OpenAPI says of it, in one value.

Every API class returns its routes; `web.app` registers them behind the check that they declare
(`web.guard`) and `web.openapi` describes them, so neither can know of a route that the other does
not, and there is no route without a declaration.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from web.access import Access, Shared

# Called with what the check of its `access` found: a `Visit` for DESK, a `Visit` or None for LINK
# and SHARE,
# an `Operator` for OPERATOR, nothing for the others; then the rest of the path by name.
Handler = Callable[..., Awaitable[Any]]
# How a desk's route finds its `Visit`, from `Auth` and the desk in its path.
Enter = Callable[..., Awaitable[Any]]


class Parameter(Struct, frozen=True):
    """A query parameter or header, for the description. `schema` is JSON Schema."""

    name: str
    schema: dict[str, Any]
    description: str = ""
    where: str = "query"


class FormPart(Struct, frozen=True):
    """A part of a form (`multipart/form-data`) that a route takes."""

    name: str
    description: str
    required: bool = False


class Refusal(Struct, frozen=True):
    """How the routes of a dialect say no: the shape of it, and the codes of `web.errors` that are
    told with status 200."""

    body: type[Struct]
    spoken: frozenset[str]


class Route(Struct, frozen=True, kw_only=True):
    """One operation. `answer` is a schema Struct, or a media type for what is not JSON.

    `in_api` is False for pages and redirects: they are served and not described. `enter` is for a
    route that ends what its caller has shown, and has to know a repetition all the same. `command`
    is what the audit log calls it, where that is not its name. `asks` is for one that only asks,
    as forms do with every key that is typed: the audit log has none of its refusals. `refusal` is
    of a dialect's route.
    `form` is taken instead of `body`, or besides it. `empty` says when there is nothing to be told
    (204).
    """

    method: str
    rule: str
    name: str
    access: Access
    handler: Handler
    summary: str
    enter: Enter | None = None
    answer: type[Struct] | str | None = None
    status: int = 200
    body: type[Struct] | None = None
    form: tuple[FormPart, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[str, ...] = ()
    in_api: bool = True
    command: str = ""
    asks: bool = False
    refusal: Refusal | None = None
    websocket: bool = False
    shared: Shared = Shared.NO
    empty: str = ""


TIME = {"type": "string", "format": "date-time"}


def integer(name: str, description: str, *, default: int | None = None) -> Parameter:
    schema: dict[str, Any] = {"type": "integer", "minimum": 0}
    if default is not None:
        schema["default"] = default
    return Parameter(name, schema, description)


def choice(name: str, allowed: tuple[str, ...], description: str) -> Parameter:
    return Parameter(name, {"type": "string", "enum": list(allowed)}, description)


IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200},
    "The same key and request get the same answer; the same key and another request get 409.",
    where="header",
)
IF_NONE_MATCH = Parameter(
    "If-None-Match", {"type": "string"}, "The ETag of what is known: 304 while it holds.", "header"
)
