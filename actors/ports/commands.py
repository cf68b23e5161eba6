"""The tool by which an agent runs a command, where the operator of the server allows that.

Implemented by `workers.commands`, in workers of the pool `net` and in the command line.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class CommandRefused(Exception):
    """It was not run: there is no jail for it here, or no process. The message is fit for the
    user and for the model."""


class CommandResult(Struct, frozen=True, kw_only=True):
    """`exit_code` is None where it was ended: by its time (`timed_out`), or by the limit that
    `limit` names. A program that a signal ended has 128 and more, as shells count. `output` is what
    it printed, stdout and stderr together, its middle left out where it is long."""

    exit_code: int | None
    output: bytes = b""
    timed_out: bool = False
    limit: str = ""


class CommandPlace(Protocol):
    """A folder for commands, empty at first, which nobody else uses."""

    @property
    def folder(self) -> Path:
        """Whatever a command did to it was done by a stranger: links lead anywhere."""

    async def run(self, command: str, timeout_s: float) -> CommandResult:
        """Run it by a shell, in the folder, with no network and no other files of the server's.
        All that it started is dead when this returns, or is cancelled. Raises CommandRefused."""


class CommandTool(Protocol):
    """Places to run commands in; so many run at once, others wait."""

    def place(self) -> AbstractAsyncContextManager[CommandPlace]:
        """A new one, removed at the end of the block. Raises OSError."""
