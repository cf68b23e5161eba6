"""What happened when in a job, as methods of `Client`: a part of it."""

from __future__ import annotations

from datetime import datetime

from nightdesk.client.blocking_failures import Failures
from nightdesk.client.charts import ChartsAddress, Series, Timeline


class Charts(Failures):
    """Asks by `_ask`, which the client has."""

    _address: ChartsAddress

    def series(
        self,
        job_id: str,
        *,
        points: int = 240,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Series:
        """What happened when, in at most so many buckets: of all of the job's life, or of a part
        of it."""
        return self._ask(self._address.series(job_id, points, since, until))

    def timeline(self, job_id: str) -> Timeline:
        """What happened to the job, by whom, and when it was not at work."""
        return self._ask(self._address.timeline(job_id))
