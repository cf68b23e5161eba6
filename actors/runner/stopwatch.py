"""How many items a running job ends, and in how much of the time that it is at work. Told to the
house's `Paces`; owned by the runner, which tells it the time.
"""

from __future__ import annotations

from actors.ports.pace import Paces
from state.model import Job


class Stopwatch:
    """Every attribute is written by `note`."""

    def __init__(self, paces: Paces, job: Job, now: float, done: int) -> None:
        self._paces = paces
        self._job = job
        self._at = now
        self._done = done
        # Time in which there was nothing to do is not the items' own.
        self._at_work = False

    def note(self, now: float, done: int, *, at_work: bool) -> None:
        """So many items are over; whether there are any in flight until the next time."""
        if now > self._at and (self._at_work or done > self._done):
            self._paces.noted(self._job, done - self._done, now - self._at)
        self._at, self._done, self._at_work = now, done, at_work
