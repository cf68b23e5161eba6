"""What operators and their tools ask: health, readiness, metrics."""

from __future__ import annotations

from typing import Any

from quart import Response

from web import schemas
from web.access import Access
from web.deps import WebDeps
from web.http import json_answer
from web.metrics import Metrics
from web.routes import Route


class OperatorApi:
    """Handlers that belong to no desk."""

    def __init__(self, deps: WebDeps, metrics: Metrics) -> None:
        self._readiness = deps.readiness
        self._stopping = deps.stopping
        self._version = deps.version
        self._metrics = metrics

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Any, str, Any]] = [
            ("/healthz", "get_health", self.health, "The process answers", schemas.Health),
            ("/readyz", "get_ready", self.ready, "Work can be handed over", schemas.Ready),
            ("/metrics", "get_metrics", self.metrics, "For Prometheus", "text/plain"),
        ]
        return [
            Route(
                method="GET",
                rule=rule,
                name=name,
                access=Access.PUBLIC,
                handler=handler,
                summary=summary,
                answer=answer,
            )
            for rule, name, handler, summary, answer in table
        ]

    async def health(self) -> Response:
        return json_answer(schemas.Health("ok", self._version))

    async def ready(self) -> Response:
        found = self._readiness()
        stopping = self._stopping.is_set()
        ready = found.ready and not stopping
        reasons = [*found.reasons, *(["the server is stopping"] if stopping else [])]
        status = "not ready" if not ready else "degraded" if found.degraded else "ready"
        answer = schemas.Ready(status, found.desks_parked, found.storage, reasons)
        return json_answer(answer, 200 if ready else 503)

    async def metrics(self) -> Response:
        content_type = "text/plain; version=0.0.4; charset=utf-8"
        return Response(self._metrics.text(), content_type=content_type)
