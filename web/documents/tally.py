"""How far a job of documents is with each of its templates. Shared by the native API and by the
dialect of document batches.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from actors.messages import JobView
from actors.ports import DeskKey, StoreReads
from executors.documents.names import template_folders
from state.model import Counts, Job, OutcomeStatus
from web.documents.making import KIND
from web.outcomes import closing

# A place among a job's templates, and an ending, as the counts of a job have it.
_Share = tuple[int, OutcomeStatus]


class Tally(Struct, frozen=True):
    """The documents of one template, and where they are among what the job has made: in `folder`,
    which is empty where the job has one template."""

    template_id: str
    name: str
    folder: str
    counts: Counts

    def has(self, artifact: str) -> bool:
        """Whether it is one of them."""
        return not self.folder or artifact.startswith(f"{self.folder}/")


def named_templates(job: Job) -> list[tuple[str, str]]:
    """(id, name) of each, in the order in which each row goes through them."""
    return [(each["id"], each["name"]) for each in job.spec["templates"]]


def templates_of(job: Job) -> list[tuple[str, str, str]]:
    """(id, name, folder) of each, in that order."""
    named = named_templates(job)
    folders = template_folders([name for _, name in named])
    return [(id, name, folder) for (id, name), folder in zip(named, folders, strict=True)]


class Tallies:
    """Holds no state of its own. One for a server."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store

    async def of(self, desk: DeskKey, view: JobView) -> list[Tally]:
        """One for each template; none for jobs of other kinds. Raises JobFilesMissing."""
        if view.job.kind != KIND:
            return []
        templates = templates_of(view.job)
        counts = view.counts
        if len(templates) == 1:
            shares = [counts]
        elif counts.done == 0 or counts.ok == counts.total:
            shares = _shared(counts, len(templates))
        else:
            shares = await self._counted(desk, view, len(templates))
        return [Tally(*each, share) for each, share in zip(templates, shares, strict=True)]

    async def _counted(self, desk: DeskKey, view: JobView, many: int) -> list[Counts]:
        """By the outcomes that the job's own counts count."""
        found: Counter[_Share] = Counter()
        for status in _needed(view.counts):
            found += await self._found(desk, view.job, status, many)
        total = view.counts.total // many
        whole = view.counts.done >= view.counts.total
        shares = []
        for place in range(many):
            failed = found[place, OutcomeStatus.FAILED]
            skipped = found[place, OutcomeStatus.SKIPPED]
            ok = total - failed - skipped if whole else found[place, OutcomeStatus.OK]
            shares.append(Counts(total=total, ok=ok, failed=failed, skipped=skipped))
        return shares

    async def _found(
        self, desk: DeskKey, job: Job, status: OutcomeStatus, many: int
    ) -> Counter[_Share]:
        """How many of each template ended so."""
        outcomes = self._store.iter_outcomes(
            desk, job.id, status=status, run=job.run, again=job.again
        )
        places: Counter[int] = Counter()
        async with closing(outcomes) as batches:
            async for batch in batches:
                # Each row goes through all templates.
                places.update(record.index % many for record, _ in batch)
        return Counter({(place, status): count for place, count in places.items()})


def _needed(counts: Counts) -> list[OutcomeStatus]:
    """What must be looked up: of a job that has ended, what is not well."""
    return [
        status
        for status, count in (
            (OutcomeStatus.OK, counts.ok if counts.done < counts.total else 0),
            (OutcomeStatus.FAILED, counts.failed),
            (OutcomeStatus.SKIPPED, counts.skipped),
        )
        if count
    ]


def _shared(counts: Counts, many: int) -> list[Counts]:
    """Where all templates are equally far."""
    return [Counts(total=counts.total // many, ok=counts.ok // many) for _ in range(many)]
