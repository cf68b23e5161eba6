"""The wire's types: what goes out, what comes in. OpenAPI is generated from them.

Answers are encoded by msgspec from these Structs. `Raw` stands where bytes are encoded once and
shared (a job in a snapshot) or come from an executor (an outcome).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from state.model import JobStatus
from web.pass_schemas import PassRecord, ScheduleBody
from web.progress_schemas import Progress, Spend, SpendCap
from web.schedule_schemas import Schedule

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0)]
# RFC 3339, UTC, milliseconds.
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Counts(Struct, frozen=True):
    """Items of a job in its present run."""

    total: Count
    done: Count
    ok: Count
    failed: Count
    skipped: Count


class Damage(Struct, frozen=True):
    """What damage of its file has cost a job: `endings` that had been counted and are gone, `lines`
    that could not be read."""

    endings: Count
    lines: Count


class Tally(Struct, frozen=True):
    """What the items have come to besides, where their kind counts such things: how many of what
    they look for or are asked for they have `found`, and how many they have `made`."""

    found: Count
    made: Count


class HostPace(Struct, frozen=True):
    """See `web.hosts_api.PaceBody`."""

    max_in_flight: Count
    delay_s: float


class Job(Struct, frozen=True):
    """A job as everybody sees it. `price_tokens` is what a start of all its items costs,
    `spent_tokens` what its starts have cost. One with a `schedule` makes a job of its items at each
    pass, the next at `next_pass_at`; the `parent` of those is its id. `queue_position` is its place
    in its lane while it waits there (1: next); the answer to a command tells none. `spend` is what
    calls of models have cost, where it made any; `cap` how much they may, where there is one.
    `origin` is the job that it was made of once more, where it was; `paces` are of the hosts that
    its user has slowed, where there are any."""

    id: str
    kind: str
    name: str
    lane: str
    priority: int
    status: JobStatus
    reason: str | None
    counts: Counts
    tally: Tally
    queue_position: Count | None
    progress: Progress
    created_at: Time
    started_at: Time | None
    ended_at: Time | None
    error: str | None
    damage: Damage | None
    price_tokens: Count
    spent_tokens: Count
    schedule: Schedule | None
    next_pass_at: Time | None
    parent: str | None
    revision: Count
    spend: Spend | UnsetType = UNSET
    cap: SpendCap | UnsetType = UNSET
    origin: str | UnsetType = UNSET
    paces: dict[str, HostPace] | UnsetType = UNSET


class Restored(Struct, frozen=True):
    """An older generation of the desk's file had to be used."""

    revision: Count
    at: Time
    reason: str


class Flags(Struct, frozen=True):
    """What the user must know about the desk as a whole."""

    restored: Restored | None = None
    read_only: bool = False


class Receipt(Struct, frozen=True):
    """What of the desk is on disk: everything up to `revision`, since `at`, but for
    `unsaved_items` that have ended and are not counted there yet. `failing`: the newest try to
    save failed, and is repeated."""

    revision: Count
    at: Time
    unsaved_items: Count = 0
    failing: bool = False


class Disk(Struct, frozen=True):
    """What the desk's files take up, of how much they may; at the limit jobs wait."""

    used_bytes: Count
    limit_bytes: Count


class Tokens(Struct, frozen=True):
    """The desk's tokens when it was last saved: `free` are those that nothing has put aside."""

    balance: Count
    free: Count
    held: Count


class DeskSnapshot(Struct, frozen=True):
    """All jobs of a desk as of one revision."""

    revision: Count
    created_at: Time
    jobs: list[Job]
    flags: Flags
    saved: Receipt
    disk: Disk
    tokens: Tokens


class DeskCreated(Struct, frozen=True):
    """A new desk: whoever has the address has the desk."""

    desk_id: str
    url: str


class LinkAnswer(Struct, frozen=True):
    """The desk's new address: whoever has it has the desk. The old one opens nothing any more, and
    that is on disk."""

    desk_id: str
    url: str
    revision: Count
    durable: bool


class JobAnswer(Struct, frozen=True):
    """One job as of a revision. `spec` is its kind's own, complete; `{"secret": NAME}` stands where
    a value is kept secret. `passes` are those of its schedule that were due, the newest last."""

    job: Job
    revision: Count
    spec: dict[str, Any]
    passes: list[PassRecord]


class CommandAnswer(Struct, frozen=True):
    """The effect of a command, which is on disk."""

    job: Job
    revision: Count
    durable: bool


class DeskAnswer(Struct, frozen=True):
    """The effect of a command on the desk as a whole, which is on disk."""

    revision: Count
    durable: bool


class EgressBody(Struct, frozen=True):
    """Both lists of domains, whole: they replace the desk's. An empty `allow` allows everything
    that the server does."""

    allow: list[str]
    deny: list[str]


class EgressAnswer(Struct, frozen=True):
    """The desk's lists as they are on disk, every entry once and in its one spelling."""

    allow: list[str]
    deny: list[str]
    revision: Count
    durable: bool


class JourneyEntry(Struct, frozen=True):
    """What the browser of a desk is to do on request. `path` are its steps, null where it has none
    yet; `generated`: they were found by the server. `completed`: it has ended well."""

    id: str
    name: str
    url: str
    path: list[dict[str, Any]] | None
    generated: bool
    not_before: Time | None
    expires_at: Time | None
    completed: bool


class JourneysAnswer(Struct, frozen=True):
    """The journeys that a desk keeps, and what running jobs have made of them. `digest` names the
    list for `replaces`; null where there never was one."""

    journeys: list[JourneyEntry]
    digest: str | None
    revision: Count
    durable: bool


class JourneysBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole list: it replaces the desk's; with `replaces` only where that is still the list of
    this digest (null: there is none). One without an `id` keeps that of the journey of its name and
    URL."""

    journeys: list[Any]
    replaces: str | UnsetType | None = UNSET


class StartJourneysBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which journeys to run, by their places in the list (all, where none are named), one after the
    other as one job. `options` are fields of the spec of the kind `visit`."""

    indices: list[int] | UnsetType = UNSET
    auto_generate: bool = False
    ignore_completed: bool = True
    options: dict[str, Any] = {}


class DeleteAnswer(Struct, frozen=True):
    """The job is gone, and so are its files."""

    deleted: str
    revision: Count
    durable: bool


class JobList(Struct, frozen=True):
    """One page of jobs, newest first."""

    jobs: list[Job]
    total: Count
    page: Count
    size: Count
    revision: Count


class ItemList(Struct, frozen=True):
    """One page of outcomes (or of pending items), by index. Their fields are their kind's. `damage`
    says what the file holds less than it should."""

    items: list[Raw]
    total: Count
    offset: Count
    limit: Count
    damage: Damage | None


class LogEntry(Struct, frozen=True):
    """A line of a job's live log; `index` names the item, if one."""

    at: Time
    level: str
    message: str
    index: int | None


class LogAnswer(Struct, frozen=True):
    """Whole lines from an offset; `next` is the offset to ask for next."""

    lines: list[LogEntry]
    next: Count
    size: Count


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One thing that was done to the desk, or refused. `who` is a hash, the same for the same user
    or link, or `system`; `means` is how they showed it, `from` their address. `outcome` is `ok`,
    `replayed` or the code of the refusal. The line stands for `more` others like it that are left
    out; `lost` lines before it could not be written."""

    at: Time
    who: str
    means: str
    what: str
    job_id: str | None
    origin: str = field(name="from")
    outcome: str
    revision: int | None
    more: Count
    lost: Count


class AuditAnswer(Struct, frozen=True):
    """Whole lines from an offset; `next` is the offset to ask for next. What is kept begins at
    `start` and ends at `size`; `bad_lines` among these could not be read."""

    lines: list[AuditEntry]
    next: Count
    start: Count
    size: Count
    bad_lines: Count


class ArtifactEntry(Struct, frozen=True):
    """A file that a job made."""

    name: str
    size_bytes: Count
    modified_at: Time


class ArtifactList(Struct, frozen=True):
    """The files of a job."""

    artifacts: list[ArtifactEntry]


class Sample(Struct, frozen=True):
    """URLs and journeys of the built-in sample site, to make a first job of."""

    items: list[str]
    journeys: list[dict[str, Any]]
    available: bool


class CreateJobBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A job to be made. What `items` and `spec` may hold is the kind's own (`/api/kinds`). In the
    place of `items`, `items_of` names a job of the desk and of this kind that has them. `origin` is
    a job of the desk that this one is to be like. `numbered`: where the desk has a job of that name
    already, it is called `name #2`; a job without a name always is."""

    kind: Text
    items: list[Any]
    name: str = ""
    numbered: bool = False
    spec: dict[str, Any] = {}
    priority: Annotated[int, Meta(ge=-100, le=100)] = 0
    lane: Text | UnsetType = UNSET
    start: bool = False
    schedule: ScheduleBody | None = None
    items_of: Text | UnsetType = UNSET
    origin: Text | UnsetType = UNSET


class ErrorDetail(Struct, frozen=True):
    """What went wrong. `code` is stable, `message` is for people."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorAnswer(Struct, frozen=True):
    """The shape of every error."""

    error: ErrorDetail


class Health(Struct, frozen=True):
    """The process answers."""

    status: str
    version: str


class Ready(Struct, frozen=True):
    """Whether work can be handed over: `ready`; `degraded` where it can, but desks are parked or
    saves fail and are tried again; `not ready` where it cannot, which is 503."""

    status: str
    desks_parked: Count
    storage: str
    reasons: list[str]
