"""The operator's own servers that kinds of jobs work with, from the settings. Called by
`nightdesk.parts`; handed to the workers for the network.
"""

from __future__ import annotations

import base64
from pathlib import Path

from executors.generate.items import WEBUI
from nightdesk.config import Config
from nightdesk.ranges import ConfigError
from workers.net.services import origin_of


def operator_services(config: Config) -> dict[str, dict[str, str]]:
    """Name -> `workers.net.services.ServiceSettings`. Raises ConfigError, which quotes no login."""
    if not config.webui:
        if config.webui_auth_file:
            raise ConfigError("--webui-auth-file needs --webui")
        return {}
    try:
        origin = origin_of(config.webui)
    except ValueError as error:
        raise ConfigError(f"--webui {config.webui}: {error}") from error
    return {WEBUI: {"origin": origin, "authorization": _basic(config.webui_auth_file)}}


def _basic(path: str) -> str:
    """The value of the header Authorization; empty without a file."""
    if not path:
        return ""
    try:
        login = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--webui-auth-file {path}: {error}") from error
    if ":" not in login or not login.isprintable():
        raise ConfigError(f"--webui-auth-file {path}: it must hold one line, USER:PASSWORD")
    return f"Basic {base64.b64encode(login.encode()).decode()}"
