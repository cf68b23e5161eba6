"""The operator's WebUI: how it is, and its program where this server starts it.

Built by `nightdesk.serve`, which runs `WebUIHouse.run` beside the pools: the program ends with the
server. It is started because somebody asked, and never by itself: one that has ended unasked is
told as an error, with its last words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import trio
from msgspec import Struct

from actors.ports.webui import (
    NOT_NAMED,
    Glance,
    WebUILine,
    WebUIRefused,
    WebUIState,
    WebUIStatus,
)
from workers.logs import EventLog
from workers.webui.glances import Glances, Look
from workers.webui.lines import Lines
from workers.webui.program import Program

# Of a program that has ended, in the reason of its state.
LAST_WORDS = 3
NOT_STARTABLE = (
    "this server does not know how to start the WebUI: its operator says it with --webui-command"
)
NOT_OURS = "this server has not started the WebUI, so it does not end it"


class WebUISettings(Struct, frozen=True, kw_only=True):
    """`named`: the operator has named a WebUI. `command` is empty where they have not said how it
    is started; it runs in `folder`. `secrets` stand in none of its lines."""

    named: bool = False
    command: tuple[str, ...] = ()
    folder: Path = Path("/")
    secrets: tuple[str, ...] = ()


class WebUIHouse:
    """See `actors.ports.webui.WebUIs`. `look` asks the WebUI, by a worker for the network."""

    def __init__(self, settings: WebUISettings, look: Look, log: EventLog) -> None:
        self._settings = settings
        self._log = log
        self._glances = Glances(look)
        self._lines = Lines(settings.secrets)
        self._commands = trio.StrictFIFOLock()
        self._begun, self._to_attend = trio.open_memory_channel[Program](1)
        # While there is one. Written by `start`, and by `run` when it has ended.
        self._program: Program | None = None
        # How the last one has ended, where nobody wanted it to. Written by the same two.
        self._failure = ""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Attend to the program whenever there is one, for ever. Cancelled, end it."""
        task_status.started()
        while True:
            program = await self._to_attend.receive()
            ended = await program.attend(self._lines)
            self._failure = "" if program.is_unwanted else self._told(ended)
            self._program = None
            self._glances.forget()
            self._log.info("webui_ended", pid=program.pid, how=ended, asked=program.is_unwanted)

    async def state(self) -> WebUIState:
        """See WebUIs."""
        glance = await self._glance()
        status, reason = self._status(glance)
        return WebUIState(
            status=status,
            glance=glance,
            process_id=None if self._program is None else self._program.pid,
            startable=bool(self._settings.command),
            reason=reason,
        )

    async def start(self) -> WebUIState:
        """See WebUIs."""
        if not self._settings.command:
            if not self._settings.named:
                raise WebUIRefused("not_named", NOT_NAMED)
            raise WebUIRefused("not_startable", NOT_STARTABLE)
        async with self._commands:
            if self._program is not None:
                raise WebUIRefused("started", "the WebUI was started already")
            self._glances.forget()
            if (await self._glance()).listens:
                raise WebUIRefused("taken", "something is at the WebUI's address already")
            self._start()
        return await self.state()

    async def stop(self) -> WebUIState:
        """See WebUIs."""
        async with self._commands:
            program = self._program
            if program is None:
                raise WebUIRefused("not_ours", NOT_OURS)
            program.end()
            await program.gone.wait()
            self._glances.forget()
        return await self.state()

    def lines(self, after: int = 0) -> list[WebUILine]:
        """See WebUIs."""
        return self._lines.after(after)

    def _start(self) -> None:
        try:
            program = Program(self._settings.command, self._settings.folder)
        except OSError as error:
            message = f"the WebUI cannot be started: {error.strerror}"
            raise WebUIRefused("failed", message) from error
        self._program, self._failure = program, ""
        self._glances.forget()
        # There is room: one program at a time, and the last one was taken up.
        self._begun.send_nowait(program)
        self._log.info("webui_started", pid=program.pid)

    async def _glance(self) -> Glance:
        if not self._settings.named:
            return Glance(reason=NOT_NAMED)
        return await self._glances.newest()

    def _status(self, glance: Glance) -> tuple[WebUIStatus, str]:
        """And why it is of no use, in words."""
        if self._program is not None:
            return ("running", "") if glance.answers else ("starting", glance.reason)
        if glance.answers:
            return "external", ""
        if self._failure:
            return "error", self._failure
        return "stopped", glance.reason

    def _told(self, ended: str) -> str:
        return _sentence(ended, self._lines.last(LAST_WORDS))


def _sentence(ended: str, words: Sequence[str]) -> str:
    said = " / ".join(words)
    return f"its program ended by itself, {ended}: {said}" if said else f"it ended, {ended}"
