"""The command `serve`.

Everything heavy is imported when the command runs, so that `--help` and the client commands are
quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated, get_origin

from cyclopts import Parameter

from nightdesk.config import Config
from workers import collector

_DEFAULTS = Config()


def split_variable(hint: object, text: str, *, delimiter: str | None = None) -> list[str]:
    """The values that an environment variable holds: several, by commas, for a repeatable flag."""
    if get_origin(hint) is not tuple:
        return [text]
    return [part.strip() for part in text.split(delimiter or ",") if part.strip()]


Start = Callable[[Config], int]


def start_server(config: Config) -> int:
    """Check the settings, then serve. Raises ConfigError; returns the exit code."""
    config.validate()
    collector.rest()
    from nightdesk.overview.settings import origins
    from nightdesk.serve import run_server

    return run_server(config, origins(config, sys.argv[1:], os.environ))


def serve_command(start: Start) -> Start:
    """The command `serve`: every field of Config is a flag."""

    def serve(config: Annotated[Config, Parameter(name="*")] = _DEFAULTS) -> int:
        return start(config)

    return serve
