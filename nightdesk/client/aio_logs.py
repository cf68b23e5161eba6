"""The log of a job, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import trio

from nightdesk.client import transport
from nightdesk.client.aio_webui import AsyncWebUI
from nightdesk.client.errors import ServerTrouble, Unreachable
from nightdesk.client.logs import Level, LogAddress
from nightdesk.client.models import LogLine, LogPage
from nightdesk.client.patience import Patience


class AsyncLogs(AsyncWebUI):
    """Asks by `_ask`, which the client has."""

    _address: LogAddress

    async def log(self, job_id: str, *, after: int = 0, level: Level | None = None) -> LogPage:
        """Lines of the job's log from an offset on, of that level or graver."""
        return await self._ask(self._address.log(job_id, after, level))

    @trio.as_safe_channel
    async def follow_log(
        self, job_id: str, *, after: int = 0, level: Level | None = None
    ) -> AsyncGenerator[LogLine, None]:
        """The same, and all that come after them until the job has ended. Bears a restart of the
        server. Raises NotFound when the job was deleted."""
        patience = Patience(trio.current_time())
        ended = False
        while True:
            call = self._address.log(job_id, after, level, transport.POLL_WAIT_S)
            try:
                page = await self._ask(call)
                if page.is_over and ended:
                    return
                # What was said before its end may have come since: so it is read once more.
                ended = page.is_over and (await self._ask(self._address.job(job_id))).job.ended
            except (Unreachable, ServerTrouble):
                if patience.is_over(trio.current_time()):
                    raise
                await trio.sleep(transport.LOST_INTERVAL_S)
                continue
            patience.heard(trio.current_time())
            for line in page.lines:
                yield line
            after = page.next
            # Also a server that has no time to wait is not asked without a pause.
            await trio.sleep(transport.POLL_INTERVAL_S if page.is_over else 0.0)
