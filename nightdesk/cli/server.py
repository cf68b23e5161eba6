"""The operator's commands: `serve`, and `token` for a user's own desk.

Everything heavy is imported when the command runs, so that `--help` and the client commands are
quick.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, get_origin

from cyclopts import Parameter

from nightdesk import collector
from nightdesk.cli.terminal import put
from nightdesk.config import Config
from nightdesk.ranges import ConfigError

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
    from nightdesk.serve import run_server

    return run_server(config)


def serve_command(start: Start) -> Start:
    """The command `serve`: every field of Config is a flag."""

    def serve(config: Annotated[Config, Parameter(name="*")] = _DEFAULTS) -> int:
        return start(config)

    return serve


def token(
    user: Annotated[str, Parameter(name="USER")],
    /,
    *,
    data: Path = Path("data"),
    ttl_h: float = 720.0,
) -> int:
    """Print a token for a user's own desk.

    Parameters
    ----------
    user
        The user's name, 1 to 200 characters.
    data
        The server's data folder: its secret signs the token.
    ttl_h
        Hours until the token ends.
    """
    import jwt

    from state.secret import load_secret

    if not 1 <= len(user) <= 200:
        raise ConfigError("USER has 1 to 200 characters")
    if not 0 < ttl_h <= 100_000:
        raise ConfigError("--ttl-h is more than 0 and at most 100000")
    if not data.is_dir():
        raise ConfigError(f"--data {data} is no folder: start the server once, or name its folder")
    now = int(time.time())
    claims = {"sub": user, "iat": now, "exp": now + int(ttl_h * 3600)}
    put(jwt.encode(claims, load_secret(data), "HS256"))
    return 0
