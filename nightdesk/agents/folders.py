"""Where each task works: resolved, allowed, made and known to be writable before any task starts.

Called by `nightdesk.agents.plan`. A wrong folder refuses the batch: nothing has cost anything yet.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from nightdesk.agents.task_file import Task


class FolderProblem(Struct, frozen=True):
    """`reason` is a key of the command line's words; `detail` is what the system said."""

    task: Task
    folder: Path
    reason: str
    detail: str = ""


class FoldersRefused(Exception):
    """Some tasks name folders that they cannot have."""

    def __init__(self, problems: Sequence[FolderProblem]) -> None:
        super().__init__(problems)
        self.problems = problems


def resolve_folders(tasks: Sequence[Task], base: Path, roots: Sequence[Path]) -> dict[int, Path]:
    """The folder of each task that can run, by its index; those that are missing are made. Relative
    ones are from `base`. Raises FoldersRefused, before anything is made."""
    real_roots = [root.resolve() for root in roots]
    found: dict[int, Path] = {}
    problems = []
    for task in tasks:
        if task.problem:
            continue
        folder = Path(os.path.realpath(base / Path(task.dir).expanduser()))
        reason, detail = _objection(folder, real_roots)
        if reason:
            problems.append(FolderProblem(task, folder, reason, detail))
        found[task.index] = folder
    if problems:
        raise FoldersRefused(problems)
    problems = [problem for task in tasks if (problem := _made(task, found)) is not None]
    if problems:
        raise FoldersRefused(problems)
    return found


def shared(folders: dict[int, Path]) -> list[tuple[Path, list[int]]]:
    """Folders that more than one task works in, with the indexes of those."""
    users: dict[Path, list[int]] = defaultdict(list)
    for index, folder in folders.items():
        users[folder].append(index)
    return [(folder, indexes) for folder, indexes in users.items() if len(indexes) > 1]


def _objection(folder: Path, roots: Sequence[Path]) -> tuple[str, str]:
    if not any(folder == root or root in folder.parents for root in roots):
        return "outside", ""
    if folder.parent == folder:
        return "whole_disk", ""
    existing = folder
    try:
        while not existing.exists():
            existing = existing.parent
    except OSError as error:
        return "system", error.strerror or str(error)
    if not existing.is_dir():
        return "no_folder", str(existing)
    if not os.access(existing, os.W_OK | os.X_OK):
        return "not_writable", str(existing)
    return "", ""


def _made(task: Task, folders: dict[int, Path]) -> FolderProblem | None:
    folder = folders.get(task.index)
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return FolderProblem(task, folder, "system", error.strerror or str(error))
    return None
