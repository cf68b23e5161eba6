"""The files of the folder as the item changes them: within its limits, and so that each change can
be told, done again and undone.

One at a time, and in a thread where it is much (`executors.agent.files.folder` sees to it). What
the item has not touched is never written, removed or put back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from executors.agent.files.changes import bytes_of, change_of
from executors.agent.files.disk import Stamp
from executors.agent.files.ground import Disk, Ground
from executors.agent.files.journal import Original
from executors.agent.files.keep import Keep
from executors.agent.files.paths import fold, path_reason
from executors.agent.files.refused import ToolRefused
from executors.agent.files.root import Root
from executors.agent.files.settings import FolderSettings
from executors.agent.ports import Change, Snapshot


class Touched(Struct, frozen=True, gc=False):
    """A file that the item has changed, as it is by what we know. No `stamp`: it is not there. No
    `digest`: nobody has asked for it since it was written."""

    size: int = 0
    stamp: Stamp | None = None
    digest: str | None = None


class Store:
    """Everything that changes the folder. Raises ToolRefused and OSError."""

    def __init__(self, ground: Ground, keep: Keep, settings: FolderSettings) -> None:
        self.settings = settings
        # Written by `_settled`.
        self._ground = ground
        self._keep = keep
        # All three are written by `_know`, and by `rewind` before the first of them.
        self._touched: dict[str, Touched] = {}
        self._total_bytes = 0
        self._names: dict[str, str] = {}

    @property
    def root(self) -> Root:
        """The folder itself, for what walks through it: from here on it is on the disk. Raises
        OSError where it cannot be."""
        return self._settled().root

    def has_room(self, size_bytes: int) -> bool:
        """Whether another file of that size may be written where the files are now."""
        return self._ground.has_room("", size_bytes)

    def has_at_most(self, files: int, total_bytes: int) -> bool:
        """Whether the item has touched no more than that."""
        return len(self._touched) <= files and self._total_bytes <= total_bytes

    def read(self, path: str) -> bytes:
        known = self._touched.get(path, Touched())
        kept = None if known.digest is None else self._keep.in_memory(known.digest)
        if kept is not None and self._ground.stamp(path) == known.stamp:
            return kept
        return self._ground.read(path, self.settings.readable_bytes)[0]

    def read_if_there(self, path: str) -> bytes | None:
        try:
            return self.read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, path: str, data: bytes) -> Change | None:
        """None where it was like that already."""
        limit = self.settings.file_bytes
        if len(data) > limit:
            raise ToolRefused(
                f"{path}: a file may have {limit} bytes, and this has {len(data)}: write it as "
                "several files"
            )
        before = self.read_if_there(path)
        if before == data:
            return None
        self._check_room(path, len(data))
        self._put(path, before, data)
        return change_of(path, before, data)

    def remove(self, path: str) -> Change:
        before = self.read(path)
        self._check_room(path, 0)
        self._put(path, before, None)
        return change_of(path, before, None)

    def check_room_for(self, changes: Iterable[tuple[str, int]]) -> None:
        """For all of them together: paths and their new sizes. Raises ToolRefused."""
        sizes = dict(changes)
        known = [self._touched[path].size for path in sizes if path in self._touched]
        total = self._total_bytes - sum(known) + sum(sizes.values())
        self._check_total(total, len(self._touched) + len(sizes) - len(known))

    def put_all(self, changes: Sequence[tuple[str, bytes | None]]) -> tuple[Change, ...]:
        """All of them, or what has been done is undone. Raises ToolRefused and OSError."""
        self.check_room_for((path, len(data or b"")) for path, data in changes)
        done: list[tuple[str, bytes | None, bytes | None]] = []
        try:
            # What goes makes room for what comes: a file may take the name of a folder.
            for path, data in sorted(changes, key=lambda change: change[1] is not None):
                before = self.read_if_there(path)
                if before != data:
                    self._put(path, before, data)
                    done.append((path, before, data))
        except (ToolRefused, OSError):
            for path, before, data in reversed(done):
                self._put(path, data, before)
            raise
        return tuple(change_of(path, before, data) for path, before, data in sorted_by_path(done))

    def apply(self, changes: Sequence[Change]) -> None:
        """See Folder. Raises ValueError for what was never a change of this folder's."""
        for change in changes:
            if (reason := path_reason(change.path, self.settings.guarded)) is not None:
                raise ValueError(f"a change of {change.path!r}: {reason}")
            data = bytes_of(change)
            try:
                before = self.read_if_there(change.path)
                if before != data:
                    self._check_room(change.path, len(data or b""))
                    self._put(change.path, before, data)
            except ToolRefused as refused:
                raise ValueError(f"a change cannot be done again: {refused}") from refused

    def snapshot(self) -> Snapshot:
        """See Folder."""
        digests = {path: self._digest(path) for path in self._touched}
        files = {path: digest for path, digest in digests.items() if digest is not None}
        return Snapshot(files, tuple(path for path in digests if path not in files))

    def restore(self, snapshot: Snapshot) -> tuple[Change, ...]:
        """See Folder."""
        gone = frozenset(snapshot.gone)
        wanted: dict[str, str | None] = {}
        for path in {**self._touched, **snapshot.files}:
            if path in snapshot.files:
                wanted[path] = snapshot.files[path]
            else:
                wanted[path] = None if path in gone else self._keep.originals.get(path)
        return self._bring(wanted)

    def rewind(self) -> None:
        """Have all be as it was before the item came, for one that is taken up again."""
        self._bring(dict(self._keep.originals))
        self._touched.clear()
        self._names.clear()
        self._total_bytes = 0

    def _bring(self, wanted: dict[str, str | None]) -> tuple[Change, ...]:
        changes = []
        removed_first = sorted(wanted.items(), key=lambda want: want[1] is not None)
        for path, digest in removed_first:
            if self._digest(path) == digest:
                continue
            data = None if digest is None else self._keep.get(digest)
            try:
                before = self.read_if_there(path)
                self._put(path, before, data)
            except ToolRefused:
                # Somebody else has put a link or the like there: it is not ours to take away.
                continue
            changes.append(change_of(path, before, data))
        return tuple(sorted(changes, key=lambda change: change.path))

    def _digest(self, path: str) -> str | None:
        """Of the file as it is now, whose bytes are kept; None where there is none."""
        try:
            known = self._touched.get(path, Touched())
            if self._ground.stamp(path) == known.stamp and known.digest is not None:
                return known.digest
            data, stamp = self._ground.read(path, self.settings.readable_bytes)
        except (FileNotFoundError, NotADirectoryError, ToolRefused):
            return None
        digest = self._keep.put(data)
        if path in self._touched:
            self._know(path, Touched(len(data), stamp, digest))
        return digest

    def _settled(self) -> Disk:
        """Raises OSError, and then all is where it was."""
        disk, stamps = self._ground.settled()
        self._ground = disk
        for path, stamp in stamps.items():
            known = self._touched[path]
            self._know(path, Touched(known.size, stamp, known.digest))
        return disk

    def _put(self, path: str, before: bytes | None, data: bytes | None) -> None:
        """Have the file be that, and know of it. `before` is what it is."""
        if data is not None and not self._ground.has_room(path, len(data)):
            self._settled()
        self._touch(path, before)
        if data is None:
            if before is not None:
                self._ground.remove(path)
            self._know(path, Touched())
            self._remove_folders(path)
            return
        above = path.rpartition("/")[0]
        made = self._ground.make_folders(above)
        try:
            for folder in made:
                self._keep.note(Original(folder, folder=True))
            stamp = self._ground.write(path, data)
        except BaseException:
            for folder in reversed(made):
                self._ground.remove_folder(folder)
            raise
        self._know(path, Touched(len(data), stamp, self._keep.put_in_memory(data)))

    def _touch(self, path: str, before: bytes | None) -> None:
        """From here on it is the item's; what it was is kept."""
        if path not in self._keep.originals:
            digest = None if before is None else self._keep.put(before)
            self._keep.note(Original(path, digest))
        if path not in self._touched:
            self._know(path, Touched(len(before or b"")))

    def _know(self, path: str, touched: Touched) -> None:
        known = self._touched.get(path, Touched())
        self._total_bytes += touched.size - known.size
        self._touched[path] = touched
        if touched == Touched():
            self._names.pop(fold(path), None)
        else:
            self._names[fold(path)] = path

    def _remove_folders(self, path: str) -> None:
        """Those above it that the item has made, as far as nothing is left in them."""
        above = path.rpartition("/")[0]
        while above and above in self._keep.folders:
            self._ground.remove_folder(above)
            above = above.rpartition("/")[0]

    def _check_room(self, path: str, size: int) -> None:
        """Raises ToolRefused."""
        other = self._names.get(fold(path), path)
        if other != path:
            raise ToolRefused(
                f"{path}: there is {other} already, which is the same name on some systems; use "
                "that one, or delete it first"
            )
        self.check_room_for([(path, size)])

    def _check_total(self, total_bytes: int, files: int) -> None:
        if files > self.settings.files:
            raise ToolRefused(f"no more than {self.settings.files} files can be changed in a task")
        if total_bytes > self.settings.total_bytes:
            raise ToolRefused(
                f"the files of a task may have {self.settings.total_bytes} bytes together, and "
                f"this would make them {total_bytes}: delete what is not needed"
            )


def sorted_by_path(
    changes: Iterable[tuple[str, bytes | None, bytes | None]],
) -> list[tuple[str, bytes | None, bytes | None]]:
    return sorted(changes, key=lambda change: change[0])
