"""The WebUI as this system's pages ask for it: its state every three seconds, for ever.

They enable tagging only where it is `running` or `external`, so it is told as `external` where
there is none and a tagger of this server's is.
"""

from __future__ import annotations

from functools import partial

from quart import Response

from actors.ports.webui import WebUIRefused, WebUIState, WebUIStatus
from executors.tag.spec import TagSpec
from web.deps import WebDeps
from web.dialects.refused import Refused
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.routing import Row, language
from web.dialects.taskmanager.webui_schemas import ManagerWebUI, ManagerWebUIAnswer
from web.dialects.taskmanager.webui_texts import (
    REFUSED,
    STARTED,
    STATES,
    STOPPED,
    TAGGER_ONLY,
    THERE,
)
from web.http import empty_body
from web.visit import Visit
from web.webui import START, STOP, may_operate, operated

EVENTS_TYPE = "text/event-stream"
# Pages open a new one every three seconds and leave the old: an open one would be held for ever,
# and six hold up the whole browser. So it ends at once, and is not to come again within the hour.
RETRY_MS = 3_600_000
LOG_LINES = 20
_USABLE: tuple[WebUIStatus, ...] = ("starting", "running", "external")


class WebUIRows:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps) -> None:
        self._webui = deps.webui
        self._max_json_depth = deps.settings.max_json_depth
        self._tag = deps.executors.get(TagSpec.kind)

    def rows(self) -> list[Row]:
        row = partial(Row, answer=ManagerWebUIAnswer)
        return [
            row(
                method="GET",
                paths=("/api/webui/status",),
                name="manager_webui",
                handler=self.status,
                summary="How the WebUI is",
            ),
            row(
                method="POST",
                paths=("/api/webui/start-external", "/api/webui/start"),
                name="manager_start_webui",
                handler=self.start,
                summary="Have the WebUI there: start it where it is not",
                errors=("webui_refused",),
                command=START,
            ),
            row(
                method="POST",
                paths=("/api/webui/stop",),
                name="manager_stop_webui",
                handler=self.stop,
                summary="End the WebUI that this server has started",
                errors=("webui_refused",),
                command=STOP,
            ),
            Row(
                method="GET",
                paths=("/api/webui/logs",),
                name="manager_webui_logs",
                handler=self.logs,
                summary="What the WebUI has printed last, as one short answer of events",
                answer=EVENTS_TYPE,
            ),
        ]

    async def status(self, _visit: Visit) -> Response:
        return answer(self._told(await self._webui.state()))

    async def start(self, visit: Visit) -> Response:
        """Pages have one button for "have it there": one that is there already is no failure."""
        await empty_body(self._max_json_depth)
        state = await self._webui.state()
        if state.status in _USABLE and may_operate(visit.asker):
            return answer(self._told(state), THERE.told(language()))
        try:
            state = await operated(visit, START, self._webui.start)
        except WebUIRefused as error:
            raise _refused(error) from None
        return answer(self._told(state), STARTED.told(language()))

    async def stop(self, visit: Visit) -> Response:
        await empty_body(self._max_json_depth)
        try:
            state = await operated(visit, STOP, self._webui.stop)
        except WebUIRefused as error:
            raise _refused(error) from None
        return answer(self._told(state), STOPPED.told(language()))

    async def logs(self, visit: Visit) -> Response:
        """What it prints may be of anybody's pictures: other desks are told how it is, no more."""
        said = [STATES[(state := await self._webui.state()).status].told(language(), **_why(state))]
        if may_operate(visit.asker):
            said = [line.text for line in self._webui.lines()[-LOG_LINES:]] + said
        events = "".join(f"data: {line}\n\n" for line in said)
        return Response(f"retry: {RETRY_MS}\n\n{events}", content_type=EVENTS_TYPE)

    def _told(self, state: WebUIState) -> ManagerWebUI:
        status = state.status
        message = STATES[status].told(language(), **_why(state))
        if status not in _USABLE and isinstance(self._tag, TagSpec) and self._tag.has_analyzer():
            status = "external"
            message = TAGGER_ONLY.told(language())
        return ManagerWebUI(
            status=status,
            port_open=state.glance.listens,
            api_responding=state.glance.answers,
            process_id=state.process_id or 0,
            managed=state.process_id is not None,
            message=message,
        )


def _why(state: WebUIState) -> dict[str, str]:
    return {"reason": state.reason}


def _refused(error: WebUIRefused) -> Refused:
    return Refused(
        "webui_refused",
        "webui_refused",
        REFUSED[error.cause],
        {"cause": error.cause},
        reason=str(error),
    )
