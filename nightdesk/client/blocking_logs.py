"""The log of a job, as methods of `Client`: a part of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from nightdesk.client import transport
from nightdesk.client.blocking_webui import WebUIPart
from nightdesk.client.errors import ServerTrouble, Unreachable
from nightdesk.client.logs import Level, LogAddress
from nightdesk.client.models import LogLine, LogPage
from nightdesk.client.patience import Patience


class Logs(WebUIPart):
    """Asks by `_ask`, which the client has."""

    _address: LogAddress

    def log(self, job_id: str, *, after: int = 0, level: Level | None = None) -> LogPage:
        """Lines of the job's log from an offset on, of that level or graver."""
        return self._ask(self._address.log(job_id, after, level))

    def follow_log(
        self, job_id: str, *, after: int = 0, level: Level | None = None
    ) -> Iterator[LogLine]:
        """The same, and all that come after them until the job has ended. Bears a restart of the
        server. Raises NotFound when the job was deleted."""
        patience = Patience(time.monotonic())
        ended = False
        while True:
            try:
                page = self._ask(self._address.log(job_id, after, level, transport.POLL_WAIT_S))
                if page.is_over and ended:
                    return
                # What was said before its end may have come since: so it is read once more.
                ended = page.is_over and self._ask(self._address.job(job_id)).job.ended
            except (Unreachable, ServerTrouble):
                if patience.is_over(time.monotonic()):
                    raise
                time.sleep(transport.LOST_INTERVAL_S)
                continue
            patience.heard(time.monotonic())
            yield from page.lines
            after = page.next
            # Also a server that has no time to wait is not asked without a pause.
            time.sleep(transport.POLL_INTERVAL_S if page.is_over else 0.0)
