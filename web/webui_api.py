"""How the WebUI that makes pictures is, for every desk; its program, for its operators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Response, request

from actors.ports.webui import WebUIRefused, WebUIState
from web.access import Access
from web.deps import WebDeps
from web.desk_api import DESK
from web.errors import WebError
from web.http import Query, empty_body, json_answer
from web.routes import Route, integer
from web.visit import Visit
from web.webui import START, STOP, answer_of, may_operate, operated
from web.webui_schemas import WebUIAnswer, WebUILogAnswer, WebUILogLine

_WEBUI = f"{DESK}/webui"
_AFTER = (integer("after", "The number of the last line that is known.", default=0),)
_MOST = 10**15
_REFUSED = ("webui_refused",)


class WebUIApi:
    """Handlers of the WebUI. They hold no state of their own."""

    def __init__(self, deps: WebDeps) -> None:
        self._webui = deps.webui
        self._max_json_depth = deps.settings.max_json_depth

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=_WEBUI,
                name="get_webui",
                access=Access.DESK,
                handler=self.state,
                summary="How the operator's WebUI is",
                answer=WebUIAnswer,
            ),
            Route(
                method="GET",
                rule=f"{_WEBUI}/log",
                name="get_webui_log",
                access=Access.DESK,
                handler=self.log,
                summary="What its program has printed last; nothing but for `local` and operators",
                answer=WebUILogAnswer,
                parameters=_AFTER,
                errors=("invalid_request",),
            ),
            Route(
                method="POST",
                rule=f"{_WEBUI}/start",
                name=START,
                access=Access.DESK,
                handler=self.start,
                summary="Start its program; for the desk `local` and operators",
                answer=WebUIAnswer,
                errors=_REFUSED,
            ),
            Route(
                method="POST",
                rule=f"{_WEBUI}/stop",
                name=STOP,
                access=Access.DESK,
                handler=self.stop,
                summary="End its program; for the desk `local` and operators",
                answer=WebUIAnswer,
                errors=_REFUSED,
            ),
        ]

    async def state(self, visit: Visit) -> Response:
        state = await self._webui.state()
        return json_answer(answer_of(state, may_operate=may_operate(visit.asker)))

    async def log(self, visit: Visit) -> Response:
        """What it prints may be of anybody's pictures: other desks are told none of it."""
        query = Query(request.args)
        after = query.integer("after", 0, low=0, high=_MOST)
        query.done()
        found = self._webui.lines(after) if may_operate(visit.asker) else []
        lines = [WebUILogLine(line.number, line.text) for line in found]
        return json_answer(WebUILogAnswer(lines, lines[-1].number if lines else after))

    async def start(self, visit: Visit) -> Response:
        return await self._operate(visit, START, self._webui.start)

    async def stop(self, visit: Visit) -> Response:
        return await self._operate(visit, STOP, self._webui.stop)

    async def _operate(
        self, visit: Visit, what: str, act: Callable[[], Awaitable[WebUIState]]
    ) -> Response:
        await empty_body(self._max_json_depth)
        try:
            state = await operated(visit, what, act)
        except WebUIRefused as error:
            raise WebError("webui_refused", str(error), cause=error.cause) from None
        return json_answer(answer_of(state, may_operate=True))
