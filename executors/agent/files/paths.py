"""Which paths a model may name: relative, plain, and the same file on every system. Pure.

What is refused here never reaches the disk; that no path leads out of the folder all the same is
the kernel's word (`executors.agent.files.root`), not this module's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from executors.agent.files.refused import ToolRefused

# With two parts of a job's own before it, it is still a name of an artifact (`state.artifacts`).
MAX_DEPTH = 6
MAX_PATH_BYTES = 1_024
# Room is left for what a temporary name adds.
MAX_NAME_BYTES = 200
TEMP_PREFIX = ".nightdesk-"

_ELSEWHERE = frozenset('<>:"|?*\\')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
_SHOWN_CHARS = 120


def file_path(text: str, guarded: Collection[str]) -> str:
    """The path of a file, as it is kept. Raises ToolRefused."""
    if text.endswith("/"):
        raise ToolRefused(f"{shown(text)}: it ends in a slash, so it names a folder, not a file")
    path = folder_path(text, guarded)
    if not path:
        raise ToolRefused("the path names no file: give one like src/main.py")
    return path


def folder_path(text: str, guarded: Collection[str]) -> str:
    """The path of a folder, "" for the whole. Raises ToolRefused."""
    path = text[2:] if text.startswith("./") else text
    path = path[:-1] if path.endswith("/") and path != "/" else path
    if path in ("", "."):
        return ""
    if (reason := path_reason(path, guarded)) is not None:
        raise ToolRefused(f"{shown(text)}: {reason}")
    return path


def path_reason(path: str, guarded: Collection[str] = ()) -> str | None:
    """Why this is no path of the folder."""
    if path.startswith(("/", "~")):
        return "paths are relative to your folder, like src/main.py"
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "the name is not valid text"
    if size > MAX_PATH_BYTES:
        return f"the path is longer than {MAX_PATH_BYTES} bytes"
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        return f"the path has more than {MAX_DEPTH} parts"
    return next((why for part in parts if (why := _part_reason(part, guarded)) is not None), None)


def _part_reason(part: str, guarded: Collection[str]) -> str | None:
    if part == "":
        return "the path has an empty part (two slashes together)"
    if part in (".", ".."):
        return f"the path must not have {part} as a part: nothing outside of your folder is yours"
    if len(part.encode()) > MAX_NAME_BYTES:
        return f"a name is longer than {MAX_NAME_BYTES} bytes"
    if not part.isprintable():
        return "a name has a control or an invisible character"
    if _ELSEWHERE & set(part):
        return 'a name must not have any of < > : " | ? * \\'
    if part[0] == " " or part[-1] in " .":
        return "a name must not begin with a space, nor end in a space or a dot"
    lower = fold(part)
    if lower.partition(".")[0].rstrip() in _DEVICES:
        return "the name is reserved on some systems"
    if lower in guarded or lower.startswith(TEMP_PREFIX):
        return f"{part} is out of bounds here"
    return None


def fold(path: str) -> str:
    """The same for two paths that are one file on some systems."""
    return unicodedata.normalize("NFC", path).casefold()


def shown(text: str) -> str:
    """A path that may be anything, within a message."""
    cut = text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "..."
    return repr(cut)
