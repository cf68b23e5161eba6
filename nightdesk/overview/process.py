"""How the desk process is: processor, memory, descriptors, and how late its loop is.

Used by `nightdesk.overview.watch`.
"""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Callable

import trio

from actors.latencies import Latencies
from nightdesk.descriptors import raise_limit
from web.operator_schemas import ProcessSeen
from web.views import wire_time

# For so long after somebody has looked the loop's lag is measured, so often: the newest minute.
LOOKED_AT_S = 30.0
LAG_EVERY_S = 0.25
_LAGS_KEPT = 240
_MS = 1_000.0


class LoopLag:
    """`run` is a task that sleeps, for ever, unless somebody looks; `look` reads what it found."""

    def __init__(self) -> None:
        # Written by `run`.
        self._late = Latencies(_LAGS_KEPT)
        # Written by `look`: until when it is measured, in the loop's time; and that it is.
        self._until = 0.0
        self._looked = trio.Event()

    async def run(self) -> None:
        while True:
            await self._looked.wait()
            while (began := trio.current_time()) < self._until:
                await trio.sleep(LAG_EVERY_S)
                self._late.add(max(0.0, trio.current_time() - began - LAG_EVERY_S))
            self._looked = trio.Event()

    def look(self) -> tuple[float | None, ...]:
        """Median, 99th of a hundred, and the worst, in milliseconds."""
        self._until = trio.current_time() + LOOKED_AT_S
        self._looked.set()
        found = self._late.quantiles(0.5, 0.99, 1.0)
        return tuple(None if late is None else round(late * _MS, 2) for late in found)


class ProcessGauge:
    """One for the process. `now` is the wall clock."""

    def __init__(self, version: str, now: Callable[[], float]) -> None:
        self._version = version
        self._now = now
        self._started_at = now()
        # Written by `look`: processor time and monotonic time at the look before.
        self._before: tuple[float, float] | None = None
        self.lag = LoopLag()

    def look(self) -> ProcessSeen:
        p50, p99, worst = self.lag.look()
        return ProcessSeen(
            version=self._version,
            python=platform.python_version(),
            pid=os.getpid(),
            started_at=wire_time(self._started_at),
            uptime_s=round(max(0.0, self._now() - self._started_at), 1),
            cpu_percent=self._cpu_percent(),
            cores=len(os.sched_getaffinity(0)),
            load_1m=round(os.getloadavg()[0], 2),
            memory_bytes=_resident_bytes(),
            descriptors=len(os.listdir("/proc/self/fd")),
            descriptors_limit=raise_limit(),
            lag_ms_p50=p50,
            lag_ms_p99=p99,
            lag_ms_max=worst,
        )

    def _cpu_percent(self) -> float | None:
        used, at = time.process_time(), time.monotonic()
        before, self._before = self._before, (used, at)
        if before is None or at <= before[1]:
            return None
        return round(100 * (used - before[0]) / (at - before[1]), 1)


def _resident_bytes() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
