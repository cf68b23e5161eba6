"""The items of an earlier job, for one that is made of them with changes, and what that job was
asked for. Its items go from its file to the new plan here: no browser has to carry 100,000 of them.

Used by `web.handing` and `web.asked_api`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from actors.messages import JobView
from actors.ports.forms import Asked, Repeatable
from actors.rules.repeats import given
from executors.vision.sources import UnpackedPicture
from web.deps import WebDeps
from web.drafts import planner_of
from web.errors import WebError
from web.http import client_network, invalid
from web.threads import LARGE_ITEM_COUNT, Threads
from web.validate import field_error
from web.visit import Visit

# The field of a request that names the job.
ITEMS_OF = "items_of"


class EarlierItems(Struct, frozen=True):
    """What a job of another's items is made of. `items` is None where the spec says where they come
    from; `files` are the other job's own that its items are in, by digest."""

    job_id: str
    items: Sequence[Any] | None
    files: Mapping[str, bytes]


class Again:
    """Reads earlier jobs. Holds no state of its own; one for a server."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._store = deps.store
        self._executors = deps.executors
        self._limits = planner_of(deps).limits
        self._threads = threads

    async def of(self, visit: Visit, value: Any) -> EarlierItems | None:
        """What the request is made of besides itself; None where it names no job. Raises
        WebError."""
        if not isinstance(value, Mapping) or value.get(ITEMS_OF) is None:
            return None
        if "items" in value:
            raise _refused("cannot stand beside items")
        view = self._named(visit, value[ITEMS_OF], value.get("kind"))
        asked = await self.asked(visit, view)
        if asked is None:
            raise _refused(f"names a job of kind {view.job.kind}, which cannot be read back")
        if any(name.startswith("items[") for name in asked.secrets):
            raise _refused("names a job whose items have secrets: hand them in again")
        return EarlierItems(view.job.id, asked.items, await self._files(visit, view, asked))

    async def asked(self, visit: Visit, view: JobView) -> Asked | None:
        """What that job was asked for; None where its kind cannot say it."""
        executor: object = self._executors.get(view.job.kind)
        if not isinstance(executor, Repeatable):
            return None
        count = given(view.job)
        with visit.reading(view.job.id):
            items = await self._store.read_items(visit.key, view.job.id, limit=count)
        stored = [each.item for each in items]
        read = partial(executor.asked, view.job.spec, stored, self._limits)
        large = count > LARGE_ITEM_COUNT
        return await self._threads.run(read, large=large, whose=client_network())

    def _named(self, visit: Visit, job_id: Any, kind: Any) -> JobView:
        """Raises WebError."""
        view = visit.desk.published.jobs.get(job_id) if isinstance(job_id, str) else None
        if view is None:
            raise _refused("must be the id of a job of this desk")
        if view.job.kind != kind:
            raise _refused(f"names a job of kind {view.job.kind}: its items are of no use here")
        return view

    async def _files(self, visit: Visit, view: JobView, asked: Asked) -> Mapping[str, bytes]:
        """Those that the job was handed with its items: archives of pictures."""
        digests = {part for each in asked.items or () if (part := _digest_of(each)) is not None}
        with visit.reading(view.job.id):
            return {
                digest: await self._store.read_asset(visit.key, view.job.id, digest)
                for digest in digests
            }


def origin_of(visit: Visit, value: Any) -> str:
    """The job that the request names as the one that its own is to be like. Raises WebError."""
    origin = value.get("origin") if isinstance(value, Mapping) else None
    if origin is None:
        return ""
    if not isinstance(origin, str) or origin not in visit.desk.published.jobs:
        raise invalid([field_error("origin", "must be the id of a job of this desk")])
    return origin


def _digest_of(item: Any) -> str | None:
    picture = getattr(item, "picture", item)
    return picture.part.digest if isinstance(picture, UnpackedPicture) else None


def _refused(reason: str) -> WebError:
    return invalid([field_error(ITEMS_OF, reason)])
