"""What the files of tags are called: after their pictures, each once in its job. Pure.

Used by `executors.tag.spec`.
"""

from __future__ import annotations

from pathlib import PurePosixPath

MAX_STEM_CHARS = 150


class Names:
    """`cat.jpg` gives `cat.txt`; where that is taken `cat.jpg.txt`, and then `cat.jpg (2).txt`.
    Written by the one plan that made it."""

    def __init__(self, save_type: str) -> None:
        self._suffix = f".{save_type}"
        # Names as a file system that ignores case would tell them apart.
        self._taken: set[str] = set()
        # How often a name was asked for again, so that many equal ones stay linear.
        self._times: dict[str, int] = {}

    def name_of(self, image: str) -> str:
        """`image` is a file's name, or a path with `/`, whose folders stay."""
        path = PurePosixPath(image)
        folder = f"{path.parent}/" if path.parent.name else ""
        for base in (path.stem, path.name):
            name = f"{folder}{_short(base)}{self._suffix}"
            if self._take(name):
                return name
        base = f"{folder}{_short(path.name)}"
        while True:
            times = self._times[base] = self._times.get(base, 1) + 1
            name = f"{base} ({times}){self._suffix}"
            if self._take(name):
                return name

    def _take(self, name: str) -> bool:
        folded = name.casefold()
        if folded in self._taken:
            return False
        self._taken.add(folded)
        return True


def _short(text: str) -> str:
    """A dot in front would hide the file."""
    return text[:MAX_STEM_CHARS].lstrip(".") or "picture"
