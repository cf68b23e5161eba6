"""How everything of the dialect is answered: `{"success": true, "data", "meta"}`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from quart import Response

from web.dialects.documents.schemas import DocumentsAnswer, DocumentsMeta, Pagination
from web.http import Query, json_answer
from web.routes import Parameter, integer
from web.views import wire_time

DEFAULT_PAGE_SIZE = 20
_MAX_PAGE = 10**9
PAGE_PARAMETERS: tuple[Parameter, ...] = (
    integer("page", "From 1.", default=1),
    integer("pageSize", "", default=DEFAULT_PAGE_SIZE),
)


class Answers:
    """What is answered now. Holds the clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def answer(self, data: Any, status: int = 200, warnings: Sequence[str] = ()) -> Response:
        """`data` as the contract wraps it."""
        meta = DocumentsMeta(timestamp=self.time(), warnings=list(warnings))
        return json_answer(DocumentsAnswer(data=data, meta=meta), status)

    def time(self) -> str:
        """Now, on the wire."""
        return wire_time(self._now())


def page_of(query: Query, most: int) -> tuple[int, int]:
    """(which page, how many on it), as the request wants them."""
    page = query.integer("page", 1, low=1, high=_MAX_PAGE)
    return page, query.integer("pageSize", DEFAULT_PAGE_SIZE, low=1, high=most)


def pagination(page: int, size: int, total: int) -> Pagination:
    """What is said of a page of so many in all."""
    return Pagination(page=page, pageSize=size, total=total, totalPages=ceil(total / size))
