"""What a crawl is made of that goes through an earlier one again: its pages, with what their sites
said of them then, so that what has not changed since is not sent again. Used by `web.create_api`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports.store import StoreReads
from executors.crawl.items import Page, is_validator, read_step
from executors.crawl.options import DEFAULTS
from executors.crawl.spec import CrawlSpec
from state.errors import JobFilesMissing
from state.model import TERMINAL, OutcomeStatus
from web.errors import WebError
from web.http import invalid
from web.outcomes import closing
from web.validate import field_error
from web.visit import Visit

KIND = CrawlSpec.kind
SINCE = "since"
_FIELD = f"spec.{SINCE}"


class _Told(Struct, frozen=True):
    """What is read of an outcome."""

    etag: str = ""
    last_modified: str = ""


_told = msgspec.json.Decoder(_Told)


class EarlierPages(Struct, frozen=True):
    """`rows` are the items that the crawl begins with: the pages, and what the request has."""

    rows: list[Any]
    ids: tuple[str, ...] = ()

    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The spec for the plan. A crawl that says no size may be as large as what it begins with
        needs."""
        given = {field: value for field, value in spec.items() if field != SINCE}
        if given.get("max_items") is None and len(self.rows) > DEFAULTS["max_items"]:
            given["max_items"] = len(self.rows)
        return given


class Recrawls:
    """Holds no state of its own. One for a server."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store

    async def of(self, visit: Visit, spec: Any, items: Any) -> EarlierPages | None:
        """What a crawl of that spec, unchecked, begins with besides its `items`; None where it says
        nothing of an earlier one. Raises WebError."""
        if not isinstance(spec, Mapping) or spec.get(SINCE) is None:
            return None
        if spec.get("source") is not None:
            raise _refused("is for sites: a source tells by itself what is new")
        more = items if isinstance(items, list) else []
        pages = await self._pages(visit, spec[SINCE])
        if not pages and not more:
            raise _refused("names a crawl that has asked for no page")
        return EarlierPages([*more, *pages])

    async def _pages(self, visit: Visit, since: Any) -> list[dict[str, Any]]:
        jobs = visit.desk.published.jobs
        view = jobs.get(since) if isinstance(since, str) else None
        if view is None or view.job.kind != KIND:
            raise _refused("must be the id of a crawl of this desk")
        if view.job.status not in TERMINAL:
            raise _refused("names a crawl that has not ended yet")
        pages: list[dict[str, Any]] = []
        try:
            async with closing(self._store.iter_outcomes(visit.key, view.job.id)) as batches:
                async for batch in batches:
                    for record, item in batch:
                        if record.status is not OutcomeStatus.SKIPPED:
                            pages += _page(item.item, record.result)
        except JobFilesMissing as error:
            raise WebError("files_damaged", str(error)) from error
        return pages


def _page(item: Raw, result: Raw) -> list[dict[str, Any]]:
    """The item that asks for that page again; none for what was no page. A page that had not
    changed at that time keeps what was known of it."""
    step = read_step(item)
    if not isinstance(step, Page):
        return []
    told = _Told()
    with suppress(msgspec.DecodeError):  # as a worker has written it: then nothing is known
        told = _told.decode(result)
    known = {
        "etag": told.etag or step.etag,
        "last_modified": told.last_modified or step.last_modified,
    }
    said = {name: value for name, value in known.items() if value and is_validator(value)}
    return [{"url": step.url, "depth": step.depth, **said}]


def _refused(reason: str) -> WebError:
    return invalid([field_error(_FIELD, reason)])
