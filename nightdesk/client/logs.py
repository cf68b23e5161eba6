"""The log of a job, for the client: the requests for it, which both clients share."""

from __future__ import annotations

from math import ceil
from typing import Literal

from nightdesk.client.calls import Call
from nightdesk.client.models import LogPage
from nightdesk.client.webui import WebUIAddress

Level = Literal["info", "warning", "error"]


class LogAddress(WebUIAddress):
    """The requests for a job's log."""

    def log(
        self, job_id: str, after: int, level: Level | None = None, wait_s: float = 0.0
    ) -> Call[LogPage]:
        """From an offset on; waits at the server for a line."""
        asked: dict[str, str | int] = {"after": after}
        if level is not None:
            asked["level"] = level
        if wait_s:
            asked["wait"] = ceil(wait_s)
        path = self._path("jobs", job_id, "log")
        return Call(
            method="GET", path=path, answer=LogPage, params=asked, again=True, wait_s=wait_s
        )
