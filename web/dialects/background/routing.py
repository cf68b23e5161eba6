"""A handler of the dialect as the routes of its three spellings. Used by `web.dialects.background`.

The first spelling is the one that is described in `/openapi.json`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from quart import request

from web.access import Access
from web.dialects.background.paths import SPELLINGS
from web.dialects.background.refusals import SPOKEN
from web.dialects.background.schemas import BackgroundRefusal
from web.dialects.languages import Language, language_of
from web.routes import Handler, Refusal, Route

_REFUSAL = Refusal(BackgroundRefusal, SPOKEN)


class Row(Struct, frozen=True):
    """One operation. `command` is what the audit log calls it where it is refused."""

    method: str
    path: str
    name: str
    handler: Handler
    answer: type[Struct]
    summary: str
    body: type[Struct] | None = None
    command: str = ""
    access: Access = Access.SESSION


def routes_of(row: Row) -> Iterator[Route]:
    """Under every spelling where it is a matter of a desk, else under the first."""
    spellings = SPELLINGS if row.access is Access.SESSION else {"": ""}
    for suffix, prefix in spellings.items():
        yield Route(
            method=row.method,
            rule=prefix + row.path,
            name=row.name + suffix,
            access=row.access,
            handler=row.handler,
            summary=row.summary,
            answer=row.answer,
            body=row.body,
            command=row.command or row.name,
            refusal=_REFUSAL,
            in_api=not prefix,
        )


def language() -> Language:
    """In which the request wants to be answered."""
    return language_of(request.headers.get("Accept-Language"))
