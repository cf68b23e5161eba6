"""Which proxy the next request of a job goes through. Pure; asked by `executors.fetch.run`.

A proxy that fails is benched for 30 s, then twice as long each time it fails again, at most half
an hour; one success clears it. How a proxy's address must look: `executors.proxies`.
"""

from __future__ import annotations

from collections.abc import Sequence

BENCH_S = 30.0
BENCH_MAX_S = 1_800.0
MAX_PROXIES = 1_000


class ProxyRing:
    """Proxies of one job in one worker. All fields are written by the tasks of its items, in steps
    without an await between."""

    def __init__(self, proxies: Sequence[str], *, rotate: bool) -> None:
        self._proxies = tuple(proxies)
        self._rotate = rotate
        self._next = 0
        self._failures = [0] * len(proxies)
        self._benched_until = [0.0] * len(proxies)

    def choose(self, now: float) -> str | None:
        """The proxy to use: in turn with rotation, else the first; benched ones are passed over.

        Where all are benched, the one whose bench ends first. None where the job has no proxies.
        """
        count = len(self._proxies)
        if count == 0:
            return None
        start = self._next if self._rotate else 0
        order = [(start + step) % count for step in range(count)]
        free = (index for index in order if self._benched_until[index] <= now)
        index = next(free, None)
        if index is None:
            index = min(order, key=self._benched_until.__getitem__)
        self._next = (index + 1) % count
        return self._proxies[index]

    def failed(self, proxy: str, now: float) -> None:
        """It could not be used. Failures while it is benched already are of one and the same."""
        index = self._proxies.index(proxy)
        if self._benched_until[index] > now:
            return
        bench_s = min(BENCH_S * 2.0 ** self._failures[index], BENCH_MAX_S)
        self._failures[index] += 1
        self._benched_until[index] = now + bench_s

    def worked(self, proxy: str) -> None:
        index = self._proxies.index(proxy)
        self._failures[index] = 0
        self._benched_until[index] = 0.0
