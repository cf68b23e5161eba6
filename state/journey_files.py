"""The files of desks' journeys: `files/<desk>/journeys/<digest>.json`. Called by `state.store`, in
its threads.

A file is named by what is in it and never changed: a desk's state names the one that holds its
journeys, the generation before may name another. Whatever no generation names goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from state.atomic import TEMP_SUFFIX, discard, opened, read_range, replace_file
from state.desks import JOURNEYS
from state.errors import JobFilesMissing, JourneysMissing
from state.folders import JobFolders
from state.journeys import MAX_BYTES, digest_of, is_digest
from state.model import JourneyBook
from state.plain import NOT_A_FILE, open_plain, set_aside
from state.sizes import tree_bytes
from state.views import DeskKey

_SUFFIX = ".json"
# What they learn may make a file a little longer than its user may.
_READ_MAX_BYTES = 2 * MAX_BYTES


def file_name(digest: str) -> str:
    """The name of the file of that digest."""
    return digest + _SUFFIX


class JourneyFiles:
    """A folder in the folder of each desk that keeps journeys. Holds nothing of its own."""

    def __init__(self, folders: JobFolders) -> None:
        self._folders = folders
        self._files = folders.files
        self._sizes = folders.sizes

    def read(self, desk: DeskKey, digest: str) -> bytes:
        """The bytes of that digest. Raises JourneysMissing where they are not what was written."""
        if not is_digest(digest):
            raise JourneysMissing(f"no journeys can be called {digest!r}")
        try:
            with self._folder(desk) as folder:
                data = self._contents(folder, file_name(digest))
        except FileNotFoundError as error:
            raise JourneysMissing("the journeys of this desk are gone") from error
        except JobFilesMissing as error:
            raise JourneysMissing(f"the journeys of this desk are damaged: {error}") from error
        if digest_of(data) != digest:
            raise JourneysMissing(
                "the journeys of this desk are damaged: their checksum is another"
            )
        return data

    def _contents(self, folder: int, name: str) -> bytes:
        with opened(self._files, open_plain(self._files, folder, name)) as handle:
            return b"".join(read_range(self._files, handle, 0, _READ_MAX_BYTES))

    def save(self, desk: DeskKey, data: bytes, *, learned: bool) -> None:
        """Keep these bytes, durably. Raises QuotaReached, unless they are what was `learned`."""
        name = file_name(digest_of(data))
        self._sizes.claim_journeys(desk, len(data), sure=learned)
        try:
            with self._folders.desk(desk) as parent, self._made(desk, parent) as folder:
                self._keep_damaged(desk, folder, name)
                replace_file(self._files, folder, name, data)
                size_bytes = tree_bytes(self._files, folder)
        except BaseException:
            self._sizes.claim_journeys(desk, -len(data), sure=True)
            raise
        self._sizes.set_journeys(desk, size_bytes)

    def keep(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Let go of all other files. What is none of ours, or damaged, is set aside."""
        kept = set(map(file_name, digests))
        try:
            with self._folder(desk) as folder:
                for name in self._files.list(folder):
                    if name not in kept:
                        self._let_go(desk, folder, name)
                size_bytes = tree_bytes(self._files, folder)
        except FileNotFoundError:
            size_bytes = 0
        self._sizes.set_journeys(desk, size_bytes)

    def sweep(
        self,
        desk: DeskKey,
        book: JourneyBook | None,
        previous: Callable[[DeskKey], str | None],
    ) -> None:
        """Keep the file that is named, and that of the generation before, which is asked for only
        where there is another. For a desk that nobody writes to yet."""
        named = set() if book is None else {book.digest}
        if not self._names(desk) <= set(map(file_name, named)):
            before = previous(desk)
            self.keep(desk, named if before is None else {*named, before})

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
            return file_name(digest_of(self._contents(folder, name))) == name
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
                found = self._files.open_folder(parent, JOURNEYS)
        except OSError as error:
            if error.errno in NOT_A_FILE:
                raise JobFilesMissing(f"{JOURNEYS} is no folder: {error.strerror}") from error
            raise
        with opened(self._files, found) as folder:
            yield folder

    @contextmanager
    def _made(self, desk: DeskKey, parent: int) -> Iterator[int]:
        """The folder, its name durable. What stands in its place is set aside."""
        if not self._is_folder(parent):
            set_aside(self._files, parent, JOURNEYS, self._folders.quarantine, f"{desk}.{JOURNEYS}")
        self._folders.make_within(parent, (desk, JOURNEYS))
        with opened(self._files, self._files.open_folder(parent, JOURNEYS)) as folder:
            yield folder

    def _is_folder(self, parent: int) -> bool:
        """Also where nothing is in its place."""
        try:
            return self._files.facts(parent, JOURNEYS).folder
        except FileNotFoundError:
            return True

    def _keep_damaged(self, desk: DeskKey, folder: int, name: str) -> None:
        """What has that name and is not that file is kept elsewhere, and not replaced."""
        if name in self._files.list(folder) and not self.is_whole(folder, name):
            self._set_aside(desk, folder, name)

    def _let_go(self, desk: DeskKey, folder: int, name: str) -> None:
        half_done = name.endswith(TEMP_SUFFIX) and not self._files.facts(folder, name).folder
        if half_done or self.is_whole(folder, name):
            discard(self._files, folder, name)
        else:
            self._set_aside(desk, folder, name)

    def _set_aside(self, desk: DeskKey, folder: int, name: str) -> None:
        set_aside(self._files, folder, name, self._folders.quarantine, f"{desk}.{JOURNEYS}.{name}")
