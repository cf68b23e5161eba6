"""What a job of documents would make: how many, and by which names. Nothing is made or kept.

Called by `web.documents.outline_api`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from web.deps import WebDeps
from web.documents.making import KIND, DocumentSupplies, Supplies
from web.drafts import planner_of
from web.http import client_network
from web.threads import LARGE_ITEM_COUNT, Threads
from web.visit import Visit


class OutlinedName(Struct, frozen=True):
    """One document: the row, from 0, the id of its template, and what it would be called."""

    row: int
    template_id: str
    name: str


class Outline(Struct, frozen=True):
    """`documents` of `rows`, the first of them by name."""

    documents: int
    rows: int
    first: list[OutlinedName]
    price_tokens: int


class Outlines:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps, threads: Threads, supplies: DocumentSupplies) -> None:
        self._threads = threads
        self._supplies = supplies
        self._planner = planner_of(deps)

    async def make(
        self, visit: Visit, spec: Mapping[str, Any], items: Sequence[Any] | None, limit: int
    ) -> Outline:
        """The job's outline, with that many names. Raises WebError, InvalidSpec with all that is
        wrong with the job."""
        supplies = await self._supplies.of(visit, spec, has_items=items is not None)
        wanted: dict[str, Any] = {"kind": KIND, "spec": spec}
        if items is not None:
            wanted["items"] = items
        rows = items if supplies.rows is None else supplies.rows
        work = partial(self._outlined, wanted, supplies, limit)
        large = len(rows or ()) > LARGE_ITEM_COUNT
        return await self._threads.run(work, large=large, whose=client_network())

    def _outlined(self, wanted: Mapping[str, Any], supplies: Supplies, limit: int) -> Outline:
        plan = self._planner.plan(wanted, None, supplies).plan
        first = [msgspec.json.decode(each.item, type=OutlinedName) for each in plan.items[:limit]]
        count = len(plan.items)
        return Outline(count, count // len(supplies.templates), first, plan.price_tokens)
