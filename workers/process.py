"""One worker process, owned from start to end by one task: `WorkerProcess.run`.

It carries the messages of a `workers.line.WorkerLine` over a socket pair to `workers.host`, copies
what the process prints into our log, ends it when it has retired, and kills its whole group when it
breaks the protocol, does not come up in time, falls silent, or when we are cancelled.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import trio
from msgspec import Struct

from workers.cell import Cell
from workers.frames import Frame, Inbox, Outbox, decode_worker, encode
from workers.launch import (
    DEATH_TIMEOUT_S,
    Child,
    describe_exit,
    kill,
    release,
    spawn,
    wait_dead,
    wait_exit,
)
from workers.line import WorkerLine
from workers.logs import EventLog
from workers.mark import Mark, MarkBoard
from workers.output import copy_output
from workers.protocol import (
    VERSION,
    Answers,
    Hello,
    Lease,
    ParentMessage,
    ProtocolError,
    Settings,
    Unfit,
)
from workers.watch import end_left, end_overdue, retire_when_idle, retire_when_old, wait_silent

# From the worker's death to the end of what it wrote, should something hold its end of the line.
LAST_WORDS_S = 1.0

# How often a worker at work says something: so often that a lost beat or two is no silence.
BEAT_MAX_S = 2.0
BEATS_IN_SILENCE = 8


class ProcessSettings(Struct, frozen=True, kw_only=True):
    """How a worker process is started and when it is retired. `tools` goes to it unread.

    It is killed after `silence_s` without a byte while it holds items, retired after `max_age_s`.
    From `Drain` to its end it has `drain_timeout_s`, more than a job's leaving is given inside.
    With `item_timeout_s` it has one item at a time, and is killed with one that takes longer.
    """

    start_timeout_s: float
    idle_s: float
    max_age_s: float
    silence_s: float
    host_backoff_max_s: float
    tools: dict[str, Any]
    python_path: tuple[str, ...] = ()
    item_timeout_s: float | None = None
    drain_timeout_s: float = 10.0


class WorkerProcess:
    """See `workers.line.Worker`. Made for one line, run once."""

    def __init__(self, settings: ProcessSettings, log: EventLog, cell: Cell | None = None) -> None:
        self._settings = settings
        self._log = log
        self._cell = cell if cell is not None else Cell()
        self._outbox = Outbox()
        # The process while there is one: the one that was started, then the one that said Hello,
        # which below a keeper is another. Written by `_attend` and `_converse`.
        self.pid: int | None = None
        # Written by `_converse`, `_end_when_silent` and `_end_when_condemned`, by the first of them
        # that has a reason.
        self._killed_for: str | None = None
        # Where it marks what it is at, and what it was at when it ended. Written by `run`.
        self._board: MarkBoard | None = None
        self._mark: Mark | None = None
        self.post(
            Settings(
                version=VERSION,
                host_backoff_max_s=settings.host_backoff_max_s,
                beat_s=min(BEAT_MAX_S, settings.silence_s / BEATS_IN_SILENCE),
                tools=settings.tools,
                jail=self._cell.jail,
            )
        )

    def post(self, message: ParentMessage) -> None:
        if isinstance(message, Answers | Lease):
            # Somebody, or a slot, waits for it.
            self._outbox.put_now(encode(message))
        else:
            self._outbox.put(encode(message))

    async def wait_room(self) -> None:
        await self._outbox.wait_room()

    def at_work(self) -> Mark | None:
        return self._mark if self._board is None else self._board.read()

    async def run(self, line: WorkerLine) -> str:
        async with self._cell.opened(self._log) as folder:
            with ExitStack() as held:
                try:
                    board = held.enter_context(self._cell.marked())
                    child = spawn(self._cell.place(folder, self._settings.python_path, board))
                except OSError as error:
                    self._outbox.close()
                    return str(error)
                self._board = board
                try:
                    return await self._attend(child, line)
                finally:
                    self._mark = self.at_work()
                    self._board = None

    async def _attend(self, child: Child, line: WorkerLine) -> str:
        """From the process's start to its end, and to the last of its words."""
        try:
            self.pid = child.pid
            async with trio.open_nursery() as nursery:
                nursery.start_soon(copy_output, child.output, child.pid, self._log)
                end = await self._work(child, line)
                nursery.cancel_scope.deadline = trio.current_time() + LAST_WORDS_S
        finally:
            self.pid = None
            self._outbox.close()
        return end

    async def _work(self, child: Child, line: WorkerLine) -> str:
        """Talk with the process until it is over; returns how it ended."""
        inbox = Inbox(child.stream)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send, child)
                nursery.start_soon(_end_with_process, child, nursery.cancel_scope)
                nursery.start_soon(self._end_when_drained, line, nursery.cancel_scope)
                nursery.start_soon(self._end_when_silent, line, inbox, nursery.cancel_scope)
                nursery.start_soon(self._end_when_condemned, line, nursery.cancel_scope)
                if (item_s := self._settings.item_timeout_s) is not None:
                    nursery.start_soon(end_overdue, line, item_s)
                nursery.start_soon(end_left, line)
                nursery.start_soon(retire_when_idle, line, self._settings.idle_s)
                nursery.start_soon(retire_when_old, line, self._settings.max_age_s)
                await self._converse(child, line, inbox)
                nursery.cancel_scope.cancel()
        finally:
            kill(child)
            with trio.move_on_after(DEATH_TIMEOUT_S, shield=True):
                await wait_dead(child)
            code = release(child)
        if self._killed_for is None and (limit := self._cell.limit_behind(code)) is not None:
            line.condemn(limit, by_limit=True)
            return limit
        return self._killed_for or describe_exit(code)

    async def _converse(self, child: Child, line: WorkerLine, inbox: Inbox) -> None:
        """Take in everything it says, until it has ended or must be killed."""
        try:
            with trio.fail_after(self._settings.start_timeout_s):
                frames = await inbox.receive()
            if frames:
                hello = _greet(line, frames.pop(0))
                if isinstance(hello, Unfit):
                    self._log.error("worker_unfit", pid=child.pid, reason=hello.reason)
                    self._killed_for = hello.reason
                    return
                self.pid = hello.pid
                self._log.info("worker_started", pid=hello.pid, **self._cell.report(hello.jail))
            while frames or (frames := await inbox.receive()):
                for frame in frames:
                    line.receive(decode_worker(frame))
                frames = []
        except trio.TooSlowError:
            self._killed_for = f"no word from it within {self._settings.start_timeout_s:g} s"
        except ProtocolError as error:
            self._log.error("worker_broke_protocol", pid=child.pid, error=str(error))
            self._killed_for = str(error)

    async def _send(self, child: Child) -> None:
        try:
            await self._outbox.run(child.stream)
        except trio.BrokenResourceError:
            # It is dead or dying; `_converse` still reads its last words and sees the end.
            return

    async def _end_when_silent(
        self, line: WorkerLine, inbox: Inbox, scope: trio.CancelScope
    ) -> None:
        """Take the items from a worker that is stopped, or stuck in code that does not await."""
        silence_s = self._settings.silence_s
        await wait_silent(line, inbox, silence_s)
        self._killed_for = f"no word from it for {silence_s:g} s"
        scope.cancel()

    async def _end_when_condemned(self, line: WorkerLine, scope: trio.CancelScope) -> None:
        await line.condemned.wait()
        self._killed_for = line.condemned_for
        scope.cancel()

    async def _end_when_drained(self, line: WorkerLine, scope: trio.CancelScope) -> None:
        await line.drained.wait()
        await trio.sleep(self._settings.drain_timeout_s)
        scope.cancel()


def _greet(line: WorkerLine, frame: Frame) -> Hello | Unfit:
    hello = decode_worker(frame)
    if isinstance(hello, Hello):
        line.receive(hello)
    elif not isinstance(hello, Unfit):
        raise ProtocolError("the worker spoke before it said Hello")
    return hello


async def _end_with_process(child: Child, scope: trio.CancelScope) -> None:
    """When the process is dead its children must not hold the line open."""
    await wait_exit(child)
    kill(child)
    await trio.sleep(LAST_WORDS_S)
    scope.cancel()
