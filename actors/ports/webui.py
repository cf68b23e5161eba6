"""The `WebUIs` port: how the operator's Stable Diffusion WebUI is, and starting and ending it.

Nothing but a worker for the network asks the WebUI; a program of it is started only where the
operator has said how, and ended only where this server has started it. Implemented by
`workers.webui.house`; used by the front end. See docs/generate.md.
"""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

# What it is called where it is set and asked for. All items that it does are its: they share its
# pace.
WEBUI = "webui"

WebUIStatus = Literal["stopped", "starting", "running", "external", "error"]

NOT_NAMED = "the operator has named no WebUI: start the server with --webui http://HOST:PORT"


class Glance(Struct, frozen=True, kw_only=True):
    """What the WebUI said when it was last asked. `reason` is why it is of no use now, in words;
    `share` is how far it is with what it makes, from 0 to 1."""

    listens: bool = False
    answers: bool = False
    reason: str = ""
    share: float = 0.0
    step: int = 0
    steps: int = 0


class WebUIState(Struct, frozen=True, kw_only=True):
    """`external`: it is there, and this server has not started it. `process_id` is that of the
    program that it has started. `startable`: the operator has said how."""

    status: WebUIStatus
    glance: Glance
    process_id: int | None = None
    startable: bool = False
    reason: str = ""


class WebUILine(Struct, frozen=True):
    """A line that its program has printed; `number` counts from 1 and never goes back."""

    number: int
    text: str


RefusalCause = Literal[
    "not_named", "not_startable", "started", "taken", "not_ours", "failed", "operators_only"
]


class WebUIRefused(Exception):
    """It cannot be started or ended now; the message is for the user."""

    def __init__(self, cause: RefusalCause, message: str) -> None:
        super().__init__(message)
        self.cause: RefusalCause = cause


class WebUIs(Protocol):
    """The one WebUI of this server."""

    async def state(self) -> WebUIState:
        """As it is, or was two seconds ago: many may ask often."""

    async def start(self) -> WebUIState:
        """Start its program. Raises WebUIRefused."""

    async def stop(self) -> WebUIState:
        """End its program and all that it has started. Raises WebUIRefused."""

    def lines(self, after: int = 0) -> list[WebUILine]:
        """The last lines of its program, of those behind that number."""


class NoWebUI:
    """The WebUIs of a front end without workers."""

    async def state(self) -> WebUIState:
        return WebUIState(status="stopped", glance=Glance(reason=NOT_NAMED), reason=NOT_NAMED)

    async def start(self) -> WebUIState:
        raise WebUIRefused("not_named", NOT_NAMED)

    async def stop(self) -> WebUIState:
        raise WebUIRefused("not_named", NOT_NAMED)

    def lines(self, after: int = 0) -> list[WebUILine]:
        return []
