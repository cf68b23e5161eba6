"""The journeys of a desk as the front end sees them: read, replaced, started.

Shared by the native API (`web.journeys_api`) and by the dialect of older pages
(`web.dialects.background`), so that both speak of the same journeys and of the same job.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct, UnsetType

from actors.errors import InvalidSpec
from actors.messages import CreateJob, Idempotency, JobView, Published, Reply
from actors.ports import DeskKey
from actors.settings import SetJourneys
from executors.visit.journeys import Draft, read_journeys
from state.errors import JobFilesMissing, JourneysMissing
from state.journeys import Ending, Journey, decode_journeys, ending_of, fold
from state.model import TERMINAL, Job, JourneyBook
from state.text import inert
from web.deps import WebDeps
from web.drafts import planner_of
from web.http import client_network, invalid
from web.kept_values import by_names, hidden, kept_secrets, with_kept
from web.threads import LARGE_ITEM_COUNT, Threads
from web.validate import field_error
from web.visit import Visit

KIND = "visit"
# Of the jobs that journeys are run by, one at a time.
LANE = "background"

_HOUR_S = 3600.0
_NEW_ID_BYTES = 4
# Outcomes may hold a megabyte each: so many are in memory at once.
PAGE_ITEMS = 16
# More steps than this are checked beside the loop.
_MANY_BYTES = 64 * 1024


class Kept(Struct, frozen=True):
    """A desk's journeys as they are now: those of its file, and what jobs that the file has not
    learned of yet have made of them. `digest` is the file's, None where there is none."""

    journeys: tuple[Journey, ...]
    digest: str | None
    revision: int

    @property
    def etag(self) -> str:
        """Of what is shown: it changes with every journey that ends."""
        shown = msgspec.json.encode((self.digest, self.journeys))
        return f'"{hashlib.sha256(shown).hexdigest()[:32]}"'


class Choice(Struct, frozen=True, kw_only=True):
    """Which journeys are to be run, by their places in the list (None: all), and how. Those that
    are `completed` are skipped unless that is ignored."""

    indices: tuple[int, ...] | None = None
    auto_generate: bool = False
    ignore_completed: bool = True
    options: Mapping[str, Any] = {}


class Journeys:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._store = deps.store
        self._threads = threads
        self._planner = planner_of(deps)

    async def read(self, visit: Visit) -> Kept:
        """Raises JourneysMissing where their file is damaged."""
        published = visit.desk.published
        while True:
            try:
                return await self._read(visit.key, published)
            except JourneysMissing:
                # A file that was replaced while we read is no damage.
                newer = visit.desk.published
                if newer.revision == published.revision:
                    raise
                published = newer

    async def _read(self, desk: DeskKey, published: Published) -> Kept:
        book = published.journeys
        if book is None:
            return Kept((), None, published.revision)
        journeys = decode_journeys(await self._store.read_journeys(desk, book.digest))
        for job in unsettled(published):
            with suppress(JobFilesMissing):  # what cannot be read teaches nothing
                journeys = fold(journeys, await self._endings(desk, job), since=book.set_at)
        return Kept(journeys, book.digest, published.revision)

    async def _endings(self, desk: DeskKey, job: Job) -> list[Ending]:
        endings: list[Ending] = []
        offset, total = 0, 1
        while offset < total:
            page = await self._store.read_outcomes(
                desk, job.id, run=job.run, again=job.again, offset=offset, limit=PAGE_ITEMS
            )
            found = (ending_of(record, item) for record, item in page.records)
            endings += [ending for ending in found if ending is not None]
            offset, total = offset + PAGE_ITEMS, page.total
        return endings

    async def replace(
        self, visit: Visit, raw: Sequence[Any], replaces: str | UnsetType | None
    ) -> Kept:
        """Keep this list instead of the present one. Raises InvalidSpec with all that is wrong,
        WebError for too many, JourneysChanged where `replaces` is not what is there."""
        most = self._settings.max_journeys
        if len(raw) > most:
            raise invalid([field_error("journeys", f"must not hold more than {most:,}")])
        check = partial(read_journeys, raw, self._planner.limits)
        size_bytes = len(msgspec.json.encode(raw))
        drafts = await self._threads.run(
            check, large=size_bytes > _MANY_BYTES, whose=client_network()
        )
        named = hidden(adopted(drafts, await self._known(visit)))
        reply = await visit.ask(SetJourneys(named.journeys, replaces, named.secrets))
        return Kept(named.journeys, self._digest(visit), reply.revision)

    async def _known(self, visit: Visit) -> tuple[Journey, ...]:
        """The present ones; none where they are damaged, for which a new list is the way out."""
        try:
            return (await self.read(visit)).journeys
        except JourneysMissing:
            return ()

    @staticmethod
    def _digest(visit: Visit) -> str | None:
        book: JourneyBook | None = visit.desk.published.journeys
        return None if book is None else book.digest

    async def start(
        self, visit: Visit, kept: Kept, choice: Choice, key: Idempotency | None = None
    ) -> Reply:
        """Run the chosen ones in their order as one job. Raises WebError or InvalidSpec for a
        choice that cannot be, LaneBusy while another such job has not ended."""
        indices = _indices_of(choice, kept)
        chosen = [kept.journeys[index] for index in indices]
        wanted = {
            "kind": KIND,
            "name": _name_of(chosen, self._settings.max_name_chars),
            "lane": LANE,
            "start": True,
            "items": [item_of(journey) for journey in chosen],
            "spec": _spec_of(choice, indices),
        }
        plan = partial(self._planner.plan, wanted)
        draft = await self._threads.run(
            plan, large=len(chosen) > LARGE_ITEM_COUNT, whose=client_network()
        )
        command = CreateJob(
            job_id=str(uuid.uuid4()),
            kind=draft.kind,
            name=draft.name,
            lane=draft.lane,
            priority=draft.priority,
            start=True,
            plan=draft.plan,
            idempotency=key,
            alone=True,
            of_journeys=True,
            kept_secrets=kept_secrets(draft.plan.secrets, chosen),
            retention_s=self._settings.background_retention_h * _HOUR_S,
        )
        return await visit.ask(command)


def newest(published: Published) -> JobView | None:
    """The job of journeys that was made last; None where there is none any more."""
    views = reversed(published.jobs.values())
    return next((view for view in views if view.job.of_journeys), None)


def unsettled(published: Published) -> Iterator[Job]:
    """The jobs whose endings the journeys have not learned of, in order of arrival."""
    book = published.journeys
    settled = {} if book is None else book.settled
    for view in published.jobs.values():
        job = view.job
        if job.of_journeys and not (job.status in TERMINAL and settled.get(job.id) == job.run):
            yield job


def adopted(drafts: Iterable[Draft], known: Iterable[Journey]) -> tuple[Journey, ...]:
    """The drafts as journeys. One without an id takes that of a known one of its name and URL, if
    another has not; a path is called generated for as long as it is the one that was. What a path
    fills in secretly and leaves out stays as it was."""
    drafts = list(drafts)
    by_id = {journey.id: journey for journey in known}
    taken = {draft.id for draft in drafts if draft.id is not None}
    free: dict[tuple[str, str], list[str]] = {}
    for journey in by_id.values():
        if journey.id not in taken:
            free.setdefault((journey.name, journey.url), []).append(journey.id)
    journeys = []
    for draft in drafts:
        same = free.get((draft.name, draft.url), [])
        own = draft.id or (same.pop(0) if same else _new_id(taken | by_id.keys()))
        taken.add(own)
        journeys.append(_journey(own, draft, by_id.get(own)))
    return tuple(journeys)


def _journey(own: str, draft: Draft, before: Journey | None) -> Journey:
    path_before = None if before is None else before.path
    path = with_kept(draft.path, path_before)
    edited = path_before is not None and path_before != path
    return Journey(
        id=own,
        name=draft.name,
        url=draft.url,
        path=path,
        generated=draft.generated and not edited,
        not_before=draft.not_before,
        expires_at=draft.expires_at,
        completed=draft.completed,
    )


def _new_id(taken: Iterable[str | None]) -> str:
    while (own := secrets.token_hex(_NEW_ID_BYTES)) in taken:
        continue
    return own


def item_of(journey: Journey) -> dict[str, Any]:
    """The journey as an item of a job."""
    item: dict[str, Any] = {"id": journey.id, "name": journey.name, "url": journey.url}
    if journey.path is not None:
        item |= {"path": by_names(journey.path), "generated": journey.generated}
    if journey.not_before is not None:
        item["not_before"] = journey.not_before
    if journey.expires_at is not None:
        item["expires_at"] = journey.expires_at
    return {**item, "completed": journey.completed}


def _indices_of(choice: Choice, kept: Kept) -> tuple[int, ...]:
    count = len(kept.journeys)
    if choice.indices is None:
        return tuple(range(count))
    if len(choice.indices) > count:
        # A list of a million is not looked at: no place may be there twice.
        raise invalid([field_error("indices", f"must not hold more than there are: {count:,}")])
    seen: set[int] = set()
    errors = []
    for place, index in enumerate(choice.indices):
        if reason := _wrong(index, count, seen):
            errors.append(field_error("indices", reason, place))
        seen.add(index)
    if errors:
        raise invalid(errors)
    return choice.indices


def _wrong(index: int, count: int, seen: Collection[int]) -> str | None:
    if not 0 <= index < count:
        return f"there is no journey {index}: they are counted from 0, and there are {count:,}"
    return "is there twice" if index in seen else None


# What is said of a start by other words than those of the spec.
_DECIDED = ("concurrency", "skip_completed", "task_indices", "without_path")


def _spec_of(choice: Choice, indices: tuple[int, ...]) -> dict[str, Any]:
    decided = [name for name in _DECIDED if name in choice.options]
    if decided:
        reason = "is decided by the start itself"
        raise invalid([field_error(f"options.{name}", reason) for name in decided])
    spec = {
        **choice.options,
        "without_path": "generate" if choice.auto_generate else "fail",
        "skip_completed": not choice.ignore_completed,
    }
    if indices != tuple(range(len(indices))):
        spec["task_indices"] = list(indices)
    return spec


def _name_of(chosen: Sequence[Journey], max_chars: int) -> str:
    if not chosen:
        raise InvalidSpec("there is no journey to run")
    more = f" +{len(chosen) - 1:,}" if len(chosen) > 1 else ""
    return inert(chosen[0].name)[: max_chars - len(more)] + more
