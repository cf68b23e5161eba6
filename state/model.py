"""The desk's state: frozen values that are decided on in `actors.rules` and saved by `state.store`.

Everything here is plain data. A change is a new value (`msgspec.structs.replace`), so a value that
was handed to a saving thread or a subscriber never changes under it. Times are seconds since the
epoch (UTC, float); the wire formats them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType, field

from state.job_events import JobEvent
from state.ledgers import Ledger
from state.library import (
    Character,
    DataSource,
    Entry,
    Model,
    Picture,
    Preset,
    Template,
    library_digests,
)
from state.notices import Notice, Webhook
from state.paces import HostPace
from state.proxies import PoolProxy
from state.schedules import Pass, PassRecord, Schedule
from state.shares import Share
from state.spending import NO_CAP, NO_DAY, NO_SPEND, DaySpend, Spend, SpendCap
from state.wanted import OutcomeFilter


class JobStatus(StrEnum):
    """Where a job stands. `ALLOWED` says what may follow what."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    PARTIALLY_COMPLETED = "partially_completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset(
    {JobStatus.COMPLETED, JobStatus.PARTIALLY_COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
)

# The `Job.reason` of a job that waits for its files to be writable again and goes on by itself, and
# of one that waits until its desk takes up less of the disk.
STORAGE = "storage"
QUOTA = "quota"

_ENDINGS = TERMINAL
_RETRY = frozenset({JobStatus.QUEUED})

# The one table of what may follow what; `docs/job-lifecycle.md` draws it and a test compares them.
# running -> queued is an interruption (shutdown, crash): not a failure, the attempt is unchanged.
ALLOWED: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.PENDING: frozenset({JobStatus.QUEUED, JobStatus.SCHEDULED, JobStatus.CANCELLED}),
    JobStatus.SCHEDULED: frozenset({JobStatus.PAUSED, JobStatus.CANCELLED}),
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.CANCELLED}),
    JobStatus.RUNNING: _ENDINGS | {JobStatus.PAUSED, JobStatus.QUEUED},
    JobStatus.PAUSED: frozenset(
        {JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SCHEDULED, JobStatus.CANCELLED}
    ),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.PARTIALLY_COMPLETED: _RETRY,
    JobStatus.FAILED: _RETRY,
    JobStatus.CANCELLED: _RETRY,
}


class OutcomeStatus(StrEnum):
    """How an item ended. `LOST` is no ending: it marks an item whose worker died under it; nor is
    `SPENT`, which says what an item has spent that has not ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    POISONED = "poisoned"
    LOST = "lost"
    SPENT = "spent"


# Of what stands in the lines of outcomes, what is no ending of an item.
NO_ENDINGS = frozenset({OutcomeStatus.LOST, OutcomeStatus.SPENT})


# Items of a job, or steps of an item: far beyond every limit that is configured.
TOTAL_MAX = 10**9


class Tally(Struct, frozen=True, gc=False, omit_defaults=True):
    """What an item came to besides its ending, where its kind counts such things: how many it has
    `found`, or was asked for, and how many it has `made`."""

    found: int = 0
    made: int = 0


NO_TALLY = Tally()


class Counts(Struct, frozen=True, forbid_unknown_fields=True):
    """Items of a job in its present run. A poisoned item counts as failed. `found` and `made` are
    the sums of what the newest ending of each item was tallied with, in whichever run that was;
    `spend` is that of what each item has said last that it has spent, in all runs."""

    total: int
    ok: int = 0
    failed: int = 0
    skipped: int = 0
    found: int = 0
    made: int = 0
    spend: Spend = NO_SPEND

    @property
    def done(self) -> int:
        return self.ok + self.failed + self.skipped

    @property
    def tally(self) -> Mapping[str, int]:
        """The sums by their names."""
        return {"found": self.found, "made": self.made}


class Damage(Struct, frozen=True, forbid_unknown_fields=True):
    """What of a job's outcomes was lost to damage of their file, for its user to know: `endings`
    had been counted and are gone (their items are done again), `lines` could not be read."""

    endings: int = 0
    lines: int = 0


class AtWork(Struct, frozen=True, forbid_unknown_fields=True):
    """How far an item in flight is: `fraction` from 0 to 1, `done` of `total` steps where it has
    steps, as of `at`."""

    index: int
    fraction: float
    stage: str = ""
    done: int = 0
    total: int = 0
    at: float = 0.0


class Job(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One job as it is kept in the desk's file (about 1 KB); its items live in JSON Lines files.

    `run` is the start number: 0 before the first start, +1 at the first start and at each retry; an
    outcome line carries the run it was made in. `counts` are those whose outcome lines are synced;
    newer ones are soft and live only in the session. `lagging` says of a job that was cancelled or
    crashed that they are not its last ones: whoever reads the desk until then recounts it. `spec`
    holds no secret: values that are secret are replaced by names into the desk's secrets file.
    `working` are the items in flight that tell how far they are, as of the last save; `of_journeys`
    says that its items are journeys of the desk, which learn from it how they ended. `retention_s`
    is how long it is kept once it has ended; None: as long as the server keeps any.

    `price_tokens` is what a start of the whole job costs, `spent_tokens` what its starts have cost;
    `feature` is the word that holds of tokens for it are made under. A job with a `schedule` does
    no items itself: at each pass it makes a job of its items, whose `parent` it is. `next_pass` is
    the one that it waits for, `passes` are the newest of those that were due. `memo` is what the
    dialect that made the job wrote down for itself; nothing else reads it. `assets` are the digests
    of the files that all its items share, kept with the job. `again` says which of the items that
    failed in former runs are done again in the present one; None: all of them. `notify` is an
    address that is told of the job's ends, besides the desk's webhooks. `grows_to` is how many
    items it may come to have as they find more (0: none); its files may be ahead of its counts;
    `given` is then how many it was made with.
    Where it has a `finale`, its last item is done when all others have ended, in every run anew.
    `product` names the artifact that goes to the desk's library when the job has ended, a model
    that it has learned ("": none does); `taken` is the run for which that is settled. `cap` is how
    much the calls of its items may cost together, in all runs. `origin` is the job that it was made
    of once more, which may be gone ("": none). `paces` say how it may ask hosts."""

    id: str
    kind: str
    name: str
    lane: str
    priority: int = 0
    arrival: int
    status: JobStatus = JobStatus.PENDING
    reason: str | None = None
    counts: Counts
    lagging: bool = False
    run: int = 0
    concurrency: int = 1
    retries: int = 0
    spec: dict[str, Any] = field(default_factory=dict)
    price_tokens: int = 0
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    error: str | None = None
    damage: Damage | None = None
    working: tuple[AtWork, ...] = ()
    of_journeys: bool = False
    retention_s: float | None = None
    revision: int = 0
    feature: str = ""
    spent_tokens: int = 0
    schedule: Schedule | None = None
    next_pass: Pass | None = None
    passes: tuple[PassRecord, ...] = ()
    parent: str | None = None
    memo: dict[str, Any] = field(default_factory=dict)
    assets: tuple[str, ...] = ()
    again: OutcomeFilter | None = None
    notify: str = ""
    grows_to: int = 0
    given: int = 0
    finale: bool = False
    product: str = ""
    taken: int = 0
    cap: SpendCap = NO_CAP
    origin: str = ""
    paces: dict[str, HostPace] = {}

    @property
    def tally(self) -> Mapping[str, int]:
        """See Counts."""
        return self.counts.tally


class IdempotencyRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a request with an `Idempotency-Key` was answered, to answer its repetition the same.

    `key` and `fingerprint` are hex SHA-256 (of the key; of method, path and body). What may have
    changed in the job since then is kept here; `counts` is None where nothing had ended yet.
    """

    key: str
    fingerprint: str
    job_id: str
    status: JobStatus
    revision: int
    at: float
    run: int = 0
    reason: str | None = None
    counts: Counts | None = None
    started_at: float | None = None
    ended_at: float | None = None
    error: str | None = None
    spent_tokens: int = 0


class Restored(Struct, frozen=True, forbid_unknown_fields=True):
    """Says that an older generation was loaded because the newest could not be read."""

    revision: int
    at: float
    reason: str


class EgressLists(Struct, frozen=True, forbid_unknown_fields=True):
    """Domains and networks that a desk's jobs may reach, and may not, as `executors.domains` writes
    them. They narrow what the server permits: `deny` wins, an empty `allow` allows everything."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


NO_LISTS = EgressLists()


class JourneyBook(Struct, frozen=True, forbid_unknown_fields=True):
    """Which journeys a desk keeps: the hex SHA-256 of their file, and how many it holds. `set_at`
    is when its user last said how they are: endings of before teach them nothing any more.
    `settled` are the jobs (id -> run) whose ends they have learned of."""

    digest: str
    count: int
    size_bytes: int
    set_at: float = 0.0
    settled: dict[str, int] = field(default_factory=dict)


class DeskState(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a desk knows durably. `jobs` is keyed by job id, in order of arrival.

    `guest` says that whoever has its address has it; a user's desk and `local` have no address.
    `link` is the hash of the UUID in the address; None where that is still the first one.
    `sizes` are the bytes that the files of each job took up when it last changed. `journeys` is
    None where none were ever kept. `plan` names the limits that an operator gave the desk; empty:
    the default ones. `proxies` is the desk's pool of them. `outbox` is what its `webhooks` have not
    been told yet, oldest first. `templates`, `data_sources`, `pictures`, `presets`, `characters`
    and `models` are its library, by id. `day_spend` is what its jobs have spent on the last day on
    which they have. `shares` are the links by which others may look at it.
    """

    revision: int = 0
    created_at: float
    next_arrival: int = 0
    jobs: dict[str, Job] = field(default_factory=dict)
    idempotency: tuple[IdempotencyRecord, ...] = ()
    ledger: Ledger = Ledger()
    restored: Restored | None = None
    egress: EgressLists = NO_LISTS
    guest: bool = True
    link: str | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    journeys: JourneyBook | None = None
    plan: str = ""
    proxies: tuple[PoolProxy, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    outbox: tuple[Notice, ...] = ()
    templates: dict[str, Template] = {}
    data_sources: dict[str, DataSource] = {}
    pictures: dict[str, Picture] = {}
    presets: dict[str, Preset] = {}
    characters: dict[str, Character] = {}
    models: dict[str, Model] = {}
    day_spend: DaySpend = NO_DAY
    shares: tuple[Share, ...] = ()

    @property
    def library(self) -> tuple[Mapping[str, Entry], ...]:
        """All that its library holds, by kind."""
        return (
            self.templates,
            self.data_sources,
            self.pictures,
            self.presets,
            self.characters,
            self.models,
        )

    @property
    def links(self) -> frozenset[str]:
        """The links that have a file: its own, unless it is the first one, and its shares'."""
        own = () if self.link is None else (self.link,)
        return frozenset((*own, *(share.link for share in self.shares)))

    @property
    def library_files(self) -> frozenset[str]:
        """The digests of the files that its library names."""
        return library_digests(entry for kind in self.library for entry in kind.values())


# The two below exist by the hundred thousand and can be in no cycle: with gc=False the collector,
# which stops every thread, does not walk them.
class InputItem(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """One line of inputs.jsonl: the item as its executor wants it, and its pace key.

    Items with the same `key` (for HTTP: the origin) share one pace and one worker process. `name`
    is what an item of a job that grows is known by; it has no two of the same. Elsewhere: empty.
    """

    item: Raw
    key: str = ""
    name: str = ""


class OutcomeRecord(Struct, frozen=True, kw_only=True, gc=False):
    """One line of outcomes.jsonl. `result` is the executor's own JSON object, passed on unread.
    `once`: it is the ending of a finale, which counts in its own run and in no later one. `spend`
    is what the item has spent in all its runs."""

    index: int
    run: int
    status: OutcomeStatus
    attempts: int = 1
    duration_ms: float = 0.0
    at: float
    error: str | None = None
    result: Raw = Raw(b"{}")
    tally: Tally | UnsetType = UNSET
    once: bool | UnsetType = UNSET
    spend: Spend | UnsetType = UNSET


class LogLine(Struct, frozen=True):
    """One line of log.jsonl. `level` is info, warning or error; `index` names the item, if one;
    `event` is the same for programs, where it is about the job itself."""

    at: float
    level: str
    message: str
    index: int | None = None
    event: JobEvent | UnsetType = UNSET


def unfinished(job: Job) -> bool:
    """True where the desk must come back to this job by itself after a restart."""
    if job.status is JobStatus.PAUSED:
        return job.reason in (STORAGE, QUOTA)
    return job.status in (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SCHEDULED)


def has_work(state: DeskState) -> bool:
    """True where the desk must be opened by itself after a restart."""
    return bool(state.outbox) or any(unfinished(job) for job in state.jobs.values())
