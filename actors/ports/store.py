"""The `Store` port: everything a desk keeps. Implemented by `state.store` and `state.memory`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from state.audit import AuditLine, AuditPage
from state.buckets import SeriesAsk, SeriesPage
from state.errors import StorageError
from state.groups import CausePage
from state.model import DeskState, InputItem, LogLine, OutcomeRecord, OutcomeStatus
from state.sizes import DeskSizes
from state.views import Artifact, DeskKey, Link, Loaded, LogPage, OutcomePage, Replay
from state.wanted import Order, OutcomeFilter


class OutcomeLog(Protocol):
    """The append-only outcome file of one job, held by that job's runner and by nobody else."""

    @property
    def replay(self) -> Replay: ...

    async def append(self, records: Sequence[OutcomeRecord]) -> None:
        """Write the lines (not synced). Raises StorageError; then none of them counts."""

    async def sync(self) -> None:
        """Return once every appended line survives a power loss. Raises StorageError; the next
        call then makes up for it, so that no line has to be appended again."""

    async def aclose(self) -> None:
        """A second call does nothing."""


class Inputs(Protocol):
    """The items of one job, read at random. Open for as long as its runner lives. Those of a job
    that grows are held by its runner and by nobody else."""

    @property
    def count(self) -> int: ...

    @property
    def cut_bytes(self) -> int:
        """What of items that were found was not whole, and was cut off when it was opened."""

    async def read(self, indexes: Sequence[int]) -> list[InputItem]:
        """The items at those indexes, in that order. Raises JobFilesMissing."""

    async def append(self, items: Sequence[InputItem]) -> None:
        """Add items behind the others (not synced): from now on they count. Only where it was
        opened to grow. Raises StorageError; then none of them is there."""

    async def sync(self) -> None:
        """Return once every appended item survives a power loss. Raises StorageError; the next
        call then makes up for it, so that no item has to be appended again."""

    async def aclose(self) -> None: ...


class ArtifactWriter(Protocol):
    """Writes one artifact; it exists for readers only after `commit` returned (synced, renamed)."""

    async def write(self, data: bytes) -> None: ...
    async def commit(self) -> Artifact: ...
    async def abort(self) -> None: ...


class ArtifactPack(Protocol):
    """What takes the small artifacts of one job, many at a time. Held by that job's runner and by
    nobody else; an `ArtifactWriter` is for the large ones."""

    @property
    def buffered_bytes(self) -> int:
        """What was added and is not synced yet: it is in memory."""

    @property
    def clean(self) -> bool:
        """Everything that was added is synced."""

    def add(self, name: str, data: bytes) -> None:
        """Take a small artifact along with the next sync; it then replaces an older one of its
        name. Raises ValueError for a name that is not a safe relative one, ArtifactTooLarge."""

    async def prepare(self) -> None:
        """Have the files there before there is anything to write, so that the first sync takes no
        longer than any. Nobody needs to. Raises StorageError."""

    def record(self, made: Artifact) -> None:
        """An `ArtifactWriter` has committed this: from the next sync on no older packed one of its
        name is shown in its place."""

    async def sync(self) -> None:
        """Return once all that was added before survives a power loss; only then is any of it
        there for readers. Raises StorageError; the next call then tries it again."""

    async def aclose(self) -> None:
        """What was not synced is forgotten. A second call does nothing."""


class StoreReads(Protocol):
    """The read side, for the front end. Never blocks the loop; sees what is in the files."""

    async def read_outcomes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        status: OutcomeStatus | None = None,
        run: int | None = None,
        again: OutcomeFilter | None = None,
        where: OutcomeFilter | None = None,
        order: Order | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> OutcomePage:
        """One page of the newest endings; with a status, of those that count in that run (None:
        all do; `again` is the job's own: what it does not find of failures before that run counts
        too). Without one also those of items that are done again. `where` leaves out what it
        does not find; the page after costs no scan of what this one has scanned. With an `order`
        they come in that, and else by index."""

    def iter_outcomes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        status: OutcomeStatus | None = None,
        run: int | None = None,
        again: OutcomeFilter | None = None,
        where: OutcomeFilter | None = None,
        batch: int = 500,
    ) -> AsyncIterator[tuple[tuple[OutcomeRecord, InputItem], ...]]:
        """Batches of the same endings in index order, as the file stood at the first step."""

    async def read_causes(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        run: int | None = None,
        again: OutcomeFilter | None = None,
    ) -> CausePage:
        """Why items have failed, of all that count as failed in that run."""

    async def read_series(self, desk: DeskKey, job_id: str, ask: SeriesAsk) -> SeriesPage:
        """What happened when in the job: every ending that its file holds, in buckets of time. What
        was counted for one answer is not read again for the next. Raises JobFilesMissing."""

    async def read_pending(
        self,
        desk: DeskKey,
        job_id: str,
        *,
        run: int | None = None,
        again: OutcomeFilter | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[int, tuple[tuple[int, InputItem], ...]]:
        """(how many items have no ending that counts in that run, one page of (index, item))."""

    async def read_items(
        self, desk: DeskKey, job_id: str, *, offset: int = 0, limit: int = 100
    ) -> tuple[InputItem, ...]:
        """One page of the items as they were handed in, however they ended."""

    async def read_log(
        self, desk: DeskKey, job_id: str, *, after: int = 0, limit_bytes: int = 262_144
    ) -> LogPage: ...

    async def read_audit(
        self, desk: DeskKey, *, after: int = 0, limit_bytes: int = 262_144
    ) -> AuditPage:
        """Who did what, from an offset on; an empty page for a desk of which nothing is known."""

    async def read_journeys(self, desk: DeskKey, digest: str) -> bytes:
        """The file of the desk's journeys that has this digest. Raises JourneysMissing (a
        JobFilesMissing) where it is gone or damaged."""

    async def read_library(self, desk: DeskKey, digest: str) -> bytes:
        """The file of the desk's library that has this digest. Raises LibraryMissing (a
        JobFilesMissing) where it is gone or damaged."""

    async def read_asset(self, desk: DeskKey, job_id: str, digest: str) -> bytes:
        """The file of that digest that the job was given for all its items. Raises JobFilesMissing
        where it is gone or damaged."""

    async def read_asset_part(
        self, desk: DeskKey, job_id: str, digest: str, start: int, size_bytes: int
    ) -> bytes:
        """So many bytes of that file from `start` on, or as many as there are. They are not checked
        against the digest: whoever asks for a part knows what it should be. Raises
        JobFilesMissing."""

    async def list_artifacts(self, desk: DeskKey, job_id: str) -> list[Artifact]:
        """What the job made, by name; no bytes of it are read. Raises JobFilesMissing."""

    async def find_artifact(self, desk: DeskKey, job_id: str, name: str) -> Artifact:
        """The artifact of that name, without listing the others. Raises ArtifactMissing (a
        JobFilesMissing) where there is none."""

    async def find_artifacts(
        self, desk: DeskKey, job_id: str, names: Sequence[str]
    ) -> list[Artifact]:
        """Those of these names that there are, in their order. Raises JobFilesMissing."""

    def open_artifact(
        self,
        desk: DeskKey,
        job_id: str,
        name: str,
        *,
        start: int = 0,
        chunk_bytes: int = 262_144,
    ) -> AsyncIterator[bytes]:
        """The bytes of one artifact from the offset `start` on, a chunk at a time. Raises
        JobFilesMissing at the first: ArtifactMissing where there is none of that name."""

    def read_artifacts(
        self,
        desk: DeskKey,
        job_id: str,
        wanted: Sequence[Artifact],
        *,
        chunk_bytes: int = 262_144,
        batch_bytes: int = 1_048_576,
    ) -> AsyncIterator[list[tuple[int, bytes]]]:
        """The bytes of many artifacts that were listed or found, one after the other: batches of
        (position among the wanted, a chunk), at least one chunk of each. Raises JobFilesMissing
        where one is gone or damaged."""


class Store(StoreReads, Protocol):
    """Everything a desk keeps. The write side is called by that desk's session and runners only.

    Every method that returns has done it durably, unless its docstring says otherwise. Errors are
    those of `state.errors`.
    """

    @property
    def sizes(self) -> DeskSizes:
        """What the files of each desk take up. A desk that was given a limit there never passes it:
        `write_inputs`, `copy_assets`, `put_assets`, `append`, `append_log`, `save_journeys`,
        `save_library` and artifacts then raise QuotaReached."""

    async def exists(self, desk: DeskKey) -> bool: ...

    async def load(self, desk: DeskKey) -> Loaded:
        """Raises DeskMissing, DeskUnreadable or StorageError (not now). Sweeps job folders that
        the state does not name, unless an older generation was restored."""

    async def save(
        self,
        desk: DeskKey,
        state: DeskState,
        *,
        essential: bool = False,
        audit: Sequence[AuditLine] = (),
    ) -> StorageError | None:
        """Make `state` the desk's newest generation. Keeps the boot marker in step: set durably
        before a state with unfinished jobs, removed (lazily) after one without.

        `essential` is for what must work on a full disk (cancel, delete, pause): such a save may
        use the room of the ballast file. One save of a desk at a time.

        `audit` is appended on the way, as by `append_audit`. A log that cannot be written fails no
        save: the error is returned."""

    async def unfinished(self) -> list[DeskKey]:
        """The desks with a boot marker."""

    async def stale(self, before: float) -> list[DeskKey]:
        """Desks whose file was last written before that time (for the retention sweep)."""

    async def delete_desk(self, desk: DeskKey) -> bool:
        """Remove a desk of which nothing is kept but its first save. False: there is more, and all
        of it stays. Not while the desk is in memory."""

    async def find_link(self, link: Link) -> DeskKey | None:
        """The desk to which a link leads that is not the first one of its desk; None where there is
        no such link. Whether it opens that desk is for the desk's state to say. Raises
        DeskUnreadable where what is there is damaged."""

    async def save_link(self, desk: DeskKey, link: Link) -> None:
        """Let the link lead to the desk; before a state that names it is saved."""

    async def delete_link(self, link: Link) -> None:
        """Remove a link that no state names any more, if it is there. Not durable by itself: one
        that comes back opens nothing."""

    async def write_inputs(self, desk: DeskKey, job_id: str, items: Iterable[InputItem]) -> None:
        """Create the job's folder and its input file. On an error nothing of it is left."""

    async def copy_inputs(
        self, desk: DeskKey, from_job: str, to_job: str, *, first: int | None = None
    ) -> None:
        """Give a job the items (all, or the `first` so many), assets and secrets of another. Where
        it has them already they stay, and what else it has. Raises JobFilesMissing where the
        other's are gone or damaged."""

    async def put_assets(self, desk: DeskKey, job_id: str, files: Mapping[str, bytes]) -> None:
        """Give a job whose items are written these files, by digest, for all of them."""

    async def copy_assets(self, desk: DeskKey, job_id: str, digests: Iterable[str]) -> None:
        """Give a job whose items are written these files of the desk's library for its own: it
        keeps them whatever becomes of those. Raises LibraryMissing; what the job has by then goes
        with it."""

    async def open_inputs(
        self, desk: DeskKey, job_id: str, *, grows_from: int | None = None
    ) -> Inputs:
        """Raises JobFilesMissing. With `grows_from`, of a job that grows and had at least so many
        items: open for append too, and repaired; what a dead server did not finish behind those is
        cut off. One at a time for a job then."""

    async def open_outcomes(self, desk: DeskKey, job_id: str) -> OutcomeLog:
        """Open for append, repaired: a torn last line is cut, bad middle lines are counted."""

    async def append_log(self, desk: DeskKey, job_id: str, lines: Sequence[LogLine]) -> int:
        """Append to the live log (never synced); at its size cap one last line says so. Returns the
        size of the log then: up to where it can be read."""

    async def append_audit(self, desk: DeskKey, lines: Sequence[AuditLine]) -> None:
        """Append to the desk's audit log (not synced), all or none. Never at once with a save."""

    async def sync_audit(self, desk: DeskKey) -> None:
        """Make the appended lines survive a power loss."""

    async def open_artifacts(self, desk: DeskKey, job_id: str) -> ArtifactPack:
        """Open for writing, repaired: what a dead server packed and did not sync is cut off. After
        `open_outcomes`, which counts the job's bytes. One at a time for a job."""

    async def create_artifact(self, desk: DeskKey, job_id: str, name: str) -> ArtifactWriter:
        """Raises ValueError for a name that is not a safe relative one."""

    async def save_secrets(
        self, desk: DeskKey, job_id: str, secrets: Mapping[str, str]
    ) -> None: ...
    async def load_secrets(self, desk: DeskKey, job_id: str) -> dict[str, str]: ...

    async def save_journeys(self, desk: DeskKey, data: bytes, *, learned: bool = False) -> None:
        """Keep a file of the desk's journeys, named by its digest; before a state that names it is
        saved. Raises QuotaReached, unless it is what they have `learned` of jobs that ended: those
        can only then be swept, which makes room."""

    async def keep_journeys(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Remove the files of all other journeys: no generation of the desk names them. Never at
        once with `save_journeys`. `load` does so too, as with the folders of jobs."""

    async def save_library(self, desk: DeskKey, data: bytes) -> None:
        """Keep a file of the desk's library, named by its digest; before a state that names it is
        saved. Raises QuotaReached."""

    async def keep_library(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Remove its other files, as `keep_journeys` does; never at once with `save_library`."""

    async def remove_artifacts(self, desk: DeskKey, job_id: str, names: Collection[str]) -> int:
        """Forget these artifacts of the job, and say how many there were; a name that it has not
        is no error. Works on a full disk, too. Raises ArtifactsInUse while `open_artifacts` is
        open for the job, or another removal is under way; JobFilesMissing."""

    async def delete_job(self, desk: DeskKey, job_id: str) -> None:
        """Remove the job's files and secrets. Called after the state without the job is saved."""
