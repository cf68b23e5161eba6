"""Which task is begun next: in the order of the file, and never two at once in one folder. Pure.

Used by `nightdesk.agents.batch`. A folder within another's counts as the same one: what works in
the outer one may change it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from nightdesk.agents.task_file import Task


class Turns:
    """The tasks that have not been begun, and the folders that are worked in. Written by the hands
    of one batch, one step each."""

    def __init__(self, tasks: Sequence[Task], folders: Mapping[int, Path]) -> None:
        self._left = {task.index: task for task in tasks}
        # Of each folder: itself, and all that it is within.
        self._lines = {
            index: (str(folder), *map(str, folder.parents)) for index, folder in folders.items()
        }
        # Folders that are worked in; and how many of them are, or are within, a folder.
        self._busy: set[str] = set()
        self._within: Counter[str] = Counter()

    @property
    def is_over(self) -> bool:
        """Whether all have been begun."""
        return not self._left

    def begin(self) -> Task | None:
        """The first whose folder nobody works in; None where there is none just now."""
        for task in self._left.values():
            line = self._lines.get(task.index, ())
            if self._is_free(line):
                del self._left[task.index]
                self._busy.update(line[:1])
                self._within.update(line)
                return task
        return None

    def end(self, task: Task) -> None:
        """Its folder is free again."""
        line = self._lines.get(task.index, ())
        self._busy.difference_update(line[:1])
        self._within.subtract(line)

    def _is_free(self, line: Sequence[str]) -> bool:
        """Nobody works in it, within it, or in what it is within."""
        return not line or (not self._within[line[0]] and self._busy.isdisjoint(line))
