"""The tools that change nothing but read and list: `list_directory` and `read_file`.

Each takes its arguments and answers in words. Raises ToolRefused and OSError.
"""

from __future__ import annotations

from executors.agent.files.changes import text_of
from executors.agent.files.output import Output, counted
from executors.agent.files.paths import file_path, folder_path
from executors.agent.files.schemas import ListDirectory, ReadFile
from executors.agent.files.store import Store
from executors.agent.files.walk import Entry, Walk

_MAX_LINE_CHARS = 4_000


def list_directory(store: Store, wanted: ListDirectory) -> str:
    settings = store.settings
    path = folder_path(wanted.path, settings.guarded)
    walk = Walk(store.root, settings)
    output = Output(settings.output_bytes)
    shown, notes = 0, []
    for entry in walk.entries(path, deep=wanted.recursive):
        if shown == settings.listed or not output.add(_line(entry, recursive=wanted.recursive)):
            notes.append(f"(only the first {shown} entries; list a folder in it for the others)")
            break
        shown += 1
    if not shown and not walk.passed:
        return "(the folder is empty)"
    return output.text([*notes, *walk.notes()])


def _line(entry: Entry, *, recursive: bool) -> str:
    if entry.kind == "folder":
        hidden = "  (not listed here; list it by its name)" if recursive and entry.closed else ""
        return f"{entry.path}/{hidden}"
    if entry.kind == "file":
        return f"{entry.path}  {counted(entry.size, 'byte')}"
    what = "a symbolic link" if entry.kind == "link" else "no regular file"
    return f"{entry.path}  ({what}: not usable)"


def read_file(store: Store, wanted: ReadFile) -> str:
    path = file_path(wanted.path, store.settings.guarded)
    data = store.read(path)
    text = text_of(data)
    if text is None:
        return f"({path} is a binary file of {counted(len(data), 'byte')}; it has no text to read)"
    if not text:
        return f"({path} is empty)"
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return _page(path, lines, wanted, store.settings.output_bytes)


def _page(path: str, lines: list[str], wanted: ReadFile, limit_bytes: int) -> str:
    """From the first line that is asked for, as many as are wanted and have room."""
    if wanted.offset > len(lines):
        return f"({path} has only {counted(len(lines), 'line')})"
    first = wanted.offset - 1
    last = len(lines) if wanted.limit is None else min(len(lines), first + wanted.limit)
    output = Output(limit_bytes)
    cut, at = False, first
    while at < last:
        line = lines[at]
        if len(line) > _MAX_LINE_CHARS and not output.add(line):
            line, cut = f"{line[:_MAX_LINE_CHARS]}...", True
            if not output.add(line):
                break
        elif len(line) <= _MAX_LINE_CHARS and not output.add(line):
            break
        at += 1
    notes = ["(a very long line is cut here: it ends in ...)"] if cut else []
    if at < len(lines):
        notes.append(f"(lines {wanted.offset} to {at} of {len(lines)}; go on with offset {at + 1})")
    return output.text(notes)
