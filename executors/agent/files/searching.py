"""The tools that look for something: `search_file_content` and `glob`.

A pattern is linear in time (RE2), and a search ends after so many bytes or so much time all the
same: what it has found by then is its answer. Raises ToolRefused and OSError.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator

from executors.agent.files.changes import text_of
from executors.agent.files.output import Output, counted
from executors.agent.files.paths import folder_path
from executors.agent.files.patterns import Pattern, glob_pattern
from executors.agent.files.refused import ToolRefused
from executors.agent.files.schemas import Glob, SearchFileContent
from executors.agent.files.store import Store
from executors.agent.files.walk import Entry, Walk

# Of the processor, and of one line: what is longer was written by no hand.
SEARCH_CPU_S = 5.0
_LINE_BYTES = 8 * 1024
_SHOWN_CHARS = 300


def search_file_content(store: Store, wanted: SearchFileContent) -> str:
    settings = store.settings
    path = folder_path(wanted.path, settings.guarded)
    search = _Search(store, Pattern(wanted.pattern))
    only = None if wanted.glob is None else glob_pattern(wanted.glob)
    walk = Walk(store.root, settings)
    output = Output(settings.output_bytes)
    found, notes = 0, []
    for line in search.lines(_files(store, walk, path), only):
        if found == settings.matches or not output.add(line):
            notes.append(f"(only the first {found} matches; a narrower pattern shows the others)")
            break
        found += 1
    notes += [*search.notes(), *walk.notes()]
    return output.text(notes) if found else "\n".join(["nothing was found", *notes])


def _files(store: Store, walk: Walk, path: str) -> Iterator[Entry]:
    """The files in a folder, or the one file."""
    if path:
        facts = store.root.facts(path)
        if stat.S_ISREG(facts.st_mode):
            return iter([Entry(path, "file", facts.st_size)])
    return walk.entries(path, deep=True)


class _Search:
    """One search; `lines` writes what `notes` tells."""

    def __init__(self, store: Store, pattern: Pattern) -> None:
        self._store = store
        self._pattern = pattern
        self._left_bytes = store.settings.searched_bytes
        self._until = time.thread_time() + SEARCH_CPU_S
        self._passed = 0
        self._stopped = False

    def lines(self, entries: Iterator[Entry], only: Pattern | None) -> Iterator[str]:
        for entry in entries:
            if entry.kind != "file" or (only is not None and not only.is_in(entry.path.encode())):
                continue
            if self._is_over(entry.size):
                return
            text = self._text(entry)
            if text is not None:
                yield from self._in_text(entry.path, text)

    def notes(self) -> list[str]:
        told = []
        if self._passed:
            told.append(
                f"({counted(self._passed, 'file')} could not be searched: binary, or large)"
            )
        if self._stopped:
            told.append("(the search became too long and was ended; search in a folder, or a file)")
        return told

    def _is_over(self, size: int) -> bool:
        self._left_bytes -= size
        self._stopped |= self._left_bytes < 0 or time.thread_time() > self._until
        return self._stopped

    def _text(self, entry: Entry) -> str | None:
        try:
            text = None
            if entry.size <= self._store.settings.file_bytes:
                text = text_of(self._store.read(entry.path))
        except (ToolRefused, OSError):
            # Gone meanwhile, changed into something else, or not ours to read.
            text = None
        self._passed += text is None
        return text

    def _in_text(self, path: str, text: str) -> Iterator[str]:
        for number, line in enumerate(text.split("\n"), 1):
            if self._pattern.is_in(line.encode()[:_LINE_BYTES]):
                cut = line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}..."
                yield f"{path}:{number}: {cut}"
            if not number & 0xFF and time.thread_time() > self._until:
                self._stopped = True
                return


def glob(store: Store, wanted: Glob) -> str:
    settings = store.settings
    path = folder_path(wanted.path, settings.guarded)
    pattern = glob_pattern(wanted.pattern)
    walk = Walk(store.root, settings)
    output = Output(settings.output_bytes)
    shown, notes = 0, []
    start = len(path) + 1 if path else 0
    for entry in walk.entries(path, deep=True):
        if entry.kind != "file" or not pattern.is_in(entry.path[start:].encode()):
            continue
        if shown == settings.listed or not output.add(entry.path):
            notes.append(f"(only the first {shown} files; a narrower glob shows the others)")
            break
        shown += 1
    notes += walk.notes()
    return output.text(notes) if shown else "\n".join(["no file matches", *notes])
