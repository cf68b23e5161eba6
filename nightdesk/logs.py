"""The server's log: a line an event, on stderr, for people or as JSON. Built once, handed down.

Whatever is logged passes `_fit_to_show`: what looks like a secret is taken out, and what would
steer a terminal is escaped. The values of `job` stay: a job's id opens nothing.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from state.text import escaped, redacted

# Values that are no secret though they look like one.
_NO_SECRETS = frozenset({"job", "timestamp", "level"})


def build_log(
    form: Literal["console", "json"],
    level: str,
    stream: TextIO | None = None,
    kept: Processor | None = None,
) -> FilteringBoundLogger:
    """The log that everything is handed, written to `stream` (else stderr). `kept` is
    shown each line besides, when nothing secret is in it any more.

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
        structlog.processors.format_exc_info,
        _fit_to_show,
        *([kept] if kept is not None else []),
    ]
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(out),
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    return log


def _fit_to_show(
    _log: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if name == "exception":
            # Set off, so that no message in it can pass for a line of the log.
            event[name] = _shown(value, keep="\n").replace("\n", "\n    ")
        elif name not in _NO_SECRETS:
            event[name] = _shown(value)
    return event


def _shown(value: Any, *, keep: str = "") -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return escaped(redacted(value), keep=keep)
        case list() | tuple() | set() | frozenset():
            return [_shown(each) for each in value]
        case dict():
            return {_shown(key): _shown(each) for key, each in value.items()}
        case _:
            return _shown(str(value))


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
