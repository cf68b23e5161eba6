"""Carries out a plan in this process: journal, network, signals, and the file of the results.

Called by `nightdesk.cli.agents_work`; what goes on is told to whoever it names. An interruption
(Ctrl-C, SIGTERM, a terminal that is closed) ends what is being done, and the results so far are
written.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import msgspec
import trio
from msgspec import Struct

from actors.ports.commands import CommandRefused, CommandTool
from nightdesk.agents.batch import Foreman, Outcome
from nightdesk.agents.events import Event
from nightdesk.agents.journal import Journal, open_journal
from nightdesk.agents.plan import Plan
from nightdesk.agents.purse import Purse
from nightdesk.agents.report import report_of, write_report
from nightdesk.agents.workshop import Tools, open_workshop

# What ends a batch before its time. Each is told of once: the batch ends as soon as it can.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SCRATCH = "scratch"
_PROBE_S = 30.0


class Audience(Protocol):
    """Who is told; must not wait."""

    def __call__(self, event: Event) -> None: ...

    def hear(self, text: str) -> None:
        """Why a call is made again, and the like."""


class CommandsUnavailable(Exception):
    """Commands cannot be jailed here; the message says why."""


class JournalUnusable(Exception):
    """The disk does not give or take what there is to be written; `path` says where."""

    def __init__(self, error: OSError, home: Path) -> None:
        super().__init__(error.strerror or str(error))
        self.path = Path(os.fsdecode(error.filename)) if error.filename else home


class Done(Struct, frozen=True, kw_only=True):
    """`signal` is what interrupted it. `unwritten` is why there is no file of results, empty where
    there is one. `left`: another run may go on with some of it."""

    outcome: Outcome
    left: bool = False
    signal: int | None = None
    unwritten: str = ""


def carry_out(
    plan: Plan,
    audience: Audience,
    put_aside: Callable[[], None],
    beside: Sequence[Callable[[], Awaitable[None]]] = (),
) -> Done:
    """Until all is done or it is interrupted. `beside` runs meanwhile. `put_aside` is called where
    an earlier run that was not complete has been put aside. Raises InUse,
    JournalUnusable and TranscriptBroken where the journal cannot be used, and
    CommandsUnavailable."""
    try:
        return _carried_out(plan, audience, put_aside, beside)
    except OSError as error:
        raise JournalUnusable(error, plan.home) from error


def _carried_out(
    plan: Plan,
    audience: Audience,
    put_aside: Callable[[], None],
    beside: Sequence[Callable[[], Awaitable[None]]],
) -> Done:
    order = plan.order
    resume = order.resume or order.retry
    with open_journal(plan.home, order.file, resume=resume, test=order.test) as (journal, lost):
        if lost:
            # Before anything is paid: who meant to go on can still break it off.
            put_aside()
        foreman = Foreman(plan.batch, journal, Purse(plan.cap), audience)
        foreman.remember()
        done = trio.run(_Run(plan, foreman, audience, journal).run, beside)
        left = any(ended.again for ended in done.outcome.ended) or len(done.outcome.ended) < len(
            plan.batch.tasks
        )
        if not left:
            # Without that mark, the next run says once too often what it puts aside.
            with suppress(OSError):
                journal.complete()
    return msgspec.structs.replace(done, left=left)


class _Run:
    """One run. Written by the one task that runs it, and `_signal` by the one that listens."""

    def __init__(self, plan: Plan, foreman: Foreman, audience: Audience, journal: Journal) -> None:
        self._plan = plan
        self._foreman = foreman
        self._audience = audience
        self._journal = journal
        self._signal: int | None = None

    async def run(self, beside: Sequence[Callable[[], Awaitable[None]]]) -> Done:
        scope = trio.CancelScope()
        async with _commands(self._plan, self._journal) as commands:
            with trio.open_signal_receiver(*_heeded()) as signals:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._heed, signals, scope)
                    for each in beside:
                        nursery.start_soon(each)
                    outcome = await self._work(commands, scope)
                    unwritten = await trio.to_thread.run_sync(self._write, outcome)
                    nursery.cancel_scope.cancel()
        return Done(outcome=outcome, signal=self._signal, unwritten=unwritten)

    async def _heed(self, signals: AsyncIterator[int], scope: trio.CancelScope) -> None:
        async for which in signals:
            self._signal = self._signal or which
            scope.cancel()

    async def _work(self, commands: CommandTool | None, scope: trio.CancelScope) -> Outcome:
        plan = self._plan
        tools = Tools(
            coder=plan.coder,
            judge=plan.judge,
            prices=plan.tariff.table,
            own=(plan.file, plan.results),
            told=self._audience.hear,
            calls=plan.calls,
        )
        async with open_workshop(tools, commands) as workshop:
            return await self._foreman.run(workshop, scope)

    def _write(self, outcome: Outcome) -> str:
        """Why it could not be written; empty where it was."""
        plan = self._plan
        report = report_of(plan.batch, outcome, plan.tariff, plan.redactor)
        try:
            write_report(plan.results, report)
        except OSError as error:
            return error.strerror or str(error)
        return ""


def _heeded() -> list[signal.Signals]:
    """Not those that whoever started us has had ignored, as `nohup` does."""
    return [each for each in _SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]


@asynccontextmanager
async def _commands(plan: Plan, journal: Journal) -> AsyncIterator[CommandTool | None]:
    """The tool, where the user wants it. Raises CommandsUnavailable where there is no jail."""
    if not plan.order.commands:
        yield None
        return
    from workers.commands.tool import open_commands

    scratch = journal.folder / _SCRATCH
    try:
        async with open_commands({"scratch": str(scratch)}) as tool:
            await _probe(tool)
            yield tool
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _probe(tool: CommandTool) -> None:
    """Whether a command can be run, before anything has cost anything."""
    try:
        async with tool.place() as place:
            await place.run("true", _PROBE_S)
    except (CommandRefused, OSError) as error:
        raise CommandsUnavailable(str(error)) from error
