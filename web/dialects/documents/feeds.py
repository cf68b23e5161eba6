"""A desk's messages, encoded once for all sockets that want the same. Used by `talk`.

What is kept is made from what a desk has published and from its tasks' files, so that it may be
dropped at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import trio
from msgspec import Struct

from actors.messages import JobView, Published
from state.model import JobStatus
from web.deps import Desk, WebDeps
from web.dialects.documents.events import Frame, Telling, changes, encode, frame
from web.dialects.documents.generation import item_of
from web.dialects.documents.paths import OLDER
from web.dialects.documents.selection import BY_TEMPLATE, Selection
from web.dialects.languages import Language
from web.documents.tally import Tallies, named_templates
from web.sending import Step, make_step
from web.visit import Visit

# Sockets that keep up all ask for the same step, most of them with one task in mind.
_KEPT = 16
# Which of several templates a document is of stands in the task's files: they are read so often.
COUNTED_EVERY_S = 1.0
_COUNTED_MAX = 64


class _Counted(Struct, frozen=True):
    """What a task's templates were at by some revision of it, and when that was found out."""

    revision: int
    at: float
    frames: tuple[Frame, ...]


class DocumentFeeds:
    """Built once; what it has of a desk lives as long as somebody holds the desk."""

    def __init__(self, deps: WebDeps) -> None:
        self._now = deps.now
        self._estimates = deps.estimates
        self._tallies = Tallies(deps.store)
        # Written by the socket that asks first.
        self._steps: WeakKeyDictionary[Desk, dict[Any, Step | None]] = WeakKeyDictionary()
        self._counted: WeakKeyDictionary[Desk, dict[str, _Counted]] = WeakKeyDictionary()

    def telling(self, language: Language) -> Telling:
        """As of now."""
        return Telling(language, self._now(), self._estimates)

    def step(
        self,
        desk: Desk,
        published: Published,
        after: int,
        selection: Selection,
        language: Language,
    ) -> Step | None:
        """What brings a client from `after` to `published`; None where that is nothing to tell."""
        kept = self._steps.setdefault(desk, {})
        key = (after, published.revision, selection.key, language)
        return _memoised(
            kept,
            key,
            lambda: encode(changes(published, after, selection, self.telling(language))),
        )

    async def by_template(self, visit: Visit, view: JobView) -> tuple[Frame, ...]:
        """How far the task is with each of its templates, as a message for each; nothing where that
        was found out so lately that it is not looked at again. Raises WebError where the task is
        gone, JobFilesMissing where its files are."""
        known = self._counted.setdefault(visit.desk, {})
        now, job = trio.current_time(), view.job
        found = known.get(job.id)
        if found is not None and found.revision == job.revision:
            return found.frames
        soon = found is not None and now < found.at + COUNTED_EVERY_S
        if soon and job.status is JobStatus.RUNNING and len(named_templates(job)) > 1:
            return ()
        with visit.reading(job.id):
            tallies = await self._tallies.of(visit.key, view)
        items = (item_of(job, tally, OLDER[0]) for tally in tallies)
        frames = tuple(
            frame(
                BY_TEMPLATE,
                job.id,
                self._now(),
                {"taskId": job.id, **msgspec.to_builtins(item)},
                revision=job.revision,
            )
            for item in items
        )
        if len(known) >= _COUNTED_MAX:
            del known[next(iter(known))]
        known[job.id] = _Counted(job.revision, now, frames)
        return frames


def _memoised(
    kept: dict[Any, Step | None], key: Any, make: Callable[[], tuple[str, ...]]
) -> Step | None:
    if key not in kept:
        texts = make()
        if len(kept) >= _KEPT:
            del kept[next(iter(kept))]
        kept[key] = make_step(texts) if texts else None
    return kept[key]
