"""An operation of a dialect under each of its addresses, as the routes that it comes to.

Used by the dialects whose clients spell one operation in several ways. The first spelling is the
one that is described in `/openapi.json`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from quart import request

from web.access import Access
from web.dialects.languages import Language, language_of
from web.routes import FormPart, Handler, Parameter, Refusal, Route


class Row(Struct, frozen=True, kw_only=True):
    """One operation, under each of its `paths`. `command` is what the audit log calls it where it
    is refused; `errors` are codes of `web.errors` besides those that any route may answer."""

    method: str
    paths: tuple[str, ...]
    name: str
    handler: Handler
    summary: str
    answer: type[Struct] | str | None
    status: int = 200
    body: type[Struct] | None = None
    form: tuple[FormPart, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[str, ...] = ()
    command: str = ""
    access: Access = Access.SESSION
    empty: str = ""


def spelled(row: Row, refusal: Refusal) -> Iterator[Route]:
    """Under every spelling; `refusal` is how its dialect says no."""
    for place, path in enumerate(row.paths):
        yield Route(
            method=row.method,
            rule=path,
            name=row.name if place == 0 else f"{row.name}_{place}",
            access=row.access,
            handler=row.handler,
            summary=row.summary,
            answer=row.answer,
            status=row.status,
            body=row.body,
            form=row.form,
            parameters=row.parameters,
            errors=row.errors,
            command=row.command or row.name,
            refusal=refusal,
            in_api=place == 0,
            empty=row.empty,
        )


def language() -> Language:
    """In which the request wants to be answered."""
    return language_of(request.headers.get("Accept-Language"))
