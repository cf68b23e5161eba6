"""What has reached the disk, and what could be found there if the power went now.

`torture.powerloss.files` tells every change as an event; a `Platter` takes them one by one and
keeps apart what was synced and what was not. `torture.powerloss.models` chooses among the latter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

# A data folder at rest: path below it -> contents, or None for a folder.
Image = dict[str, bytes | None]
# Where a name is, and what it stands for from now on: (folder, name, node or None).
Slot = tuple[int, str, int | None]

ROOT = 0
_RANDOM_PART = re.compile(r"\.[0-9a-f]{16}(?=\.tmp$)")


class Named(Struct, frozen=True):
    """Names changed by one call: created, linked, renamed or removed, all of it at once."""

    slots: tuple[Slot, ...]


class FolderMade(Struct, frozen=True):
    """A new folder, and its name."""

    node: int
    slots: tuple[Slot, ...]


class Grew(Struct, frozen=True):
    """Bytes added at the end of a file."""

    node: int
    data: bytes


class Cut(Struct, frozen=True):
    """A file shortened."""

    node: int
    size_bytes: int


class Synced(Struct, frozen=True):
    """A file's contents made durable. Says nothing of its name."""

    node: int


class Dropped(Struct, frozen=True):
    """A sync of a file's contents failed: what it was to write is clean now, and never written. A
    later sync reports success, and what it makes durable has holes in these places."""

    node: int


class Forgotten(Struct, frozen=True):
    """The server is gone and with it the knowledge of a failed sync. What the kernel still shows is
    taken to be written some day: `docs/decisions/0006` says that this is not promised."""

    node: int


class NamesSynced(Struct, frozen=True):
    """The names in a folder made durable. Says nothing of what they stand for."""

    folder: int


Event = Named | FolderMade | Grew | Cut | Synced | Dropped | Forgotten | NamesSynced


class Planted(Struct, frozen=True):
    """A node of an image: numbered in the order of the paths, so that all agree on the numbers."""

    node: int
    parent: int
    name: str
    content: bytes | None


def planted(image: Image) -> Iterator[Planted]:
    """The nodes of an image, folders before what is in them."""
    numbers = {"": ROOT}
    for path in sorted(image):
        parent, _, name = path.rpartition("/")
        numbers[path] = len(numbers)
        yield Planted(numbers[path], numbers[parent], name, image[path])


def digest(image: Image) -> bytes:
    """The same for equal images; random parts of temp files' names make no difference."""
    found = hashlib.blake2b(digest_size=16)
    for path in sorted(image):
        content = image[path]
        found.update(_RANDOM_PART.sub("", path).encode())
        found.update(b"/" if content is None else b"=%d:%b" % (len(content), content))
    return found.digest()


class Unit(Struct, frozen=True):
    """Names that survive together. `number` is that of the call among all that changed names."""

    number: int
    slots: tuple[Slot, ...]


class Platter:
    """Takes events; knows the durable part, and the volatile one in the order of its making."""

    def __init__(self, image: Image) -> None:
        self._names: dict[int, dict[str, int]] = {ROOT: {}}
        self._contents: dict[int, bytes] = {}
        self._calls = 0
        self.unsynced_names: list[Unit] = []
        self.unsynced_data: dict[int, list[Grew | Cut]] = {}
        # What the kernel shows of files whose sync failed: the changes before they were dropped.
        self._dropped: dict[int, list[Grew | Cut]] = {}
        # Calls before this one were made before some folder was synced.
        self.calls_at_sync = 0
        for found in planted(image):
            self._names[found.parent][found.name] = found.node
            if found.content is None:
                self._names[found.node] = {}
            else:
                self._contents[found.node] = found.content

    def take(self, event: Event) -> None:
        """The next thing that the store did."""
        match event:
            case Named(slots):
                self._change(slots)
            case FolderMade(node, slots):
                self._names[node] = {}
                self._change(slots)
            case Grew(node) | Cut(node):
                self.unsynced_data.setdefault(node, []).append(event)
            case Synced(node):
                self._contents[node] = self.latest(node)
                self.unsynced_data.pop(node, None)
                self._dropped.pop(node, None)
            case Dropped(node):
                self._drop(node)
            case Forgotten(node):
                shown = self._dropped.pop(node, [])
                self.unsynced_data.get(node, [])[: len(shown)] = shown
            case NamesSynced(folder):
                self._settle(folder)

    def _change(self, slots: tuple[Slot, ...]) -> None:
        self.unsynced_names.append(Unit(self._calls, slots))
        self._calls += 1

    def _drop(self, node: int) -> None:
        changes, shown = self.unsynced_data.get(node, []), self._dropped.get(node, [])
        self._dropped[node] = shown + changes[len(shown) :]
        changes[:] = [_hole(change) for change in changes]

    def _settle(self, folder: int) -> None:
        left = []
        for unit in self.unsynced_names:
            _apply(self._names, [slot for slot in unit.slots if slot[0] == folder])
            if rest := tuple(slot for slot in unit.slots if slot[0] != folder):
                left.append(Unit(unit.number, rest))
        self.unsynced_names = left
        self.calls_at_sync = self._calls

    def durable(self, node: int) -> bytes:
        """The contents of a file as they were when it was last synced."""
        return self._contents.get(node, b"")

    def latest(self, node: int) -> bytes:
        """The contents of a file as its writer sees them."""
        return written(self.durable(node), self.unsynced_data.get(node, ()))

    def image(self, units: Sequence[Unit], contents: Mapping[int, bytes]) -> Image:
        """What is found where these names survived, and these contents of unsynced files."""
        names = self._names
        if units:
            names = {folder: dict(entries) for folder, entries in names.items()}
            for unit in units:
                _apply(names, unit.slots)
        image: Image = {}
        ahead = [("", ROOT)]
        while ahead:
            prefix, folder = ahead.pop()
            for name, node in names[folder].items():
                path = prefix + name
                if node in names:
                    image[path] = None
                    ahead.append((path + "/", node))
                else:
                    found = contents.get(node)
                    image[path] = self.durable(node) if found is None else found
        return image

    def everything(self) -> Image:
        """What is there after an orderly shutdown of the machine."""
        contents = {node: self.latest(node) for node in self.unsynced_data}
        return self.image(self.unsynced_names, contents)


def _apply(names: dict[int, dict[str, int]], slots: Sequence[Slot]) -> None:
    for folder, name, node in slots:
        if node is None:
            names[folder].pop(name, None)
        else:
            names[folder][name] = node


def _hole(change: Grew | Cut) -> Grew | Cut:
    return Grew(change.node, bytes(len(change.data))) if isinstance(change, Grew) else change


def written(content: bytes, changes: Sequence[Grew | Cut]) -> bytes:
    """The contents after these changes."""
    for change in changes:
        match change:
            case Grew(_, data):
                content += data
            case Cut(_, size_bytes):
                content = content[:size_bytes]
    return content
