"""What the actors need from the outside, as protocols: the store, the workers, the executors.

Shipped implementations: `state.store.FileStore` and `state.memory.MemoryStore`; `workers.pool`
and `workers.inline`; `executors.table`. Each port has one conformance suite in `tests/conformance`
that all its implementations pass.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from msgspec import Raw, Struct

from state.model import DeskState, InputItem, LogLine, OutcomeRecord, OutcomeStatus
from state.views import Artifact as Artifact
from state.views import DeskKey as DeskKey
from state.views import Loaded as Loaded
from state.views import LogPage as LogPage
from state.views import OutcomePage as OutcomePage
from state.views import Replay as Replay

# --------------------------------------------------------------------------------- the store


class OutcomeLog(Protocol):
    """The append-only outcome file of one job, held by that job's runner and by nobody else."""

    @property
    def replay(self) -> Replay: ...

    async def append(self, records: Sequence[OutcomeRecord]) -> None:
        """Write the lines (not synced). Raises StorageError; then none of them counts."""

    async def sync(self) -> None:
        """Return once every appended line survives a power loss. Raises StorageError."""

    async def aclose(self) -> None: ...


class Inputs(Protocol):
    """The items of one job, read at random. Open for as long as its runner lives."""

    @property
    def count(self) -> int: ...

    async def read(self, indexes: Sequence[int]) -> list[InputItem]:
        """The items at those indexes, in that order. Raises JobFilesMissing."""

    async def aclose(self) -> None: ...


class ArtifactWriter(Protocol):
    """Writes one artifact; it exists for readers only after `commit` returned (synced, renamed)."""

    async def write(self, data: bytes) -> None: ...
    async def commit(self) -> Artifact: ...
    async def abort(self) -> None: ...


class StoreReads(Protocol):
    """The read side, for the front end. Never blocks the loop; sees what is in the files."""

    async def read_outcomes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        status: OutcomeStatus | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> OutcomePage: ...

    def iter_outcomes(
        self, desk: DeskKey, job_id: str, *, batch: int = 500
    ) -> AsyncIterator[tuple[tuple[OutcomeRecord, InputItem], ...]]:
        """Batches of the newest endings in index order, as the file stood at the first step."""

    async def read_pending(
        self, desk: DeskKey, job_id: str, *, offset: int = 0, limit: int = 100
    ) -> tuple[int, tuple[tuple[int, InputItem], ...]]:
        """(how many items have no ending yet, one page of (index, item))."""

    async def read_log(
        self, desk: DeskKey, job_id: str, *, after: int = 0, limit_bytes: int = 262_144
    ) -> LogPage: ...

    async def list_artifacts(self, desk: DeskKey, job_id: str) -> list[Artifact]: ...

    def open_artifact(
        self, desk: DeskKey, job_id: str, name: str, *, chunk_bytes: int = 262_144
    ) -> AsyncIterator[bytes]:
        """The bytes of one artifact, a chunk at a time. Raises JobFilesMissing at the first."""


class Store(StoreReads, Protocol):
    """Everything a desk keeps. The write side is called by that desk's session and runners only.

    Every method that returns has done it durably, unless its docstring says otherwise. Errors are
    those of `state.errors`.
    """

    async def exists(self, desk: DeskKey) -> bool: ...

    async def load(self, desk: DeskKey) -> Loaded:
        """Raises DeskMissing or DeskUnreadable. Sweeps job folders that the state does not name."""

    async def save(self, desk: DeskKey, state: DeskState) -> None:
        """Make `state` the desk's newest generation. Keeps the boot marker in step: set durably
        before a state with unfinished jobs, removed (lazily) after one without."""

    async def unfinished(self) -> list[DeskKey]:
        """The desks with a boot marker."""

    async def stale(self, before: float) -> list[DeskKey]:
        """Desks whose file was last written before that time (for the retention sweep)."""

    async def write_inputs(self, desk: DeskKey, job_id: str, items: Iterable[InputItem]) -> None:
        """Create the job's folder and its input file. On an error nothing of it is left."""

    async def open_inputs(self, desk: DeskKey, job_id: str) -> Inputs: ...

    async def open_outcomes(self, desk: DeskKey, job_id: str) -> OutcomeLog:
        """Open for append, repaired: a torn last line is cut, bad middle lines are counted."""

    async def append_log(self, desk: DeskKey, job_id: str, lines: Sequence[LogLine]) -> None:
        """Append to the live log (never synced); at its size cap one last line says so."""

    async def create_artifact(self, desk: DeskKey, job_id: str, name: str) -> ArtifactWriter:
        """Raises ValueError for a name that is not a safe relative one."""

    async def save_secrets(
        self, desk: DeskKey, job_id: str, secrets: Mapping[str, str]
    ) -> None: ...
    async def load_secrets(self, desk: DeskKey, job_id: str) -> dict[str, str]: ...

    async def delete_job(self, desk: DeskKey, job_id: str) -> None:
        """Remove the job's files and secrets. Called after the state without the job is saved."""


# ------------------------------------------------------------------------------- the workers


class JobBrief(Struct, frozen=True, kw_only=True):
    """What a worker must know of a job before its first item. `spec` has its secrets filled in."""

    desk: DeskKey
    job_id: str
    kind: str
    pool: str
    priority: int
    concurrency: int
    retries: int
    spec: dict[str, Any]


class LeasedItem(Struct, frozen=True):
    """One item on its way to a worker. `attempts` counts the attempts that ended before."""

    index: int
    attempts: int
    key: str
    payload: Raw


class ItemEnded(Struct, frozen=True, kw_only=True, tag="outcome"):
    """The item is over: ok, failed (its attempts are used up) or skipped."""

    index: int
    status: OutcomeStatus
    attempts: int
    duration_ms: float
    error: str | None = None
    result: Raw = Raw(b"{}")


class ItemDeferred(Struct, frozen=True, kw_only=True, tag="deferred"):
    """The item comes back unfinished and must not be leased again for `delay_s` seconds.

    `attempts` is the new count. With `hold_key` every item of the same key must wait that long (a
    host asked for it). `error` is what went wrong, for the log; None where nothing did.
    """

    index: int
    attempts: int
    delay_s: float
    hold_key: bool = False
    error: str | None = None


class ItemProgress(Struct, frozen=True, tag="progress"):
    index: int
    fraction: float
    stage: str = ""


class WorkerLog(Struct, frozen=True, tag="log"):
    level: str
    message: str
    index: int | None = None


class ArtifactChunk(Struct, frozen=True, kw_only=True, tag="artifact"):
    """A piece of an artifact of an item, in order; `last` ends it. It precedes the item's end."""

    index: int
    name: str
    data: bytes
    last: bool


class ItemsLost(Struct, frozen=True, tag="lost"):
    """Their worker died. `reason` says how, e.g. "killed by signal 9"."""

    indexes: tuple[int, ...]
    reason: str


class JobBroken(Struct, frozen=True, tag="broken"):
    """The executor cannot work on this job at all (its `open` failed, its kind is unknown)."""

    error: str


WorkerEvent = (
    ItemEnded | ItemDeferred | ItemProgress | WorkerLog | ArtifactChunk | ItemsLost | JobBroken
)


class Attachment(Protocol):
    """One running job's line to its pool. Used by that job's runner only.

    Slots are house-wide and granted round robin over desks. The runner says how many more items it
    could lease (`want`), waits for a grant, and leases at most that many. A slot comes back when
    its item ends, is deferred or lost.
    """

    def want(self, count: int) -> None:
        """Declare how many items could be leased now beyond those granted. 0 withdraws."""

    async def wait_granted(self) -> int:
        """Wait for slots; returns how many (at least 1) are now held for `lease`."""

    async def lease(self, items: Sequence[LeasedItem]) -> None:
        """Send items to workers, using one held slot each. Waits while the worker is behind."""

    def give_back(self, slots: int) -> None:
        """Return granted slots that turned out not to be needed."""

    async def wait_events(self) -> list[WorkerEvent]:
        """All events since the last call, in order per item; at least one."""

    def cancel(self) -> None:
        """Tell workers to stop this job's items at once; no further events come from them."""


class Workers(Protocol):
    """The pools of worker processes."""

    def attach(self, brief: JobBrief) -> AbstractAsyncContextManager[Attachment]:
        """Take part in the sharing of `brief.pool`. Leaving cancels what is still leased."""


# ----------------------------------------------------------------------------- the executors


class PlanLimits(Struct, frozen=True, kw_only=True):
    """The server's limits that a plan must keep."""

    max_items: int
    max_url_bytes: int
    max_concurrency: int
    max_body_read_bytes: int


class Plan(Struct, frozen=True, kw_only=True):
    """A validated job. `spec` is what is stored; `secrets` are the values it names."""

    items: Sequence[InputItem]
    spec: dict[str, Any]
    secrets: dict[str, str]
    concurrency: int
    retries: int
    price_tokens: int = 0


class ExecutorSpec(Protocol):
    """The light half of an executor, known to the server: it never imports what does the work."""

    @property
    def kind(self) -> str: ...

    @property
    def pool(self) -> str: ...

    @property
    def runner(self) -> str:
        """Where the worker finds the other half: "package.module:Class"."""

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """Validate, normalise, count and price. Pure and CPU-bound (it is run in a thread for many
        items). Raises InvalidSpec that names every bad field and item."""

    def describe(self, item: Raw) -> dict[str, Any]:
        """What an outcome of this item says where no executor ran, e.g. {"url": ...}."""

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """The spec for the worker: names replaced by the values."""


class ItemResult(Struct, frozen=True, kw_only=True):
    """What one attempt came to; the host decides from it whether to try again.

    `retry` marks an error worth retrying; `retry_after_s` is what the remote asked for; `pressure`
    says that the remote asked for a slower pace (429, 503).
    """

    status: OutcomeStatus
    result: dict[str, Any]
    error: str | None = None
    retry: bool = False
    retry_after_s: float | None = None
    pressure: bool = False


class ItemContext(Protocol):
    """What an item may do besides returning its result."""

    def progress(self, fraction: float, stage: str = "") -> None: ...
    def log(self, level: str, message: str) -> None: ...

    async def artifact(self, name: str, data: bytes) -> None:
        """Hand over a file. It is durable before the item's outcome is."""


class HttpReply(Protocol):
    """The head of a response whose body is read (capped) by `read`."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_bytes(self) -> AsyncIterator[bytes]: ...


class HttpSlot(Protocol):
    """One connection slot: sends one request at a time, keeps its connection, has no cookies.

    Every connect goes through the egress check. Redirects are not followed here.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        proxy: str | None = None,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> AbstractAsyncContextManager[HttpReply]:
        """Raises EgressRefused, HttpConnectError, HttpTimeout, HttpProtocolError."""


class HttpClient(Protocol):
    """Hands out slots. Shared by all items of a job in one worker."""

    def slot(self) -> AbstractAsyncContextManager[HttpSlot]: ...


class HttpError(Exception):
    """Root of what an HttpSlot raises; the message is fit for the user."""


class EgressRefused(HttpError):
    """The address, port or scheme is not allowed. Never retried."""


class HttpConnectError(HttpError):
    """No connection (refused, unresolvable, TLS failed, reset before the response)."""


class HttpTimeout(HttpError):
    """A connect or read timeout passed."""


class HttpProtocolError(HttpError):
    """The remote broke HTTP, or a size limit of ours."""


class Tools(Protocol):
    """What the host hands to `Executor.open`."""

    @property
    def http(self) -> HttpClient: ...


class ItemRunner(Protocol):
    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult: ...


class Executor(Protocol):
    """The working half, built without arguments in a worker process."""

    def open(self, spec: dict[str, Any], tools: Tools) -> AbstractAsyncContextManager[ItemRunner]:
        """Hold what the items of one job share."""
