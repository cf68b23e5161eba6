"""The files that desks keep beside their jobs: `files/<desk>/journeys/<digest>.json` and
`files/<desk>/library/<digest>`. Called by `state.store`, in its threads.

A file is named by what is in it and never changed: a desk's state names those that it holds, the
generation before may name others. Whatever no generation names goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from state import journeys
from state.atomic import TEMP_SUFFIX, discard, opened, read_range, replace_file
from state.desks import JOURNEYS, LIBRARY
from state.digests import digest_of, is_digest
from state.errors import JobFilesMissing, JourneysMissing, KeptMissing, LibraryMissing
from state.folders import JobFolders
from state.library import FILE_MAX_BYTES
from state.model import DeskState
from state.plain import NOT_A_FILE, open_plain, set_aside
from state.sizes import tree_bytes
from state.views import DeskKey


class Kind(Struct, frozen=True):
    """What one folder is for. `max_bytes` is how far a file of it is read, `said` what a user hears
    of one that is gone, `named` what of it a state names."""

    folder: str
    suffix: str
    max_bytes: int
    said: str
    missing: type[KeptMissing]
    named: Callable[[DeskState], frozenset[str]]

    def file_name(self, digest: str) -> str:
        """The name of the file of that digest."""
        return digest + self.suffix


def _journeys_named(state: DeskState) -> frozenset[str]:
    return frozenset() if state.journeys is None else frozenset({state.journeys.digest})


def _library_named(state: DeskState) -> frozenset[str]:
    return state.library_files


KEPT_JOURNEYS = Kind(
    JOURNEYS,
    ".json",
    # What they learn may make a file a little longer than its user may.
    2 * journeys.MAX_BYTES,
    "the journeys of this desk are",
    JourneysMissing,
    _journeys_named,
)
KEPT_LIBRARY = Kind(
    LIBRARY,
    "",
    FILE_MAX_BYTES,
    "a file of this desk's library is",
    LibraryMissing,
    _library_named,
)


class KeptFiles:
    """A folder in the folder of each desk that keeps something of that kind. Holds nothing of its
    own."""

    def __init__(self, folders: JobFolders, kind: Kind) -> None:
        self.kind = kind
        self._name = kind.folder
        self._folders = folders
        self._files = folders.files
        self._sizes = folders.sizes

    def read(self, desk: DeskKey, digest: str) -> bytes:
        """The bytes of that digest. Raises KeptMissing where they are not what was written."""
        kind = self.kind
        if not is_digest(digest):
            raise kind.missing(f"no file of {kind.folder} can be called {digest!r}")
        try:
            with self._folder(desk) as folder:
                data = self._contents(folder, kind.file_name(digest))
        except FileNotFoundError as error:
            raise kind.missing(f"{kind.said} gone") from error
        except JobFilesMissing as error:
            raise kind.missing(f"{kind.said} damaged: {error}") from error
        if digest_of(data) != digest:
            raise kind.missing(f"{kind.said} damaged: the checksum is another")
        return data

    def _contents(self, folder: int, name: str) -> bytes:
        with opened(self._files, open_plain(self._files, folder, name)) as handle:
            return b"".join(read_range(self._files, handle, 0, self.kind.max_bytes))

    def save(self, desk: DeskKey, data: bytes, *, sure: bool = False) -> None:
        """Keep these bytes, durably. Raises QuotaReached, unless it is `sure`."""
        name = self.kind.file_name(digest_of(data))
        self._sizes.claim_kept(desk, self._name, len(data), sure=sure)
        try:
            with self._folders.desk(desk) as parent, self._made(desk, parent) as folder:
                self._keep_damaged(desk, folder, name)
                replace_file(self._files, folder, name, data)
                size_bytes = tree_bytes(self._files, folder)
        except BaseException:
            self._sizes.claim_kept(desk, self._name, -len(data), sure=True)
            raise
        self._sizes.set(desk, self._name, size_bytes)

    def keep(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Let go of all other files. What is none of ours, or damaged, is set aside."""
        kept = set(map(self.kind.file_name, digests))
        try:
            with self._folder(desk) as folder:
                for name in self._files.list(folder):
                    if name not in kept:
                        self._let_go(desk, folder, name)
                size_bytes = tree_bytes(self._files, folder)
        except FileNotFoundError:
            size_bytes = 0
        self._sizes.set(desk, self._name, size_bytes)

    def sweep(
        self,
        desk: DeskKey,
        state: DeskState,
        previous: Callable[[DeskKey], DeskState | None],
    ) -> None:
        """Keep the files that are named, and those of the generation before, which is asked for
        only where there are others. For a desk that nobody writes to yet."""
        named = self.kind.named(state)
        if not self._names(desk) <= set(map(self.kind.file_name, named)):
            self.keep(desk, named | self._named_by(previous(desk)))

    def _named_by(self, state: DeskState | None) -> frozenset[str]:
        return frozenset() if state is None else self.kind.named(state)

    def size_bytes(self, desk: DeskKey) -> int:
        """What all of its files take up."""
        try:
            with self._folder(desk) as folder:
                return tree_bytes(self._files, folder)
        except (FileNotFoundError, JobFilesMissing):
            return 0

    def is_whole(self, folder: int, name: str) -> bool:
        """Whether a file in their open folder is what its name says."""
        try:
            return self.kind.file_name(digest_of(self._contents(folder, name))) == name
        except JobFilesMissing:
            return False

    def _names(self, desk: DeskKey) -> set[str]:
        try:
            with self._folder(desk) as folder:
                return set(self._files.list(folder))
        except FileNotFoundError:
            return set()

    @contextmanager
    def _folder(self, desk: DeskKey) -> Iterator[int]:
        """The open folder. Raises FileNotFoundError; JobFilesMissing where it is something else."""
        try:
            with self._folders.existing_desk(desk) as parent:
                found = self._files.open_folder(parent, self._name)
        except OSError as error:
            if error.errno in NOT_A_FILE:
                raise JobFilesMissing(f"{self._name} is no folder: {error.strerror}") from error
            raise
        with opened(self._files, found) as folder:
            yield folder

    @contextmanager
    def _made(self, desk: DeskKey, parent: int) -> Iterator[int]:
        """The folder, its name durable. What stands in its place is set aside."""
        if not self._is_folder(parent):
            self._quarantine(parent, self._name, f"{desk}.{self._name}")
        self._folders.make_within(parent, (desk, self._name))
        with opened(self._files, self._files.open_folder(parent, self._name)) as folder:
            yield folder

    def _is_folder(self, parent: int) -> bool:
        """Also where nothing is in its place."""
        try:
            return self._files.facts(parent, self._name).folder
        except FileNotFoundError:
            return True

    def _keep_damaged(self, desk: DeskKey, folder: int, name: str) -> None:
        """What has that name and is not that file is kept elsewhere, and not replaced."""
        if name in self._files.list(folder) and not self.is_whole(folder, name):
            self._quarantine(folder, name, f"{desk}.{self._name}.{name}")

    def _let_go(self, desk: DeskKey, folder: int, name: str) -> None:
        half_done = name.endswith(TEMP_SUFFIX) and not self._files.facts(folder, name).folder
        if half_done or self.is_whole(folder, name):
            discard(self._files, folder, name)
        else:
            self._quarantine(folder, name, f"{desk}.{self._name}.{name}")

    def _quarantine(self, folder: int, name: str, said: str) -> None:
        set_aside(self._files, folder, name, self._folders.quarantine, said)
