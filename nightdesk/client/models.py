"""What the client returns: frozen values, decoded from the native API (docs/native-api.md)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct, field

from nightdesk.client.errors import NotFound

ENDED = frozenset({"completed", "partially_completed", "failed", "cancelled"})


class Counts(Struct, frozen=True):
    """Items of a job in its present run."""

    total: int
    done: int
    ok: int
    failed: int
    skipped: int


class Tally(Struct, frozen=True):
    """What the items of a job have come to besides, where its kind counts such things: pictures or
    files that they have `found` or were asked for, and those that they have `made`."""

    found: int = 0
    made: int = 0


class Spend(Struct, frozen=True):
    """What calls of models have cost: `usd` is exact, and has nothing of the `unpriced` calls,
    whose price nobody knows. The tokens of `counted` calls were counted by the server."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: Decimal = Decimal(0)
    unpriced: int = 0
    counted: int = 0


class SpendCap(Struct, frozen=True):
    """How much calls of models may cost; None: any amount."""

    usd: Decimal | None = None
    tokens: int | None = None


class ItemProgress(Struct, frozen=True):
    """How far an item at work is, as it said at `at`; `done` of `total` steps where it has any."""

    index: int
    percent: float
    stage: str = ""
    done: int = 0
    total: int = 0
    at: datetime | None = None


class Progress(Struct, frozen=True):
    """How a job moves; `waiting` items are held back for a retry or by their host. `items` are the
    first of those at work that say how far they are."""

    percent: float | None = None
    stage: str = ""
    rate_per_s: float = 0.0
    eta_s: float | None = None
    in_flight: int = 0
    waiting: int = 0
    items: tuple[ItemProgress, ...] = ()


class Schedule(Struct, frozen=True, kw_only=True):
    """When a job makes its passes: every `interval_min` minutes from `start` until `end` ("HH:MM"
    by the clocks of `timezone`; an `end` before `start` is on the next day), on the `work_days` (0
    is Sunday) that are no holiday of the country `holidays` (ISO code; empty: none is looked up),
    each up to `max_delay_min` minutes later."""

    start: str
    end: str
    interval_min: int
    work_days: tuple[int, ...]
    timezone: str
    max_delay_min: int = 0
    holidays: str = ""


class NextPass(Struct, frozen=True):
    """A pass that is to come: `at` by the schedule, `due_at` with its own delay."""

    at: datetime
    due_at: datetime


class Job(Struct, frozen=True, kw_only=True):
    """A job as of one revision; a start of all of it costs `price_tokens`, its starts have cost
    `spent_tokens`. The `parent` is the schedule whose pass it is, `origin` the job it repeats."""

    id: str
    kind: str
    name: str
    lane: str
    priority: int
    status: str
    reason: str | None = None
    counts: Counts
    tally: Tally = Tally()
    spend: Spend = Spend()
    cap: SpendCap = SpendCap()
    queue_position: int | None = None
    progress: Progress
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None
    price_tokens: int = 0
    spent_tokens: int = 0
    schedule: Schedule | None = None
    next_pass_at: datetime | None = None
    parent: str | None = None
    origin: str | None = None
    revision: int

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Egress(Struct, frozen=True):
    """A desk's lists of domains: what its jobs may reach (empty: all that the server permits), and
    what they may not."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """One movement of tokens, negative where they were spent, and the balance after it."""

    id: str
    amount: int
    balance: int
    at: datetime
    note: str = ""
    job_id: str | None = None


class LedgerPage(Struct, frozen=True, kw_only=True):
    """A desk's tokens: `granted` is `balance` + `spent`, `free` the balance without what is held
    for starts. `limits` are those of the `plan`, `prices` tokens an item by kind; `entries` the
    newest first, `total` of them, `forgotten` older ones being in the audit log only."""

    granted: int
    balance: int
    spent: int
    held: int
    free: int
    plan: str = ""
    limits: dict[str, int | None] = {}
    prices: dict[str, int] = {}
    entries: tuple[LedgerEntry, ...]
    total: int
    forgotten: int = 0


class Outcome(Struct, frozen=True, kw_only=True):
    """How one item ended; an item without an ending yet has the status `pending`."""

    index: int
    status: str
    url: str | None = None
    name: str | None = None
    prompt: str | None = None
    image: str | None = None
    query: str | None = None
    work: str | None = None
    title: str | None = None
    file: str | None = None
    # Of an agent's task: its folder, how it ended (completed, timeout, error) and what it cost.
    dir: str | None = None
    ended_as: str | None = None
    cost_usd: str | None = None
    http_status: int | None = None
    final_url: str | None = None
    duration_ms: float | None = None
    attempts: int = 0
    bytes: int | None = None
    sha256: str | None = None
    # What a picture is taken for, or shows; of a learning, the share that it knows. Whatever a kind
    # of the operator's own calls so is passed on as it is.
    label: Any = None
    score: Any = None
    accuracy: Any = None
    tags: Any = None
    error: str | None = None
    at: datetime | None = None

    @property
    def what(self) -> str | None:
        """What a reader knows the item by: its address, a journey's name, a prompt, a document's
        file, what a picture is called, a task's folder; what a source was asked for."""
        of_source = self.query or self.title or self.work
        own = self.url or self.name or self.prompt or self.image or self.file or self.dir
        return own or of_source

    @property
    def result(self) -> str | None:
        """What a reader wants to know of how it ended: why it failed, the tags or the label of a
        picture, how much a model knows, the file that was made."""
        if self.error:
            return self.error
        if self.ended_as is not None:
            return self.ended_as if self.cost_usd is None else f"{self.ended_as}, ${self.cost_usd}"
        if isinstance(self.tags, list):
            return ", ".join(str(tag["name"]) for tag in self.tags if _is_tag(tag))
        if isinstance(self.accuracy, float):
            return f"{self.accuracy:.1%}"
        if isinstance(self.label, str):
            is_known = isinstance(self.score, float)
            return f"{self.label} {self.score:.1%}" if is_known else self.label
        return None if self.file == self.what else self.file


def _is_tag(tag: object) -> bool:
    return isinstance(tag, dict) and "name" in tag


class Desk(Struct, frozen=True):
    """A guest desk that is new, or has another address. `url` is the key to it: whoever has it, has
    the desk."""

    desk_id: str
    url: str


class LogLine(Struct, frozen=True):
    """One line of a job's log; `index` names the item, where it is about one."""

    at: datetime
    level: str
    message: str
    index: int | None = None


class LogPage(Struct, frozen=True):
    """Lines from an offset on; ask with `after=next` for what follows."""

    lines: tuple[LogLine, ...]
    next: int
    size: int

    @property
    def is_over(self) -> bool:
        """Nothing was there, and for now nothing follows."""
        return not self.lines and self.next >= self.size


class AuditLine(Struct, frozen=True, kw_only=True):
    """One thing that was done to a desk, or refused. `who` is a hash, the same for the same user or
    link, or `system`; `origin` their address. The line stands for `more` others like it that are
    left out; `lost` lines before it could not be written."""

    at: datetime
    who: str
    means: str
    what: str
    job_id: str | None = None
    origin: str = field(default="", name="from")
    outcome: str = "ok"
    revision: int | None = None
    more: int = 0
    lost: int = 0

    @property
    def counts(self) -> tuple[str, ...]:
        """Which of `more` and `lost` say something."""
        return tuple(name for name in ("more", "lost") if getattr(self, name))


class AuditPage(Struct, frozen=True):
    """Lines from an offset on; ask with `after=next` for what follows. What is kept begins at
    `start`; `bad_lines` among these could not be read."""

    lines: tuple[AuditLine, ...]
    next: int
    start: int
    size: int
    bad_lines: int = 0


class Journey(Struct, frozen=True, kw_only=True):
    """What the desk's browser is to do on request. `path` are its steps, None where there is none
    yet; `generated` says that the server found them. `completed`: it has ended well since somebody
    last said otherwise."""

    url: str
    name: str = ""
    id: str | None = None
    path: tuple[dict[str, Any], ...] | None = None
    generated: bool = False
    not_before: datetime | None = None
    expires_at: datetime | None = None
    completed: bool = False


class Journeys(Struct, frozen=True):
    """All journeys of a desk; `digest` names just these, None where none were ever kept."""

    journeys: tuple[Journey, ...]
    digest: str | None
    revision: int


class Artifact(Struct, frozen=True):
    """A file that a job made."""

    name: str
    size_bytes: int
    modified_at: datetime


class Receipt(Struct, frozen=True, kw_only=True):
    """What of a desk is on disk: all of it up to `revision`, since `at`, but for `unsaved_items`
    that have ended and are not counted there yet. `failing`: saves fail, and are tried again."""

    revision: int
    at: datetime
    unsaved_items: int = 0
    failing: bool = False


class Disk(Struct, frozen=True, kw_only=True):
    """What a desk's files take up, of how much they may."""

    used_bytes: int
    limit_bytes: int


class Snapshot(Struct, frozen=True, kw_only=True, tag="snapshot"):
    """A whole desk as of one revision."""

    revision: int
    created_at: datetime
    jobs: tuple[Job, ...]
    flags: dict[str, Any] = {}
    saved: Receipt | None = None
    disk: Disk | None = None

    def find(self, job_id: str) -> Job:
        """Raises NotFound."""
        for job in self.jobs:
            if job.id == job_id:
                return job
        raise NotFound(f"no job {job_id} on this desk", code="not_found")


class Delta(Struct, frozen=True, kw_only=True, tag="delta"):
    """The jobs that changed since the last one."""

    revision: int
    jobs: tuple[Job, ...]
    flags: dict[str, Any] = {}
    saved: Receipt | None = None
    disk: Disk | None = None


class StatusChange(Struct, frozen=True, kw_only=True, tag="status"):
    """One change of a job's status. `old` is None at create, `new` is None at delete."""

    revision: int
    job_id: str
    old: str | None
    new: str | None
    at: datetime
    reason: str | None = None


Change = Snapshot | Delta | StatusChange

Command = Literal["start", "pause", "resume", "cancel", "retry"]


class Grant(Struct, frozen=True):
    """Tokens were granted, and that is on disk. `replayed`: they were before, under this `key`."""

    key: str
    balance: int
    replayed: bool
    revision: int


class Plan(Struct, frozen=True):
    """The plan that holds for a desk; empty where the server has none."""

    plan: str
    revision: int
