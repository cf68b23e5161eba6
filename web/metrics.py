"""What `/metrics` says: requests and sockets counted here, the rest read from below at a scrape.

Labels are routes, methods and statuses; no desk and no job is ever named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One registry for one server. Written by the door and the sockets."""

    def __init__(self, version: str, gauges: Callable[[], Mapping[str, float]]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "nightdesk_http_requests",
            "Answers given",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "nightdesk_http_request_seconds",
            "From the request's head to the end of its answer",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self.sockets = Gauge("nightdesk_sockets", "Open sockets", registry=self._registry)
        build = Gauge("nightdesk_build", "Version", ("version",), registry=self._registry)
        build.labels(version).set(1)
        self._registry.register(_Below(gauges))

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """The exposition format, version 0.0.4."""
        return generate_latest(self._registry)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WS"})


def known_method(method: str) -> str:
    """For labels and the log: what stands in the request line is anybody's word."""
    return method if method in _METHODS else "other"


class _Below(Collector):
    """Asks for the numbers of desks, store and workers at each scrape."""

    def __init__(self, gauges: Callable[[], Mapping[str, float]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
        for name, value in sorted(self._gauges().items()):
            if name.endswith("_total"):
                text = name.removesuffix("_total").replace("_", " ")
                yield CounterMetricFamily(f"nightdesk_{name}", text, value=value)
            else:
                yield GaugeMetricFamily(f"nightdesk_{name}", name.replace("_", " "), value=value)
