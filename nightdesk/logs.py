"""The server's log: a line an event, on stderr, for people or as JSON. Built once, handed down."""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor


def build_log(
    form: Literal["console", "json"], level: str, stream: TextIO | None = None
) -> FilteringBoundLogger:
    """The log that everything is handed, written to `stream` (else stderr).

    Tracebacks are plain: with local variables they would show desks' addresses and keys.
    """
    out = stream or sys.stderr
    renderer: Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.UnicodeDecoder(),
    ]
    if form == "json":
        processors.append(structlog.processors.format_exc_info)
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(out),
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    return log


def adopt_libraries(log: FilteringBoundLogger) -> None:
    """Send what libraries log by the standard module (warnings and worse) to the same place."""
    root = logging.getLogger()
    root.handlers = [_Forward(log)]
    root.setLevel(logging.WARNING)


class _Forward(logging.Handler):
    """Hands a record of the standard module to our log."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        values: dict[str, Any] = {"logger": record.name}
        if record.exc_info:
            values["exc_info"] = record.exc_info
        self._log.log(record.levelno, record.getMessage(), **values)
