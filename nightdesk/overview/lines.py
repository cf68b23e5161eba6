"""The newest warnings and errors of the server's log, kept for the operator's page.

A processor of `nightdesk.logs`, behind the one that takes out secrets; read by
`nightdesk.overview.watch`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, MutableMapping
from typing import Any

from web.operator_schemas import LogSeen
from web.views import wire_time

KEPT = 100
_LEVELS = frozenset({"warning", "error", "critical"})
_OWN = frozenset({"event", "level", "timestamp"})
_MAX_CHARS = 500


class RecentLines:
    """Written by whoever logs, in any thread: an append is one step."""

    def __init__(self, now: Callable[[], float], kept: int = KEPT) -> None:
        self._now = now
        self._newest: deque[LogSeen] = deque(maxlen=kept)

    def __call__(
        self, _log: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """See structlog's processors: the line goes on as it is."""
        level = str(event.get("level"))
        if level in _LEVELS:
            fields = {name: _short(value) for name, value in event.items() if name not in _OWN}
            at = wire_time(self._now())
            self._newest.append(LogSeen(at, level, _short(event.get("event")), fields))
        return event

    def newest(self) -> list[LogSeen]:
        """The newest first."""
        return list(self._newest)[::-1]


def _short(value: Any) -> str:
    """Of a traceback the end: it says what happened."""
    text = str(value)
    return text if len(text) <= _MAX_CHARS else "…" + text[-_MAX_CHARS:]
