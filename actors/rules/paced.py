"""Whose turn it is at the hosts that a job's user has slowed. Pure; part of `actors.rules.queue`.

Items have keys (for HTTP: an origin), and a host may have several. The clock is an argument.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from state.causes import host_of
from state.paces import HostPace


class PacedHosts:
    """Written by the queue that has it, through the methods below."""

    def __init__(self) -> None:
        self._paces: Mapping[str, HostPace] = {}
        # By host: how many of its items are in flight, and when the last of them began.
        self._in_flight: dict[str, int] = {}
        self._began_at: dict[str, float] = {}

    @property
    def any(self) -> bool:
        return bool(self._paces)

    def set(self, paces: Mapping[str, HostPace], in_flight: Mapping[str, int]) -> None:
        """From now on these hold; `in_flight` is how many items of each key are at work."""
        self._paces = paces
        self._in_flight = {}
        self._began_at = {host: at for host, at in self._began_at.items() if host in paces}
        for key, count in in_flight.items():
            host = host_of(key)
            if host in paces:
                self._in_flight[host] = self._in_flight.get(host, 0) + count

    def wait_until(self, key: str, now: float) -> float:
        """When an item of that key may begin: now or before, later, or (inf) when another of its
        host has ended."""
        host = host_of(key)
        pace = self._paces.get(host)
        if pace is None:
            return now
        if pace.max_in_flight and self._in_flight.get(host, 0) >= pace.max_in_flight:
            return math.inf
        return self._began_at.get(host, -math.inf) + pace.delay_s

    def begin(self, key: str, now: float) -> None:
        """An item of that key begins."""
        host = host_of(key)
        pace = self._paces.get(host)
        if pace is not None:
            self._in_flight[host] = self._in_flight.get(host, 0) + 1
            self._began_at[host] = now

    def end(self, key: str) -> str | None:
        """One has ended, or come back; the host at which others may wait for that."""
        host = host_of(key)
        if host not in self._paces:
            return None
        self._in_flight[host] = max(0, self._in_flight.get(host, 0) - 1)
        return host
