"""The operator's WebUI, as methods of `Client`: a part of it."""

from __future__ import annotations

from nightdesk.client.blocking_operator import OperatorPart
from nightdesk.client.webui import WebUI, WebUIAddress, WebUILog


class WebUIPart(OperatorPart):
    """Asks by `_ask`, which the client has."""

    _address: WebUIAddress

    def webui(self) -> WebUI:
        """How the operator's WebUI is."""
        return self._ask(self._address.webui())

    def start_webui(self) -> WebUI:
        """Start its program. Raises Conflict."""
        return self._ask(self._address.start_webui())

    def stop_webui(self) -> WebUI:
        """End its program. Raises Conflict."""
        return self._ask(self._address.stop_webui())

    def webui_log(self, *, after: int = 0) -> WebUILog:
        """What its program has printed last, behind that line."""
        return self._ask(self._address.webui_log(after))
