"""Reads how late the server's loop ran, from the histogram that its /metrics shows."""

from __future__ import annotations

from kit.served import Served

NAME = "nightdesk_loop_lag_seconds"


class LagHistogram:
    """The samples taken from its making on."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.before = self._buckets()

    def _buckets(self) -> dict[float, float]:
        """Cumulative counts by upper bound in seconds."""
        found = self.server.metric(f"{NAME}_bucket")
        return {float(label.partition('le="')[2][:-2]): count for label, count in found.items()}

    def since(self) -> tuple[object, ...]:
        """(samples, p50, p99, max) in milliseconds; each is the upper bound of its bucket."""
        counts = {
            bound: count - self.before.get(bound, 0) for bound, count in self._buckets().items()
        }
        total = max(counts.values(), default=0)
        return (int(total), *(self._bound(counts, share * total) for share in (0.5, 0.99, 1.0)))

    @staticmethod
    def _bound(counts: dict[float, float], wanted: float) -> str:
        for bound in sorted(counts):
            if counts[bound] >= wanted:
                return f"<= {1e3 * bound:g}"
        return "not measured"
