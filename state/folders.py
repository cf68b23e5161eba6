"""The folders of the jobs: `files/<desk>/<job>/`. Called in the store's threads by all that keep
something in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from state.atomic import opened, remove_tree, sweep_temps
from state.desks import KEPT_FOLDERS, is_job_id
from state.errors import JobFilesMissing
from state.files import Files
from state.plain import NOT_A_FILE
from state.sizes import DeskSizes, JobAccount
from state.views import DeskKey

_REMEMBERED_MAX = 10_000


class JobFolders:
    """Opens, makes and removes job folders; `root` is the open folder `files/`."""

    def __init__(
        self, files: Files, root: int, quarantine: int, sizes: DeskSizes | None = None
    ) -> None:
        self.files = files
        self.sizes = sizes or DeskSizes()
        self.quarantine = quarantine
        self._root = root
        # Desks whose folder has a durable name; written by the threads that make jobs.
        self._named: set[DeskKey] = set()
        # Folders within jobs (desk, job, names) that have one, as far as they are remembered;
        # written by the threads that make artifacts. Forgetting them only costs a sync.
        self._named_within: set[tuple[str, ...]] = set()

    @contextmanager
    def desk(self, desk: DeskKey) -> Iterator[int]:
        """The desk's open folder, made where it is missing; its name is durable."""
        if desk not in self._named:
            # One that is there may be another thread's, or a dead server's, who did not sync it.
            with suppress(FileExistsError):
                self.files.make_folder(self._root, desk)
            self.files.fsync_dir(self._root)
            self._named.add(desk)
        with opened(self.files, self.files.open_folder(self._root, desk)) as folder:
            yield folder

    def make_within(self, folder: int, where: tuple[str, ...]) -> None:
        """Make a folder of a job where it is missing, its name durable: `where` ends in that, and
        `folder` is the open one above it."""
        try:
            self.files.make_folder(folder, where[-1])
        except FileExistsError:
            if where in self._named_within:
                return  # any other may be another thread's, or a dead server's, who did not sync it
        try:
            self.files.fsync_dir(folder)
        except BaseException:
            with suppress(OSError):  # a second sync may report success for nothing: it is made anew
                self.files.remove_folder(folder, where[-1])
            raise
        if len(self._named_within) >= _REMEMBERED_MAX:
            self._named_within.clear()
        self._named_within.add(where)

    @contextmanager
    def existing_desk(self, desk: DeskKey) -> Iterator[int]:
        """The desk's open folder. Raises FileNotFoundError."""
        with opened(self.files, self.files.open_folder(self._root, desk)) as folder:
            yield folder

    @contextmanager
    def job(self, desk: DeskKey, job_id: str) -> Iterator[int]:
        """The job's open folder. Raises JobFilesMissing."""
        with opened(self.files, self._open_job(desk, job_id)) as folder:
            yield folder

    def _open_job(self, desk: DeskKey, job_id: str) -> int:
        if not is_job_id(job_id):
            raise JobFilesMissing(f"no job can be called {job_id!r}")
        try:
            with self.existing_desk(desk) as folder:
                return self.files.open_folder(folder, job_id)
        except FileNotFoundError as error:
            raise JobFilesMissing(f"job {job_id} has no files") from error
        except OSError as error:
            if error.errno in NOT_A_FILE:
                raise JobFilesMissing(f"job {job_id} has no folder: {error.strerror}") from error
            raise

    @contextmanager
    def new_job(self, desk: DeskKey, job_id: str) -> Iterator[int]:
        """A new folder for the job; durable, with what was made in it, at the end of the block.

        On an error nothing of it is left. FileExistsError where the job has one already.
        """
        if not is_job_id(job_id):
            raise ValueError(f"no job can be called {job_id!r}")
        with self.desk(desk) as parent:
            self.files.make_folder(parent, job_id)
            try:
                with opened(self.files, self.files.open_folder(parent, job_id)) as folder:
                    yield folder
                    self.files.fsync_dir(folder)
                self.files.fsync_dir(parent)
            except BaseException:
                with suppress(OSError):  # what cannot be removed now is swept at the next load
                    remove_tree(self.files, parent, job_id)
                raise

    def account(self, desk: DeskKey, job_id: str) -> JobAccount:
        """What the job's files take up."""
        return JobAccount(self.sizes, desk, job_id)

    def remove(self, desk: DeskKey, job_id: str) -> None:
        """Remove the job's folder, which may be gone already."""
        try:
            with self.existing_desk(desk) as parent:
                remove_tree(self.files, parent, job_id)
        except FileNotFoundError:
            return

    def jobs(self, desk: DeskKey) -> list[str]:
        """The names of folders that jobs have made, or nobody."""
        return [name for name in self.within(desk) if name not in KEPT_FOLDERS]

    def has_any(self, desk: DeskKey) -> bool:
        """Whether there is a folder of the desk's, whatever is in it."""
        try:
            with self.existing_desk(desk):
                return True
        except FileNotFoundError:
            return False

    def within(self, desk: DeskKey) -> list[str]:
        """The folders in the desk's folder: while there is one, something is kept of the desk."""
        try:
            with self.existing_desk(desk) as parent:
                names = self.files.list(parent)
                return [name for name in names if self.files.facts(parent, name).folder]
        except FileNotFoundError:
            return []

    def sweep(self, desk: DeskKey, keep: Collection[str]) -> None:
        """Remove the folders of jobs that are not named in `keep`, and left-over temp files."""
        for job_id in self.jobs(desk):
            if job_id not in keep:
                self.remove(desk, job_id)
        with suppress(FileNotFoundError), self.existing_desk(desk) as folder:
            sweep_temps(self.files, folder)
