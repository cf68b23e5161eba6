"""One command from its start to its end: read, timed and counted; then nothing of it is left.

Used by `workers.commands.tool`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

import trio

from actors.ports.commands import CommandResult
from workers.commands.launch import set_up, start
from workers.commands.printed import Printed
from workers.commands.use import UseLimits, excess
from workers.commands.wire import Setup
from workers.commands.world import give_away, tasks_of_system
from workers.launch import (
    DEATH_TIMEOUT_S,
    Child,
    describe_exit,
    kill,
    release,
    wait_dead,
    wait_exit,
)

_READ_BYTES = 64 * 1024
# One that floods us waits, and not our other work for it.
_FLOOD_PAUSE_S = 0.01
# From its death to the end of what it wrote, should something hold its end of the pipe.
_LAST_WORDS_S = 1.0
# How often it is looked at whether there are suddenly many processes; how often all is counted.
_GLANCE_S, _COUNT_S = 0.1, 0.5
_MANY = 64


class Attended:
    """One command. `attend` is called once, and owns it."""

    def __init__(self, setup: Setup, limits: UseLimits, output_bytes: int) -> None:
        self._setup = setup
        self._limits = limits
        self._printed = Printed(output_bytes)
        # Which limit it has passed. Written by `_count`.
        self._passed = ""

    async def attend(
        self, folder: Path, timeout_s: float, python_path: tuple[str, ...]
    ) -> CommandResult:
        """Raises CommandRefused and OSError. Cancelled, end it."""
        await trio.to_thread.run_sync(give_away, Path(self._setup.own))
        child = start(folder, python_path)
        ended = False
        code: int | None = None
        try:
            await set_up(child, self._setup)
            with trio.move_on_after(timeout_s):
                await self._run(child)
                ended = True
        finally:
            by_itself = ended and not self._passed
            if not by_itself:
                self._read_now(child)
            with trio.CancelScope(shield=True, deadline=trio.current_time() + DEATH_TIMEOUT_S):
                kill(child)
                await wait_dead(child)
                if by_itself:
                    await self._read_rest(child)
            code = release(child)
            await child.output.aclose()
        return self._result(code, timed_out=not ended)

    async def _run(self, child: Child) -> None:
        """Until it has ended, or has passed a limit."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read, child)
            nursery.start_soon(self._count, child, nursery.cancel_scope)
            await wait_exit(child)
            nursery.cancel_scope.cancel()

    async def _read(self, child: Child) -> None:
        while data := await child.output.receive_some(_READ_BYTES):
            self._printed.feed(bytes(data))
            if len(data) == _READ_BYTES:
                await trio.sleep(_FLOOD_PAUSE_S)

    def _read_now(self, child: Child) -> None:
        """The last of one that will be killed: a shell that is killed after its program has a word
        for that, which is no output of the command's."""
        with suppress(BlockingIOError):
            self._printed.feed(os.read(child.output.fileno(), _READ_BYTES))

    async def _read_rest(self, child: Child) -> None:
        """What is in the pipe of one that is dead."""
        with trio.move_on_after(_LAST_WORDS_S):
            while data := await child.output.receive_some(_READ_BYTES):
                self._printed.feed(bytes(data))

    async def _count(self, child: Child, running: trio.CancelScope) -> None:
        """Look often at what is cheap, and count all where that has jumped, or now and then."""
        tasks, due = tasks_of_system(), trio.current_time()
        count = partial(excess, child.pid, Path(self._setup.own), self._limits)
        while True:
            now = tasks_of_system()
            if now - tasks > _MANY or trio.current_time() >= due:
                passed = await trio.to_thread.run_sync(count, abandon_on_cancel=True)
                if passed is not None:
                    self._passed = passed
                    running.cancel()
                tasks, due = now, trio.current_time() + _COUNT_S
            await trio.sleep(_GLANCE_S)

    def _result(self, code: int | None, *, timed_out: bool) -> CommandResult:
        output = self._printed.bytes()
        if self._passed:
            return CommandResult(exit_code=None, output=output, limit=self._passed)
        if timed_out:
            return CommandResult(exit_code=None, output=output, timed_out=True)
        if code is None or code < 0:
            how = f"its first process was {describe_exit(code)} (the machine is out of memory?)"
            return CommandResult(exit_code=None, output=output, limit=how)
        return CommandResult(exit_code=code, output=output)
