"""What the dialect answers of the WebUI. OpenAPI is generated from these."""

from __future__ import annotations

from msgspec import Struct

from actors.ports.webui import WebUIStatus
from web.dialects.taskmanager.schemas import ManagerStatus


class ManagerWebUI(Struct, frozen=True, kw_only=True):
    """`process_id` is 0 where this server has started none. `message` says it in words."""

    status: WebUIStatus
    port_open: bool
    api_responding: bool
    process_id: int
    managed: bool
    message: str


class ManagerWebUIAnswer(Struct, frozen=True, kw_only=True):
    """How the WebUI is."""

    status: ManagerStatus
    message: str
    data: ManagerWebUI
