"""One place for a worker in a pool: it has at most one that is leased to, and starts the next.

Owned by `workers.crew`. A worker starts when the first item needs it and is replaced when it has
retired or died. One that dies before it is up is started again with a growing delay, and items go
back meanwhile instead of waiting here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

import trio

from actors.ports import LeasedItem
from workers.attachment import JobAttachment
from workers.line import WorkerLine
from workers.logs import EventLog
from workers.losses import deferred
from workers.pace import PaceBook
from workers.wake import Wake

START_DELAY_FIRST_S = 0.5
START_DELAY_MAX_S = 30.0


class StartDelay:
    """When the next start may be tried, after starts that failed. Pure but for its own count."""

    def __init__(self) -> None:
        # Written by `failed` and `succeeded`.
        self._failures = 0
        self._not_before = 0.0
        self.reason = ""

    def wait_s(self, now: float) -> float:
        return max(0.0, self._not_before - now)

    def failed(self, now: float, reason: str) -> float:
        """Returns the seconds to wait."""
        delay_s = min(START_DELAY_MAX_S, START_DELAY_FIRST_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        self._not_before = now + delay_s
        self.reason = reason
        return delay_s

    def succeeded(self) -> None:
        self._failures = 0


class Seat:
    """Leases go to its present worker; `run` is the task that owns its workers."""

    def __init__(self, make_line: Callable[[PaceBook], WorkerLine], log: EventLog) -> None:
        self._make_line = make_line
        # Outlives the workers; written by their lines.
        self._paces = PaceBook()
        self._log = log
        # The line to lease to. Set by `lease`, replaced when it was left.
        self._line: WorkerLine | None = None
        # Lines without a worker yet: filled by `lease`, emptied by `run`.
        self._new: list[WorkerLine] = []
        self._wanted = Wake()
        # Every line whose worker is not dead: added by `lease`, removed by `_employ`.
        self._lines: set[WorkerLine] = set()
        self._start_delay = StartDelay()
        # Of its workers since the server's start, by how they ended; written by `_employ`.
        self.ends: Counter[Literal["retired", "died"]] = Counter()

    @property
    def paces(self) -> PaceBook:
        return self._paces

    @property
    def lines(self) -> frozenset[WorkerLine]:
        return frozenset(self._lines)

    def load(self, coming: int) -> tuple[int, bool]:
        """Items here, with so many more that are coming, and whether the next one needs a new
        worker: the lower the better."""
        cold = self._line is None or self._line.left.is_set()
        return coming + sum(line.in_flight for line in self._lines), cold

    def lease(self, job: JobAttachment, items: Sequence[LeasedItem]) -> WorkerLine | None:
        """Hand the items to the present worker, or a new one. Returns None where they went back
        because no worker can be started now."""
        line = self._line
        if line is None or line.left.is_set():
            wait_s = self._start_delay.wait_s(trio.current_time())
            if wait_s:
                job.deliver(deferred(items, wait_s, self._start_delay.reason))
                job.slots_back(len(items))
                return None
            line = self._line = self._begin()
        line.lease(job, items)
        return line

    async def run(self) -> None:
        """Start workers as they are needed, for ever."""
        async with trio.open_nursery() as nursery:
            while True:
                await self._wanted.wait()
                lines, self._new = self._new, []
                for line in lines:
                    nursery.start_soon(self._employ, line)

    def _begin(self) -> WorkerLine:
        line = self._make_line(self._paces)
        self._lines.add(line)
        self._new.append(line)
        self._wanted.set()
        return line

    async def _employ(self, line: WorkerLine) -> None:
        """One worker from start to end, and what its end means."""
        reason = await line.worker.run(line)
        self._lines.discard(line)
        if line.ready:
            self._start_delay.succeeded()
            line.dead(reason, retry_in_s=0.0)
        else:
            reason = f"a worker could not be started: {reason}"
            line.dead(reason, self._start_delay.failed(trio.current_time(), reason))
        if line.drained.is_set():
            # That its group was killed at the end is how every worker goes, and no news.
            self.ends["retired"] += 1
            self._log.info("worker_retired", why=line.retired_for)
        else:
            self.ends["died"] += 1
            self._log.warning("worker_died", reason=reason)
