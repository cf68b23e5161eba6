"""What happened when in a job, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from datetime import datetime

from nightdesk.client.aio_failures import AsyncFailures
from nightdesk.client.charts import ChartsAddress, Series, Timeline


class AsyncCharts(AsyncFailures):
    """Asks by `_ask`, which the client has."""

    _address: ChartsAddress

    async def series(
        self,
        job_id: str,
        *,
        points: int = 240,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Series:
        """What happened when, in at most so many buckets: of all of the job's life, or of a part
        of it."""
        return await self._ask(self._address.series(job_id, points, since, until))

    async def timeline(self, job_id: str) -> Timeline:
        """What happened to the job, by whom, and when it was not at work."""
        return await self._ask(self._address.timeline(job_id))
