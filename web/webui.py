"""The operator's WebUI as the front end speaks of it: who may start and end it, and how it is told.

Used by `web.webui_api` and by the dialect of the task manager.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from actors.ports.webui import WebUIRefused, WebUIState
from web.auth import LOCAL, Asker
from web.visit import Visit
from web.webui_schemas import WebUIAnswer, WebUIProgress

START, STOP = "start_webui", "stop_webui"
OPERATORS_ONLY = "only the server's operator, or the desk `local`, may start and end the WebUI"


def may_operate(asker: Asker) -> bool:
    """The WebUI works for all desks, so what ends it is no single user's: it is the operator's, and
    that of the desk `local`, which whoever sits at the machine has."""
    return asker.admin or asker.session_id == LOCAL


async def operated(visit: Visit, what: str, act: Callable[[], Awaitable[WebUIState]]) -> WebUIState:
    """Have it started or ended for a desk that may; its audit log has it. Raises WebUIRefused."""
    if not may_operate(visit.asker):
        raise WebUIRefused("operators_only", OPERATORS_ONLY)
    state = await act()
    visit.note(what)
    return state


def answer_of(state: WebUIState, *, may_operate: bool) -> WebUIAnswer:
    glance = state.glance
    return WebUIAnswer(
        status=state.status,
        port_open=glance.listens,
        api_responding=glance.answers,
        managed=state.process_id is not None,
        process_id=state.process_id,
        startable=state.startable,
        may_operate=may_operate,
        reason=state.reason,
        progress=WebUIProgress(round(100 * glance.share, 1), glance.step, glance.steps),
    )
