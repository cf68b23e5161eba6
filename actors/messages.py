"""What may be said to a desk, and what it answers. Frozen, typed, few; matched with assert_never.

A command is answered by a `Reply` (or raises one of `actors.errors`) only after its effect on the
state is on disk. Facts come from the desk's own runners and alarms and are not answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from actors.caps import CapJob
from actors.library import LibraryCommand
from actors.notices import NoticesDue, NoticeTried, SetWebhooks, TestWebhook
from actors.paces import PaceHost
from actors.ports import Plan
from actors.settings import AcknowledgeRestore, RotateLink, SetEgress, SetJourneys, SetProxies
from actors.shares import ShareCommand
from actors.tokens import TokenCommand
from state.ledgers import Ledger
from state.library import Character, DataSource, Model, Picture, Preset, Template
from state.model import NO_LISTS, AtWork, Counts, Damage, EgressLists, Job, JobStatus, JourneyBook
from state.notices import Notice, Webhook
from state.proxies import PoolProxy
from state.schedules import Schedule
from state.shares import Share
from state.views import Usage
from state.wanted import OutcomeFilter


class Idempotency(Struct, frozen=True):
    """`key` and `fingerprint` as hex SHA-256."""

    key: str
    fingerprint: str


# --------------------------------------------------------------------------------- commands


class CreateJob(Struct, frozen=True, kw_only=True):
    """Keep this planned job; with `start` also queue it, in the same save.

    With `alone` it is refused (LaneBusy) while another job of its lane has not ended. See
    `state.model.Job` for `of_journeys`, `retention_s`, `feature`, `schedule`, `memo` and `notify`.
    `assets` are the digests of files of the desk's library that its items share: the job gets them
    for its own; `files` are those of them that come along, by digest, and in no library;
    `templates` are those of which it counts one use more. `kept_secrets` are those of the plan's
    secrets whose values the desk's journeys keep: name in the plan -> name among theirs.
    """

    job_id: str
    kind: str
    name: str
    lane: str
    priority: int
    start: bool
    plan: Plan
    idempotency: Idempotency | None = None
    alone: bool = False
    of_journeys: bool = False
    kept_secrets: Mapping[str, str] = {}
    retention_s: float | None = None
    feature: str = ""
    schedule: Schedule | None = None
    memo: Mapping[str, Any] = {}
    assets: tuple[str, ...] = ()
    files: Mapping[str, bytes] = {}
    templates: tuple[str, ...] = ()
    notify: str = ""
    origin: str = ""


class StartJob(Struct, frozen=True):
    job_id: str
    idempotency: Idempotency | None = None


class PauseJob(Struct, frozen=True):
    job_id: str
    idempotency: Idempotency | None = None


class ResumeJob(Struct, frozen=True):
    job_id: str
    idempotency: Idempotency | None = None


class CancelJob(Struct, frozen=True):
    """Stop the job for good. `reason` is a word that stays with it until it is begun again: why,
    where a dialect has more than one way to cancel."""

    job_id: str
    idempotency: Idempotency | None = None
    reason: str = ""


class Chosen(Struct, frozen=True):
    """What `where` has found among the failed items of that run of the job, and how many."""

    where: OutcomeFilter
    run: int
    count: int


class RetryJob(Struct, frozen=True):
    """Take an ended job back to its queue with its unprocessed items and those that failed; with
    `chosen` only those of them."""

    job_id: str
    idempotency: Idempotency | None = None
    chosen: Chosen | None = None


class Changed(Struct, frozen=True):
    """How a job that is made once more differs: its plan, of items of the other, and its name."""

    plan: Plan
    name: str


class RepeatJob(Struct, frozen=True):
    """Make a job of all that this one was made of, its secrets included, and queue it, however the
    other stands. Its items are those that were handed in, not what was found. With `changed` they
    are those of that plan, and so is its spec; secrets that it does not name are the other's.
    Without `start` it waits. With `recalls` its key's first answer is given again, or none."""

    job_id: str
    new_id: str
    idempotency: Idempotency | None = None
    changed: Changed | None = None
    start: bool = True
    recalls: bool = False


class DeleteJob(Struct, frozen=True):
    """Cancel where needed, then forget the job and its files."""

    job_id: str


class RemoveArtifacts(Struct, frozen=True):
    """Forget these files that the job has made; a name that it has not is no error. Not while the
    job runs. `removed` is how many there were: written by the desk when they are gone."""

    job_id: str
    names: tuple[str, ...]
    removed: int | None = None


Command = (
    CreateJob
    | StartJob
    | PauseJob
    | ResumeJob
    | CancelJob
    | RetryJob
    | RepeatJob
    | DeleteJob
    | RemoveArtifacts
    | CapJob
    | PaceHost
    | AcknowledgeRestore
    | SetEgress
    | SetProxies
    | SetWebhooks
    | TestWebhook
    | RotateLink
    | SetJourneys
    | TokenCommand
    | LibraryCommand
    | ShareCommand
)


class Reply(Struct, frozen=True):
    """The answer to a command. `job` is None for one about the desk. `revision` is on disk.

    `replayed` marks the repetition of an earlier answer to the same idempotency key. `removed` is
    the answer to RemoveArtifacts: how many files there were.
    """

    revision: int
    job: JobView | None = None
    replayed: bool = False
    removed: int = 0


# ------------------------------------------------------------------------------------ facts

Ending = Literal["finished", "drained", "cancelled", "broken", "storage", "crashed"]


class LiveProgress(Struct, frozen=True, kw_only=True):
    """Soft progress of a running job: shown, never saved. `rate_per_s` is over the last seconds.
    `log_bytes` is up to where its log can be read, 0 before this run has written of it."""

    counts: Counts
    in_flight: int = 0
    waiting: int = 0
    rate_per_s: float = 0.0
    eta_s: float | None = None
    stage: str = ""
    working: tuple[AtWork, ...] = ()
    log_bytes: int = 0

    @property
    def tally(self) -> Mapping[str, int]:
        """See Counts."""
        return self.counts.tally


class JobProgressed(Struct, frozen=True):
    """At most 10 a second from a runner. `synced` counts are safe to save; None: nothing new is."""

    job_id: str
    run: int
    live: LiveProgress
    synced: Counts | None = None


class JobEnded(Struct, frozen=True, kw_only=True):
    """The runner of start number `run` is over; every outcome it counted is synced.

    `how`: "finished" (all items have ended), "drained" (paused or stopping, nothing in flight),
    "cancelled", "broken" (the executor cannot do this job: `error`), "storage" (its files could not
    be written: `error`), "crashed" (a bug: `error`).
    """

    job_id: str
    run: int
    how: Ending
    counts: Counts
    error: str | None = None


class JobStalled(Struct, frozen=True):
    """A runner cannot write its job's files; it tries again by itself and says when it goes on.
    `by_quota`: the disk would take it, the desk's share of it is used up."""

    job_id: str
    run: int
    error: str
    by_quota: bool = False


class JobWentOn(Struct, frozen=True):
    """The files of a stalled job can be written again."""

    job_id: str
    run: int


class JobDamaged(Struct, frozen=True):
    """The file of a job's outcomes has lost some of what it held."""

    job_id: str
    run: int
    damage: Damage


class DeskOpened(Struct, frozen=True):
    """The desk was read from disk: by a server that starts (`restart` False) or after the death of
    its actor. Jobs that ran then run no more."""

    restart: bool = False


class SweepDue(Struct, frozen=True):
    """The retention of an ended job is over."""


class PassDue(Struct, frozen=True):
    """A pass of a schedule may be due."""


class PassStaged(Struct, frozen=True):
    """The files of the job that a pass makes are there; or they cannot be, which `skipped` says in
    the word that is written down ("limit": no room, "damaged": the schedule's own are)."""

    parent: str
    slot_at: float
    skipped: str | None = None


class JourneysLearned(Struct, frozen=True):
    """The journeys of the digest `replaces` have learned how the jobs in `settles` (id -> run)
    ended. As they are now their file is kept, of that digest and size; it may be the same."""

    replaces: str
    digest: str
    size_bytes: int
    settles: Mapping[str, int]


class ModelTaken(Struct, frozen=True):
    """What that run of the job has learned is kept: the files of `model`, whose id and time are the
    desk's to say. None: there is nothing of it to be kept."""

    job_id: str
    run: int
    model: Model | None


StatusFact = (
    JobEnded
    | JobStalled
    | JobWentOn
    | JobDamaged
    | DeskOpened
    | SweepDue
    | PassDue
    | PassStaged
    | JourneysLearned
    | ModelTaken
    | NoticesDue
    | NoticeTried
)

Fact = JobProgressed | StatusFact

Message = Command | Fact


# ------------------------------------------------------------------------------- what is seen


class JobView(Struct, frozen=True):
    """A job as subscribers see it: the kept job, its live progress while it runs, and its `place`
    in its lane while it waits there (1: next). The answer to a command tells no place."""

    job: Job
    live: LiveProgress | None = None
    place: int | None = None

    @property
    def counts(self) -> Counts:
        return self.live.counts if self.live is not None else self.job.counts


class Transition(Struct, frozen=True):
    """One change of a job's status; never skipped on the wire. `old` is None at create, `new` is
    None at delete."""

    revision: int
    job_id: str
    old: JobStatus | None
    new: JobStatus | None
    at: float
    reason: str | None = None


class Receipt(Struct, frozen=True):
    """How much of what a desk shows would survive a crash at this moment.

    Everything up to `revision`, on disk since `at`, but for the `unsaved_items`: they have ended
    and are shown so, and the desk's file does not count them yet. `failing`: the newest try to
    save failed; the desk goes on trying.
    """

    revision: int
    at: float
    unsaved_items: int = 0
    failing: bool = False


class Published(Struct, frozen=True):
    """A desk as of one revision. Everything in it is immutable, so it may be handed to any task.

    `jobs` is keyed by id in order of arrival; each view's `job.revision` is the revision at which
    it last changed (soft progress included). `transitions` are the most recent ones, oldest first;
    `complete_since` is the revision after which none is missing from it. `link` opens the desk now
    (None: its first one does); it is for those who check that, and not shown.
    """

    revision: int
    created_at: float
    jobs: dict[str, JobView]
    transitions: tuple[Transition, ...]
    complete_since: int
    flags: dict[str, Any]
    saved: Receipt
    ledger: Ledger = Ledger()
    egress: EgressLists = NO_LISTS
    link: str | None = None
    disk: Usage = Usage()
    journeys: JourneyBook | None = None
    plan: str = ""
    proxies: tuple[PoolProxy, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    outbox: tuple[Notice, ...] = ()
    templates: Mapping[str, Template] = {}
    data_sources: Mapping[str, DataSource] = {}
    pictures: Mapping[str, Picture] = {}
    presets: Mapping[str, Preset] = {}
    characters: Mapping[str, Character] = {}
    models: Mapping[str, Model] = {}
    shares: tuple[Share, ...] = ()
