"""What is known of a task's files from its records: what the judge is shown, and whether a round
has changed anything. Pure.

Owned by `executors.agent.engine.state`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import islice

import msgspec
from msgspec import Struct

from executors.agent.ports import Change

# The beginnings of so many files are held, those that were changed last.
HEADS_N = 16
HEAD_CHARS = 8_000
DIFFS_CHARS = 16_000
_DIGEST_BYTES = 16
# Of a file that was there before anything was recorded of it.
_UNKNOWN = b""


class SeenFile(Struct, frozen=True):
    """As it is now. `head` is the beginning of a text, None of what is none or is not held."""

    digest: bytes
    size_bytes: int
    head: str | None


class SeenFiles:
    """Written by the one `State` that holds it. `files` are in the order in which they were changed
    last. The two that end in `before` have, for each path that was changed since, what it was at
    that moment: None where nothing was known of it."""

    def __init__(self) -> None:
        self.files: dict[str, SeenFile] = {}
        self.diffs: list[tuple[str, str]] = []
        self._diff_chars = 0
        self._round_before: dict[str, bytes | None] = {}
        self._best_before: dict[str, bytes | None] = {}

    def add(self, changes: Iterable[Change]) -> None:
        for change in changes:
            old = self.files.pop(change.path, None)
            gone = change.text is None and change.base64 is None
            digest = old.digest if old else _UNKNOWN if gone else None
            self._round_before.setdefault(change.path, digest)
            self._best_before.setdefault(change.path, digest)
            self._note_diff(change)
            if not gone:
                self.files[change.path] = _seen(change)
                self._forget_a_head()

    def begin_round(self) -> None:
        self._round_before.clear()
        self.diffs.clear()
        self._diff_chars = 0

    def mark_best(self) -> None:
        self._best_before.clear()

    @property
    def of_round(self) -> list[str]:
        """The paths whose contents this round has changed, after all that it did to them."""
        return self._changed(self._round_before)

    @property
    def as_best(self) -> bool:
        """Whether all is as it was when the best round was marked."""
        return not self._changed(self._best_before)

    def is_new(self, path: str) -> bool:
        """Whether nothing was known of it before this round."""
        return path in self._round_before and self._round_before[path] is None

    def _changed(self, before: dict[str, bytes | None]) -> list[str]:
        return [path for path, digest in before.items() if digest != self._digest(path)]

    def _digest(self, path: str) -> bytes | None:
        now = self.files.get(path)
        return now.digest if now else None

    def _note_diff(self, change: Change) -> None:
        diff = change.diff[: max(0, DIFFS_CHARS - self._diff_chars)]
        self._diff_chars += len(diff)
        if diff:
            self.diffs.append((change.path, diff))

    def _forget_a_head(self) -> None:
        for path in islice(reversed(self.files), HEADS_N, HEADS_N + 1):
            # In its place, so that the order stays.
            self.files[path] = msgspec.structs.replace(self.files[path], head=None)


def _seen(change: Change) -> SeenFile:
    text = change.text
    data = (change.base64 or "").encode() if text is None else text.encode()
    digest = hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=b"" if text is None else b"text")
    size = len(data) * 3 // 4 if text is None else len(data)
    return SeenFile(digest.digest(), size, None if text is None else text[:HEAD_CHARS])
