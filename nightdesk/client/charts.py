"""What happened when in a job, for the client: what is told of it, and the requests, which both
clients share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from nightdesk.client.calls import Call
from nightdesk.client.failures import FailuresAddress


class Took(Struct, frozen=True):
    """How long items took that ended, in milliseconds; `median` and `p95` within 5 %."""

    min: float
    median: float
    p95: float
    max: float


class Happened(Struct, frozen=True, kw_only=True):
    """How items ended; `lost` is how often a worker died under one. `errors` tells failed ones
    apart: 429, 4xx, 5xx, timeout, connection, other. `usd` is exact, as text."""

    ok: int = 0
    failed: int = 0
    skipped: int = 0
    lost: int = 0
    errors: Mapping[str, int] = {}
    duration_ms: Took | None = None
    bytes: int = 0
    usd: str = "0"
    tokens: int = 0

    @property
    def ended(self) -> int:
        return self.ok + self.failed + self.skipped


class Bucket(Happened, frozen=True, kw_only=True):
    """What happened from `at` on."""

    at: datetime


class Series(Struct, frozen=True, kw_only=True):
    """What happened when, in buckets of `width_s` seconds; where nothing did there is none. Each
    time that an item ended counts: `total` has all of them, `replaced` (by status) those whose
    items have ended again since. `growing`: the newest bucket is not over."""

    since: datetime = field(name="from")
    to: datetime
    width_s: float
    buckets: tuple[Bucket, ...]
    total: Happened
    replaced: Mapping[str, int] = {}
    growing: bool = False
    astray: int = 0
    bad_lines: int = 0
    revision: int = 0


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened to a job, or was done to it by `who` (a hash); `n` is how many items
    it is about, `counts` how they stood, `more` how many such events it stands for besides."""

    at: datetime
    what: str
    who: str = ""
    means: str = ""
    origin: str = field(default="", name="from")
    outcome: str = "ok"
    reason: str = ""
    n: int | None = None
    more: int = 0
    counts: Mapping[str, int] | None = None


class Gap(Struct, frozen=True, kw_only=True):
    """A time in which a job was not at work, and why; `to` is None while it lasts."""

    since: datetime = field(name="from")
    to: datetime | None = None
    reason: str = ""


class Timeline(Struct, frozen=True, kw_only=True):
    """What happened to a job, oldest first, and when it was not at work."""

    events: tuple[Event, ...]
    gaps: tuple[Gap, ...]
    left_out: int = 0
    revision: int = 0


class ChartsAddress(FailuresAddress):
    """The requests for it."""

    def series(
        self, job_id: str, points: int, since: datetime | None, until: datetime | None
    ) -> Call[Series]:
        """Of a part of the job's life, or of all of it."""
        asked: dict[str, str | int] = {"points": points}
        for name, at in (("from", since), ("to", until)):
            if at is not None:
                asked[name] = at.astimezone().isoformat(timespec="milliseconds")
        path = self._path("jobs", job_id, "series")
        return Call(method="GET", path=path, answer=Series, params=asked, again=True)

    def timeline(self, job_id: str) -> Call[Timeline]:
        path = self._path("jobs", job_id, "timeline")
        return Call(method="GET", path=path, answer=Timeline, again=True)
