"""The tools that change files: `write_file`, `replace` and `delete_file`.

Each answers in words and with its change. Raises ToolRefused and OSError.
"""

from __future__ import annotations

from executors.agent.files.changes import text_of
from executors.agent.files.output import counted
from executors.agent.files.paths import file_path
from executors.agent.files.refused import ToolRefused
from executors.agent.files.schemas import DeleteFile, Replace, WriteFile
from executors.agent.files.store import Store
from executors.agent.ports import ToolResult


def write_file(store: Store, wanted: WriteFile) -> ToolResult:
    path = file_path(wanted.path, store.settings.guarded)
    change = store.write(path, wanted.content.encode())
    if change is None:
        return ToolResult(ok=True, output=f"{path} is like that already; nothing was changed")
    lines = wanted.content.count("\n") + (not wanted.content.endswith("\n"))
    told = f"wrote {path}: {counted(lines, 'line')}, {counted(len(wanted.content), 'character')}"
    return ToolResult(ok=True, output=told, changes=(change,))


def replace(store: Store, wanted: Replace) -> ToolResult:
    path = file_path(wanted.path, store.settings.guarded)
    text = text_of(store.read(path))
    if text is None:
        raise ToolRefused(f"{path}: it is a binary file, in which no text can be replaced")
    if not wanted.old_string:
        raise ToolRefused("old_string is empty: to write a whole file, use write_file")
    if wanted.old_string == wanted.new_string:
        raise ToolRefused("old_string and new_string are the same: there is nothing to do")
    _check_count(path, text, wanted)
    size = len(text) + wanted.expected_replacements * (
        len(wanted.new_string) - len(wanted.old_string)
    )
    if size > store.settings.file_bytes:
        raise ToolRefused(f"{path}: it would have more than {store.settings.file_bytes} bytes")
    change = store.write(path, text.replace(wanted.old_string, wanted.new_string).encode())
    told = f"replaced {counted(wanted.expected_replacements, 'place')} in {path}"
    return ToolResult(ok=True, output=told, changes=() if change is None else (change,))


def _check_count(path: str, text: str, wanted: Replace) -> None:
    found = text.count(wanted.old_string)
    if found == wanted.expected_replacements:
        return
    if not found:
        hint = (
            "the file has Windows ends of lines (\\r\\n)"
            if "\r\n" in text and "\r" not in wanted.old_string and "\n" in wanted.old_string
            else "read the file again, and give the text exactly, with its spaces"
        )
        raise ToolRefused(f"{path}: old_string is not in it; {hint}")
    raise ToolRefused(
        f"{path}: old_string is in it {found} times, not {wanted.expected_replacements}: give more "
        f"of the text around it, or expected_replacements {found} for all of them"
    )


def delete_file(store: Store, wanted: DeleteFile) -> ToolResult:
    path = file_path(wanted.path, store.settings.guarded)
    change = store.remove(path)
    return ToolResult(ok=True, output=f"deleted {path}", changes=(change,))
