"""How the contexts of pages are made: `PageOptions` in Playwright's words. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from actors.ports import PageOptions
from workers.chromium import ProxySetting

_DEFAULT_PORTS = {"http": 80, "https": 443}


def context_arguments(options: PageOptions, proxy: ProxySetting, user_agent: str) -> dict[str, Any]:
    """The arguments of `new_context`; `proxy` is the gateway with the page's pass, `user_agent` is
    what it says of itself where the options leave that open. No permission is granted."""
    arguments: dict[str, Any] = {
        "proxy": proxy,
        "viewport": {"width": options.width, "height": options.height},
        "user_agent": options.user_agent or user_agent,
        "extra_http_headers": dict(options.headers),
        "accept_downloads": False,
    }
    if options.isolated:
        arguments |= {"java_script_enabled": False, "offline": True, "service_workers": "block"}
    if options.locale is not None:
        arguments["locale"] = options.locale
    if options.timezone is not None:
        arguments["timezone_id"] = options.timezone
    if options.storage is not None:
        arguments["storage_state"] = dict(options.storage)
    if options.basic_auth is not None and options.origin is not None:
        username, password = options.basic_auth
        arguments["http_credentials"] = {
            "username": username,
            "password": password,
            "origin": _origin(options.origin),
        }
    return arguments


def _origin(text: str) -> str:
    """As browsers write it, which is how it is compared: no port where it is the usual one."""
    parts = urlsplit(text)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
