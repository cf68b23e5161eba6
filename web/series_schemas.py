"""The wire's types of what happened when in a job; see `web.schemas`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from state.job_events import EventCounts

_Count = Annotated[int, Meta(ge=0)]
_Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
_Usd = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?$")]


class Times(Struct, frozen=True):
    """How long items took that ended, in milliseconds. `median` and `p95` are within 5 %."""

    min: float
    median: float
    p95: float
    max: float


class Happened(Struct, frozen=True):
    """How items ended, `lost` how often a worker died under one that was then done again; `errors`
    has how many failed by `429`, `4xx`, `5xx`, `timeout`, `connection` or something `other`, where
    any did. `duration_ms` is null where no item told. `bytes` is the size of what came, `usd` and
    `tokens` what calls of models have cost; where none did they are 0."""

    ok: _Count
    failed: _Count
    skipped: _Count
    lost: _Count
    errors: dict[str, Any]
    duration_ms: Times | None
    bytes: _Count
    usd: _Usd
    tokens: _Count


class Bucket(Happened, frozen=True):
    """What happened from `at` on, for the width of the answer."""

    at: _Time


class Replaced(Struct, frozen=True):
    """Endings of items that have ended again since."""

    ok: _Count
    failed: _Count
    skipped: _Count


class SeriesAnswer(Struct, frozen=True):
    """What happened when, in buckets of equal width; where nothing did there is none. `from` and
    `to` are ends of buckets. Each time that an item ended counts, also where it has ended again
    since: `total` has all of them, and less what was `replaced` it is what the job counts.
    `growing` says that the newest bucket is not over. `astray` items ended at a time that was none,
    by a clock that was wrong, and stand at the nearer end; `bad_lines` could not be read."""

    since: _Time = field(name="from")
    to: _Time
    width_s: float
    buckets: list[Bucket]
    total: Happened
    replaced: Replaced
    growing: bool
    astray: _Count
    bad_lines: _Count
    revision: _Count


class TimelineEvent(Struct, frozen=True, omit_defaults=True):
    """Something that happened to a job. `what` is the name of a command (`pause_job`) as the audit
    log has it, or what came of it: `created`, `begun`, `taken_up` (after the server or its desk was
    away), `rested` (no item is at work), `finished`, `cancelled`, `broken`, `crashed`, `stopped`
    (at its first failure), `waits_for_disk`, `disk_back`, `worker_died`, `pass_skipped`, `damaged`.

    Who (a hash), how they showed it and from where are told of commands, with the code of what was
    refused. `reason` is in the log's words; `n` says how many items it is about, `more` how many
    such events it stands for besides."""

    at: _Time
    what: str
    who: str = ""
    means: str = ""
    origin: str = field(default="", name="from")
    outcome: str = "ok"
    reason: str = ""
    n: _Count | UnsetType = UNSET
    more: _Count = 0
    counts: EventCounts | UnsetType = UNSET


class Gap(Struct, frozen=True):
    """A time in which the job was not at work: it waited for its turn (`waiting`), was `paused`,
    waited for the disk (`storage`) or for room on it (`quota`), the server was `away`, or it was
    `over` until somebody had it go on. `to` is null while it lasts."""

    since: _Time = field(name="from")
    to: _Time | None
    reason: str


class TimelineAnswer(Struct, frozen=True):
    """What happened to a job, oldest first, and when it was not at work. `left_out` events from the
    middle are not told: there were too many."""

    events: list[TimelineEvent]
    gaps: list[Gap]
    left_out: _Count
    revision: _Count
