"""The logger that the worker processes' owners are given: structlog's synchronous interface."""

from __future__ import annotations

from typing import Any, Protocol


class EventLog(Protocol):
    """`log.info("worker_started", pid=17)`. structlog's BoundLogger is one."""

    def info(self, event: str, **values: Any) -> Any: ...
    def warning(self, event: str, **values: Any) -> Any: ...
    def error(self, event: str, **values: Any) -> Any: ...


class NoLog:
    """An EventLog that keeps nothing."""

    def info(self, event: str, **values: Any) -> None: ...
    def warning(self, event: str, **values: Any) -> None: ...
    def error(self, event: str, **values: Any) -> None: ...
