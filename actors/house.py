"""What all desks of a server share. Built once by `nightdesk.serve`, handed down, never changed.

`Stats` is the exception in being mutable: plain counters, each written by its owner only, read by
the front end for `/metrics` and `/readyz`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from msgspec import Struct

from actors.latencies import Latencies
from actors.ports import ExecutorSpec, Store, Workers
from actors.ports.calendar import Calendar, NoCalendar
from actors.ports.deliveries import Delivery
from actors.ports.enclosures import Enclosures
from actors.ports.errands import Errands, NoErrands
from actors.ports.pace import NoPaces, Paces
from actors.rules.change import Limits, PlanTier
from actors.rules.facts import BootPolicy
from actors.rules.operators import Operator
from state.spending import NO_CAP, SpendCap

# How far soft revisions may run ahead of the saved one. A load goes on that far beyond what it
# read, so no revision is ever given twice, not even over a kill -9.
HEADROOM = 1_000
# An older generation that had to do lags by that much behind the lost one, which lagged by as much
# behind what was shown.
HEADROOM_RESTORED = 3 * HEADROOM

# How many changes of status a snapshot remembers for subscribers that fell behind.
TRANSITIONS_KEPT = 1_024


class Log(Protocol):
    """A structlog-like logger. The raw session id is never given to it."""

    def info(self, event: str, **fields: Any) -> Any: ...
    def warning(self, event: str, **fields: Any) -> Any: ...
    def error(self, event: str, **fields: Any) -> Any: ...
    def exception(self, event: str, **fields: Any) -> Any: ...


class ActorSettings(Struct, frozen=True, kw_only=True):
    """The numbers of `nightdesk.config.Config` that concern desks, with the same names.

    `retention_s`, `background_retention_s` and `idempotency_ttl_s` are given there in hours,
    `plans` in the file that `tariff` names; `operator` is what `notify_target` comes to;
    `lane_widths` are those of lanes that have a limit of their own. `desk_cap` is how much the
    calls of all jobs of a desk may cost on a day of UTC.
    """

    boot: BootPolicy = "resume"
    max_jobs: int = 1_000
    max_desk_bytes: int = 10 * 1024**3
    max_guest_desk_bytes: int = 2 * 1024**3
    max_proxies: int = 1_000
    max_templates: int = 200
    max_data_sources: int = 100
    max_pictures: int = 1_000
    max_presets: int = 1_000
    max_characters: int = 1_000
    max_models: int = 100
    max_idempotency_keys: int = 1_000
    idempotency_ttl_s: float = 24 * 3600.0
    opening_tokens: int = 10_000
    max_ledger_entries: int = 1_000
    desk_cap: SpendCap = NO_CAP
    plans: Mapping[str, PlanTier] = {}
    operator: Operator = Operator()
    mailbox_size: int = 256
    lane_width: int = 1
    lane_widths: Mapping[str, int] = {}
    publish_interval_s: float = 0.1
    save_every_s: float = 5.0
    idle_after_s: float = 600.0
    retention_s: float = 720 * 3600.0
    background_retention_s: float = 24 * 3600.0
    restarts_max: int = 5
    restarts_window_s: float = 60.0
    outcome_buffer_s: float = 0.2
    drain_s: float = 2.0
    stop_s: float = 5.0

    def limit_bytes(self, *, guest: bool) -> int:
        """How much the files of a desk may take up."""
        return self.max_guest_desk_bytes if guest else self.max_desk_bytes

    @property
    def shortest_retention_s(self) -> float:
        """How long after its end a job is swept at the earliest."""
        return min(self.retention_s, self.background_retention_s)

    @property
    def limits(self) -> Limits:
        return Limits(
            max_jobs=self.max_jobs,
            max_idempotency_keys=self.max_idempotency_keys,
            idempotency_ttl_s=self.idempotency_ttl_s,
            opening_tokens=self.opening_tokens,
            max_ledger_entries=self.max_ledger_entries,
            plans=self.plans,
            max_proxies=self.max_proxies,
            max_templates=self.max_templates,
            max_data_sources=self.max_data_sources,
            max_pictures=self.max_pictures,
            max_presets=self.max_presets,
            max_characters=self.max_characters,
            max_models=self.max_models,
        )


@dataclass(slots=True)
class Stats:
    """Counters since the start. Sessions write the first five, runners `outcomes`, the supervisor
    the rest. `save_failing`: the newest save of any desk failed."""

    commands: int = 0
    refusals: int = 0
    saves: int = 0
    save_failures: int = 0
    save_failing: bool = False
    outcomes: int = 0
    desks_live: int = 0
    desks_booting: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class OperatorTarget:
    """A target of the operator's: whose `id` is in outboxes, `place` in the log, and `address`
    (Apprise's way of writing it, secrets and all) in neither."""

    id: str
    place: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The ports, the numbers and the clock. `now` is the wall clock, for times that are kept,
    `calendar` knows the holidays that schedules keep to, `errands` are how webhooks are told, and
    the operator's `targets`, by id. `save_times` are how long the newest saves took, written by the
    desks' sessions. `paces` are told how fast jobs go. `enclosures` are of those
    kinds of job whose items take files along, `deliveries` of those whose files go elsewhere."""

    store: Store
    workers: Workers
    executors: Mapping[str, ExecutorSpec]
    settings: ActorSettings
    log: Log
    now: Callable[[], float]
    stats: Stats = field(default_factory=Stats)
    save_times: Latencies = field(default_factory=Latencies)
    calendar: Calendar = field(default_factory=NoCalendar)
    errands: Errands = field(default_factory=NoErrands)
    targets: Mapping[str, OperatorTarget] = field(default_factory=dict)
    paces: Paces = field(default_factory=NoPaces)
    enclosures: Mapping[str, Enclosures] = field(default_factory=dict)
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)
