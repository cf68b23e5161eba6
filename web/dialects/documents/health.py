"""Whether the server is well, as clients of this dialect ask: in no envelope, of nobody's desk."""

from __future__ import annotations

from quart import Response

from web.access import Access
from web.deps import WebDeps
from web.dialects.documents.history_schemas import DocumentsHealth, HealthServices
from web.dialects.documents.paths import HEALTH
from web.dialects.documents.routing import Row
from web.http import json_answer
from web.views import wire_time

_UNAVAILABLE = 503


class HealthApi:
    """Holds when it began."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._began = deps.clock()

    def rows(self) -> list[Row]:
        return [
            Row(
                method="GET",
                paths=HEALTH,
                name="documents_health",
                handler=self.health,
                summary="Whether the server is well",
                answer=DocumentsHealth,
                access=Access.PUBLIC,
            )
        ]

    async def health(self) -> Response:
        """503 where work cannot be handed over; what is wrong in part is told with a 200."""
        deps = self._deps
        found, stopping = deps.readiness(), deps.stopping.is_set()
        ready = found.ready and not stopping
        told = DocumentsHealth(
            status="unhealthy" if not ready else "degraded" if found.degraded else "healthy",
            services=HealthServices(
                api="down" if stopping else "up",
                websocket="down" if stopping else "up",
                scheduler="degraded" if found.desks_parked else "up" if ready else "down",
                storage="up" if found.storage == "ok" else "down",
            ),
            version=deps.version,
            uptime=round(deps.clock() - self._began, 3),
            timestamp=wire_time(deps.now()),
            reasons=[*found.reasons, *(["the server is stopping"] if stopping else [])],
        )
        return json_answer(told, 200 if ready else _UNAVAILABLE)
