"""Which task is begun next: in the order of the file, and never two at once in one folder. Pure.

Used by `nightdesk.agents.batch`. A folder within another's counts as the same one: what works in
the outer one may change it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nightdesk.agents.task_file import Task


class Turns:
    """The tasks that have not been begun, and the folders that are worked in. Written by the hands
    of one batch, one step each."""

    def __init__(self, tasks: Sequence[Task], folders: Mapping[int, Path]) -> None:
        self._left = {task.index: task for task in tasks}
        self._folders = folders
        self._busy: set[Path] = set()

    @property
    def is_over(self) -> bool:
        """Whether all have been begun."""
        return not self._left

    def begin(self) -> Task | None:
        """The first whose folder nobody works in; None where there is none just now."""
        for task in self._left.values():
            folder = self._folders.get(task.index)
            if folder is None or self._is_free(folder):
                del self._left[task.index]
                if folder is not None:
                    self._busy.add(folder)
                return task
        return None

    def end(self, task: Task) -> None:
        """Its folder is free again."""
        folder = self._folders.get(task.index)
        if folder is not None:
            self._busy.discard(folder)

    def _is_free(self, folder: Path) -> bool:
        return not any(
            folder == busy or folder in busy.parents or busy in folder.parents
            for busy in self._busy
        )
