"""The operator's WebUI, for the client: what is told of it, and the requests, which both clients
share."""

from __future__ import annotations

from msgspec import Struct

from nightdesk.client.calls import Call
from nightdesk.client.operator import OperatorAddress


class WebUIProgress(Struct, frozen=True):
    """How far it is with what it makes, and the sampler's steps."""

    percent: float = 0.0
    step: int = 0
    steps: int = 0


class WebUI(Struct, frozen=True, kw_only=True):
    """`status` is `stopped`, `starting`, `running`, `external` (the server has not started it) or
    `error`; `reason` says why it is of no use now. `process_id` is that of its program where the
    server has started it, `startable` whether it knows how to."""

    status: str
    port_open: bool
    api_responding: bool
    managed: bool
    process_id: int | None = None
    startable: bool = False
    may_operate: bool = False
    reason: str = ""
    progress: WebUIProgress = WebUIProgress()


class WebUILogLine(Struct, frozen=True):
    """A line that its program has printed, and its number."""

    number: int
    text: str


class WebUILog(Struct, frozen=True):
    """The last lines, the oldest first; `next` is to be asked for as `after`."""

    lines: tuple[WebUILogLine, ...]
    next: int


class WebUIAddress(OperatorAddress):
    """The requests for the WebUI."""

    def webui(self) -> Call[WebUI]:
        return Call(method="GET", path=self._path("webui"), answer=WebUI, again=True)

    def webui_log(self, after: int) -> Call[WebUILog]:
        path, params = self._path("webui", "log"), {"after": after}
        return Call(method="GET", path=path, answer=WebUILog, params=params, again=True)

    def start_webui(self) -> Call[WebUI]:
        return Call(method="POST", path=self._path("webui", "start"), answer=WebUI)

    def stop_webui(self) -> Call[WebUI]:
        return Call(method="POST", path=self._path("webui", "stop"), answer=WebUI)
