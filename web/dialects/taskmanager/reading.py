"""Bodies and queries of this dialect, as the types that its routes declare."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct

from web.deps import WebSettings
from web.dialects.objects import read_object
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.task_bodies import ManagerPageBody, ManagerPagination
from web.http import empty_body, invalid
from web.threads import Threads
from web.validate import check_fields, field_error

B = TypeVar("B", bound=Struct)


class Reader:
    """One for a server; holds nothing but what it was given."""

    def __init__(self, threads: Threads, tasks: Tasks, settings: WebSettings) -> None:
        self._threads = threads
        self._parse = tasks.parse
        self._max_page_size = settings.max_page_size
        self._max_json_depth = settings.max_json_depth

    async def object(self) -> tuple[dict[str, Any], bytes]:
        """The body, and its bytes; an empty one is an empty object. Raises WebError."""
        return await read_object(self._threads, self._parse)

    async def empty(self) -> None:
        """The body of a request that needs none. Raises WebError for one that says something."""
        await empty_body(self._max_json_depth)

    async def body(self, model: type[B]) -> tuple[B, bytes]:
        """The same, checked; what is null is not there. Raises WebError with all that is wrong."""
        value, data = await self.object()
        said = {name: each for name, each in value.items() if each is not None}
        fields, errors = check_fields(model, said)
        if errors:
            raise invalid(errors)
        return model(**fields), data

    def page(self, asked: ManagerPageBody) -> ManagerPageBody:
        """Raises WebError for one that is larger than a page may be."""
        if asked.page_size > self._max_page_size:
            reason = f"must be a whole number from 1 to {self._max_page_size}"
            raise invalid([field_error("pagination.page_size", reason)])
        return asked


def pagination_of(asked: ManagerPageBody, total: int) -> ManagerPagination:
    return ManagerPagination(
        page=asked.page,
        page_size=asked.page_size,
        total=total,
        total_pages=-(-total // asked.page_size),
    )
