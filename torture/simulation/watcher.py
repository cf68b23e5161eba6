"""Looks at every desk after every step of every task. Nothing that is published escapes it.

Also counts the steps, which show that idle desks cost none and that nothing spins.
"""

from __future__ import annotations

import trio

from actors.directory import Directory
from actors.errors import DeskUnavailable
from actors.messages import Published
from state.model import Counts
from state.views import DeskKey
from torture.simulation.disk import Disk
from torture.simulation.promises import Promises
from torture.simulation.trace import Trace

# So many steps while no time passes, and something runs in circles.
SPIN = 100_000


class Watcher(trio.abc.Instrument):
    """Installed for the whole simulation; `directory` is that of the running server."""

    def __init__(self, trace: Trace, disk: Disk, promises: Promises) -> None:
        self._trace = trace
        self._disk = disk
        self._promises = promises
        # Written by the plot: None while no server runs, or one that is dead.
        self.directory: Directory | None = None
        # Written by `after_task_step`.
        self._seen: dict[DeskKey, Published] = {}
        self._seen_in: Directory | None = None
        self._now = 0.0
        self._since = 0

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        trace = self._trace
        trace.steps += 1
        if self.directory is not None:
            self._look(self.directory)
        now = trio.current_time()
        if now != self._now:
            self._now, self._since = now, trace.steps
        elif trace.steps - self._since == SPIN:
            trace.broken(f"{SPIN} steps and no time passes, the last of {task.name}")

    def _look(self, directory: Directory) -> None:
        if directory is not self._seen_in:
            self._seen, self._seen_in = {}, directory
        for entry in directory.entries():
            try:
                published = entry.feed.published
            except DeskUnavailable:
                continue
            before = self._seen.get(entry.key)
            if published is not before:
                self._seen[entry.key] = published
                if before is not None:
                    self._compare(entry.key, before, published)
                self._trace.count("snapshots")
                self._trace.say(f"desk {entry.key[:4]} shows {published.revision}")
                self._promises.shown(entry.key, published, self._disk.job)

    def _compare(self, desk: DeskKey, before: Published, published: Published) -> None:
        """Of one server a revision has one truth, down to the counts: caches rely on it. A desk
        that was put to rest and woken may show it once more."""
        if published.revision == before.revision and _counts(published) != _counts(before):
            self._trace.broken(f"desk {desk[:4]}: {published.revision} is shown with other counts")


def _counts(published: Published) -> dict[str, Counts]:
    return {job_id: view.counts for job_id, view in published.jobs.items()}
