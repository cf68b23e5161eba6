"""One document of a job that is not made yet, to be looked at. Shared by the native API and by the
dialect of document batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from actors.ports import Plan
from executors.documents.formats import Format
from executors.documents.port import Rendered
from executors.documents.values import blank_fields
from web.deps import WebDeps
from web.documents.making import KIND, DocumentSupplies, Supplies
from web.drafts import planner_of
from web.http import client_network, invalid
from web.jailed import jailed
from web.threads import LARGE_ITEM_COUNT, Threads
from web.validate import field_error
from web.visit import Visit

T = TypeVar("T")


class Wish(Struct, frozen=True):
    """Which document: of the spec of a job, and its rows where it has no data source, the row with
    that place among those that its filter lets through, by that one of its templates."""

    spec: Mapping[str, Any]
    items: Sequence[Any] | None = None
    row: int = 0
    template: int = 0


class Sample(Struct, frozen=True):
    """A document, and the fields of its template that its row has no value for."""

    format: Format
    made: Rendered
    blanks: tuple[str, ...]


class Previews:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps, threads: Threads, supplies: DocumentSupplies) -> None:
        self._store = deps.store
        self._max_rows = deps.settings.max_items
        self._documents = deps.documents
        self._log = deps.log
        self._threads = threads
        self._supplies = supplies
        self._planner = planner_of(deps)

    async def make(self, visit: Visit, wish: Wish) -> Sample:
        """The document. Raises WebError, InvalidSpec with all that is wrong with the job."""
        supplies = await self._supplies.of(visit, wish.spec, has_items=wish.items is not None)
        plan = await self._plan(wish, supplies)
        place = _place(wish, supplies)
        template = supplies.templates[place]
        item = _item(plan, wish.row * len(supplies.templates) + wish.template)
        pictures = [each["digest"] for each in item.get("pictures", {}).values()]
        assets = {
            digest: await self._store.read_library(visit.key, digest)
            for digest in (template.digest, *pictures)
        }
        with jailed("the document", self._log, "spec", "made"):
            made = await self._documents.render(visit.key, plan.spec, assets, item)
        mappings = plan.spec["templates"][place].get("mappings", {})
        blanks = blank_fields(template.fields, item["data"], mappings)
        return Sample(plan.spec["format"], made, blanks)

    async def picture(self, visit: Visit, format: Format, made: Rendered) -> bytes:
        """Its first page as a PNG. Raises WebError."""
        with jailed("the document", self._log, "spec", "made"):
            return await self._documents.picture(visit.key, format, made.data)

    async def _plan(self, wish: Wish, supplies: Supplies) -> Plan:
        """Of as many rows as are needed."""
        spec, last = dict(wish.spec), min(wish.row + 1, self._max_rows)
        limit = spec.get("limit")
        if limit is None or (isinstance(limit, int) and limit > last):
            spec["limit"] = last
        wanted: dict[str, Any] = {"kind": KIND, "spec": spec}
        if wish.items is not None:
            wanted["items"] = wish.items
        plan = partial(self._planner.plan, wanted, None, supplies)
        rows = wish.items if supplies.rows is None else supplies.rows
        return (await self._run(plan, len(rows or ()))).plan

    async def _run(self, work: Callable[[], T], count: int) -> T:
        large = count > LARGE_ITEM_COUNT
        return await self._threads.run(work, large=large, whose=client_network())


def _place(wish: Wish, supplies: Supplies) -> int:
    if wish.template >= len(supplies.templates):
        raise invalid([field_error("template", f"there are only {len(supplies.templates)}")])
    return wish.template


def _item(plan: Plan, index: int) -> dict[str, Any]:
    if index >= len(plan.items):
        raise invalid([field_error("row", "there is none, or the filter lets none through")])
    item: dict[str, Any] = msgspec.json.decode(plan.items[index].item)
    return item
