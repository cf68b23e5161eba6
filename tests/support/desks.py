"""Desks without actors: the real rules and the real feed, decided at once and kept in memory.

What the front end's tests talk to where the actor, its store and its workers are not the point.
"""

from __future__ import annotations

import time

from msgspec.structs import replace

from actors.caller import SYSTEM, Caller
from actors.errors import ActorError, NotFound
from actors.feed import Feed
from actors.linked import LinkedDesk
from actors.messages import (
    Command,
    CreateJob,
    JobView,
    LiveProgress,
    Published,
    Receipt,
    Reply,
)
from actors.ports import DeskKey, Link
from actors.rules.change import Change, Limits, Moment, move
from actors.rules.jobs import decide
from actors.rules.lanes import waiting_order
from actors.rules.ledger import effective
from actors.rules.links import opens
from actors.rules.shares import opened_by
from actors.shared import SharedDesk
from state.model import DeskState, JobStatus

LIMITS = Limits(
    max_jobs=1_000, max_idempotency_keys=100, idempotency_ttl_s=3600, opening_tokens=10_000
)


# Scripted desks have no disk: what they show counts as saved, and saved then.
SAVED_AT = 1_700_000_000.0


class ScriptedDesk:
    """Satisfies `web.deps.Desk`; tests move its jobs along."""

    def __init__(self, key: DeskKey, *, guest: bool = True) -> None:
        self.key = key
        self.state = DeskState(created_at=1_700_000_000.0, guest=guest)
        self.limits = LIMITS
        self.live: dict[str, LiveProgress] = {}
        self.asked: list[Command] = []
        # Who asked each, and what was noted: (what, who, job).
        self.callers: list[Caller] = []
        self.noted: list[tuple[str, Caller, str | None]] = []
        # What was refused before it was asked: (what, who, code).
        self.refused: list[tuple[str, Caller, str]] = []
        self.failure: ActorError | Exception | None = None
        self.transitions = ()
        self.revision = 1
        self.feed = Feed()
        self.publish(Change(self.state))

    @property
    def published(self) -> Published:
        return self.feed.published

    @property
    def subscribers(self) -> int:
        return self.feed.subscribers

    def note(self, what: str, by: Caller, job_id: str | None = None, outcome: str = "ok") -> None:
        if outcome == "ok":
            self.noted.append((what, by, job_id))
        else:
            self.refused.append((what, by, outcome))

    async def ask(self, command: Command, by: Caller = SYSTEM) -> Reply:
        self.asked.append(command)
        self.callers.append(by)
        if self.failure is not None:
            raise self.failure
        decision = decide(self.state, command, self._moment(), self.limits)
        self.publish(decision.change)
        return decision.reply

    async def wait_newer(self, revision: int) -> Published:
        return await self.feed.wait_newer(revision)

    def subscribe(self):
        return self.feed.subscribe()

    def move(self, job_id: str, status: JobStatus, **fields) -> None:
        self.publish(move(self.state, self.state.jobs[job_id], status, self._moment(), **fields))

    def progress(self, job_id: str, live: LiveProgress) -> None:
        self.live[job_id] = live
        moment = self._moment()
        job = replace(self.state.jobs[job_id], revision=moment.revision)
        jobs = {**self.state.jobs, job_id: job}
        self.publish(Change(replace(self.state, jobs=jobs)))

    def publish(self, change: Change) -> None:
        self.revision += 1
        self.state = change.state
        places = waiting_order(change.state.jobs.values())
        self.transitions = (self.transitions + change.transitions)[-8:]
        self.feed.publish(
            Published(
                revision=self.revision,
                created_at=self.state.created_at,
                jobs={
                    key: JobView(job, self.live.get(key), places.get(key))
                    for key, job in change.state.jobs.items()
                },
                transitions=self.transitions,
                complete_since=self.transitions[0].revision - 1
                if len(self.transitions) == 8
                else 0,
                flags={"restored": self.state.restored, "read_only": False},
                saved=Receipt(self.revision, SAVED_AT),
                link=self.state.link,
                egress=self.state.egress,
                ledger=effective(self.state, self.limits),
                plan=self.state.plan,
                proxies=self.state.proxies,
                webhooks=self.state.webhooks,
                outbox=self.state.outbox,
                templates=self.state.templates,
                data_sources=self.state.data_sources,
                pictures=self.state.pictures,
                presets=self.state.presets,
                characters=self.state.characters,
                models=self.state.models,
                shares=self.state.shares,
            )
        )

    def _moment(self) -> Moment:
        return Moment(time.time(), self.revision + 1)


class ScriptedDesks:
    """Satisfies `web.deps.Desks`."""

    def __init__(self) -> None:
        self.desks: dict[DeskKey, ScriptedDesk] = {}
        self.holds: dict[Link, LinkedDesk] = {}
        self.shared: dict[Link, SharedDesk] = {}
        self.failure: Exception | None = None

    async def find(self, key: DeskKey) -> ScriptedDesk:
        if self.failure is not None:
            raise self.failure
        if key not in self.desks:
            raise NotFound("no such desk")
        return self.desks[key]

    async def find_linked(self, link: Link) -> LinkedDesk:
        if self.failure is not None:
            raise self.failure
        for key, desk in self.desks.items():
            if opens(link, key, desk.published):
                return self.holds.setdefault(link, LinkedDesk(desk, link))
        raise NotFound("no such desk")

    async def find_shared(self, link: Link) -> SharedDesk:
        for desk in self.desks.values():
            if opened_by(link, desk.published) is not None:
                return self.shared.setdefault(link, SharedDesk(desk, link))
        raise NotFound("no such share link")

    async def create(self, key: DeskKey, *, guest: bool = True) -> ScriptedDesk:
        return self.desks.setdefault(key, ScriptedDesk(key, guest=guest))


def last_created(desk: ScriptedDesk) -> CreateJob:
    return next(command for command in reversed(desk.asked) if isinstance(command, CreateJob))
