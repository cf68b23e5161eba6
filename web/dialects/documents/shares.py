"""How far each template of a task is. Used by the status of family C and by its sockets."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from actors.messages import JobView
from actors.ports import StoreReads
from state.filters import counts_in
from state.model import OutcomeStatus
from web.dialects.documents.view import templates_of
from web.outcomes import closing
from web.visit import Visit


class Share(Struct, frozen=True):
    """What one template has made of its `total` rows."""

    id: str
    name: str
    total: int
    ok: int
    failed: int

    @property
    def done(self) -> int:
        return self.ok + self.failed


class Shares:
    """Holds no state of its own. One for a server."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store

    async def of(self, visit: Visit, view: JobView) -> list[Share]:
        """By template, in the order of the task. Raises JobFilesMissing."""
        templates, counts = templates_of(view.job), view.counts
        if len(templates) == 1 or not counts.done:
            # What nobody has to look up.
            ended = [(counts.ok, counts.failed)] * len(templates)
        else:
            ended = await self._ended(visit, view, len(templates))
        total = counts.total // len(templates)
        return [
            Share(id, name, total, ok, failed)
            for (id, name), (ok, failed) in zip(templates, ended, strict=True)
        ]

    async def _ended(self, visit: Visit, view: JobView, n: int) -> list[tuple[int, int]]:
        """(well, not well) of each. Every row goes through all templates before the next does."""
        job = visit.view(view.job.id).job
        found: Counter[tuple[int, bool]] = Counter()
        with visit.reading(job.id):
            outcomes = self._store.iter_outcomes(visit.key, job.id)
            async with closing(outcomes) as batches:
                async for batch in batches:
                    found.update(
                        (record.index % n, record.status is OutcomeStatus.OK)
                        for record, item in batch
                        if counts_in(job, record, item)
                    )
        return [(found[place, True], found[place, False]) for place in range(n)]
