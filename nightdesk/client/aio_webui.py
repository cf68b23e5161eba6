"""The operator's WebUI, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from nightdesk.client.aio_operator import AsyncOperator
from nightdesk.client.webui import WebUI, WebUIAddress, WebUILog


class AsyncWebUI(AsyncOperator):
    """Asks by `_ask`, which the client has."""

    _address: WebUIAddress

    async def webui(self) -> WebUI:
        """How the operator's WebUI is."""
        return await self._ask(self._address.webui())

    async def start_webui(self) -> WebUI:
        """Start its program. Raises Conflict."""
        return await self._ask(self._address.start_webui())

    async def stop_webui(self) -> WebUI:
        """End its program. Raises Conflict."""
        return await self._ask(self._address.stop_webui())

    async def webui_log(self, *, after: int = 0) -> WebUILog:
        """What its program has printed last, behind that line."""
        return await self._ask(self._address.webui_log(after))
