"""The operator's own servers that kinds of jobs work with, from the settings. Called by
`nightdesk.parts`; handed to the workers for the network.
"""

from __future__ import annotations

import base64
import shlex
from pathlib import Path

from actors.ports.webui import WEBUI
from nightdesk.config import Config
from nightdesk.endpoints import agent_services
from nightdesk.ranges import ConfigError
from workers.net.services import origin_of
from workers.webui.house import WebUISettings

# In the data folder: by which the workers take turns at the WebUI.
TURNS = "webui-turns"


def operator_services(config: Config) -> dict[str, dict[str, str | int]]:
    """Name -> `workers.net.services.ServiceSettings`. Raises ConfigError, which quotes no login."""
    return {**_webui(config), **agent_services(config)}


def _webui(config: Config) -> dict[str, dict[str, str | int]]:
    if not config.webui:
        if config.webui_auth_file:
            raise ConfigError("--webui-auth-file needs --webui")
        return {}
    try:
        origin = origin_of(config.webui)
    except ValueError as error:
        raise ConfigError(f"--webui {config.webui}: {error}") from error
    return {
        WEBUI: {
            "origin": origin,
            "authorization": _basic(config.webui_auth_file),
            "turns": str(config.data.resolve() / TURNS),
        }
    }


def webui_settings(config: Config) -> WebUISettings:
    """How its program is started, and what it must not be heard saying. Raises ConfigError, which
    quotes neither."""
    login = _login(config.webui_auth_file)
    _, _, password = login.partition(":")
    command = _command(config)
    if command and not config.webui:
        raise ConfigError("--webui-command needs --webui")
    folder = Path(config.webui_cwd).expanduser() if config.webui_cwd else Path.cwd()
    if config.webui_cwd and not folder.is_dir():
        raise ConfigError(f"--webui-cwd {config.webui_cwd}: there is no such folder")
    return WebUISettings(
        named=bool(config.webui),
        command=command,
        folder=folder.resolve(),
        secrets=(login, password),
    )


def _command(config: Config) -> tuple[str, ...]:
    """It may hold a password, so no error quotes it."""
    try:
        command = tuple(shlex.split(config.webui_command))
    except ValueError as error:
        raise ConfigError(f"--webui-command: {error}") from error
    if config.webui_command and not (command and command[0]):
        raise ConfigError("--webui-command: it names no program")
    if config.webui_cwd and not command:
        raise ConfigError("--webui-cwd needs --webui-command")
    return command


def _basic(path: str) -> str:
    """The value of the header Authorization; empty without a file."""
    login = _login(path)
    return f"Basic {base64.b64encode(login.encode()).decode()}" if login else ""


def _login(path: str) -> str:
    """USER:PASSWORD; empty without a file."""
    if not path:
        return ""
    try:
        login = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--webui-auth-file {path}: {error}") from error
    if ":" not in login or not login.isprintable():
        raise ConfigError(f"--webui-auth-file {path}: it must hold one line, USER:PASSWORD")
    return login
