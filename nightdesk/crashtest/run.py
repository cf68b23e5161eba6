"""Drives the experiment: prepare, then start, load, kill, again and again; then read and judge.

Called by `nightdesk.cli.crashtest` and by torture's `kill`.
"""

from __future__ import annotations

import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import trio
from msgspec import Struct

from nightdesk.crashtest import aftermath
from nightdesk.crashtest.caller import Caller, Place, Request
from nightdesk.crashtest.disk import DataFolder
from nightdesk.crashtest.folder import CannotRun, clean_up, experiment_folder
from nightdesk.crashtest.gate import Gate
from nightdesk.crashtest.history import History, Life, Violation
from nightdesk.crashtest.judge import Verdict, judge
from nightdesk.crashtest.prepare import Desks, prepare
from nightdesk.crashtest.report import write_history
from nightdesk.crashtest.server import Server
from nightdesk.crashtest.settings import Settings
from nightdesk.crashtest.target import Target
from nightdesk.crashtest.visitor import Board, Visitor
from nightdesk.crashtest.work import Work
from state.errors import StorageError

# Kills while the server starts, and starts that end by SIGTERM instead.
_WHILE_STARTING = 0.12
_STARTING_S = (0.02, 0.9)
_BY_SIGTERM = 0.08
# A process that was killed is gone in a moment.
_ABANDON_S = 10.0
_DESKS_A_CLIENT = 2
# A life lasts until the clients have done up to so much each, if that does not take too long.
_ACTS_A_CLIENT = 3
_LOAD_MAX_S = 4.0
_OWN, _READER = -1, -2


class Progress(Struct, frozen=True):
    """Where the experiment stands; `stage` is one of prepare, kill, settle, check."""

    stage: str
    kills: int
    of: int


class Report(Struct, frozen=True):
    """`folder` is where the evidence is kept; None where it was cleaned up."""

    verdict: Verdict
    folder: Path | None
    history: Path | None


Tell = Callable[[Progress], None]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C: nothing was judged, and nothing runs any more. `folder` as in Report."""

    def __init__(self, kills: int, folder: Path | None) -> None:
        super().__init__(kills, folder)
        self.kills = kills
        self.folder = folder


def run_experiment(settings: Settings, tell: Tell) -> Report:
    """Raises ConfigError, CannotRun, StorageError, Interrupted. Called in the main thread."""
    settings.validate()
    with experiment_folder(settings.folder) as folder:
        experiment = Experiment(settings, folder / "data", tell)
        try:
            _run(experiment)
            tell(Progress("check", settings.kills, settings.kills))
            verdict = judge(experiment.history, settings.restart_limit_s)
        except KeyboardInterrupt as cut_short:
            if not settings.keep:
                clean_up(folder)
            kept = folder if settings.keep else None
            raise Interrupted(experiment.history.kills, kept) from cut_short
        if verdict.held and not settings.keep:
            clean_up(folder)
            return Report(verdict, None, None)
        path = write_history(folder, settings, experiment.history, verdict)
        return Report(verdict, folder, path)


def _run(experiment: Experiment) -> None:
    """The run's own refusals come out of its nurseries in groups: each is raised as what it is. So
    does a Ctrl-C that came before the run could wait for it."""
    try:
        trio.run(experiment.run)
    except BaseExceptionGroup as failed:
        if failed.subgroup(KeyboardInterrupt) is not None:
            raise KeyboardInterrupt from failed
        refused, rest = failed.split((CannotRun, StorageError))
        if rest is not None or refused is None:
            raise
        raise _first(refused) from failed


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


class Experiment:
    """One run. Every attribute is written by the task in `run`; the history by all tasks."""

    def __init__(self, settings: Settings, data: Path, tell: Tell) -> None:
        self._settings = settings
        self._data = data
        self._tell = tell
        # One source of chance a concern, so that none disturbs another.
        self._chance = random.Random(f"{settings.seed} run")
        self.history = History()
        self._target = Target(self.history)
        self._gate = Gate()
        self._folder = DataFolder(data)
        # Written by the task that waits for Ctrl-C.
        self._interrupted = False

    async def run(self) -> None:
        """Raises CannotRun where not even the first start works, StorageError; KeyboardInterrupt
        at a Ctrl-C, once all that was begun has ended."""
        with trio.open_signal_receiver(signal.SIGINT) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._end_at, signals, nursery.cancel_scope)
                await nursery.start(self._target.run)
                await self._whole()
                nursery.cancel_scope.cancel()
        if self._interrupted:
            raise KeyboardInterrupt

    async def _end_at(self, signals: AsyncIterator[int], all_of_it: trio.CancelScope) -> None:
        async for _ in signals:
            self._interrupted = True
            all_of_it.cancel()

    async def _whole(self) -> None:
        self._say("prepare", 0)
        desks = await self._prepare()
        idle = {desk: self._folder.desk_bytes(desks.key(desk)) for desk in desks.idle}
        with suppress(_Ended):
            if await self._live_and_die(desks):
                await self._read_in_the_end(desks)
        self.history.observed += aftermath.changed_idle(idle, self._folder, desks)

    async def _live_and_die(self, desks: Desks) -> bool:
        """All lives under load. False: the server does not come back."""
        async with trio.open_nursery() as clients:
            self._start_clients(desks, clients)
            try:
                await self._kill_again_and_again(desks)
            except _Ended:  # caught within the nursery, which would make a group of it
                return False
            finally:
                clients.cancel_scope.cancel()
        return True

    async def _prepare(self) -> Desks:
        settings = self._settings
        rng = random.Random(f"{settings.seed} desks")
        used = min(settings.desks, settings.clients * _DESKS_A_CLIENT)
        return await prepare(self._data, settings.desks, used, rng, self._target, self.history)

    def _start_clients(self, desks: Desks, clients: trio.Nursery) -> None:
        board, work = Board(), Work(self._target, self.history)
        for number in range(self._settings.clients):
            rng = random.Random(f"{self._settings.seed} client {number}")
            # Its own desks, mostly, and the one that all share.
            own = [(_DESKS_A_CLIENT * number + n) % desks.used for n in range(_DESKS_A_CLIENT)]
            mine = (*own, *own, *own, 0)
            visitor = Visitor(number, mine, work, board, desks.ids, rng, self.history)
            clients.start_soon(visitor.run, self._gate)

    # ------------------------------------------------------------------------- the kills

    async def _kill_again_and_again(self, desks: Desks) -> None:
        kills = 0
        while kills < self._settings.kills:
            self._say("kill", kills)
            chance = self._chance.random()
            last = kills == self._settings.kills - 1
            first = not self.history.lives
            if chance < _WHILE_STARTING and not first and not last:
                kills += await self._die_while_starting()
            elif chance > 1 - _BY_SIGTERM:
                await self._live(desks, by_kill=False)
            else:
                kills += await self._live(desks, by_kill=True)

    async def _die_while_starting(self) -> int:
        server = await self._started()
        try:
            await trio.sleep(self._chance.uniform(*_STARTING_S))
            await self._kill(server, None)
        finally:
            with trio.move_on_after(_ABANDON_S, shield=True):
                await server.abandon()
        return 1

    async def _live(self, desks: Desks, *, by_kill: bool) -> int:
        """One life under load."""
        server = await self._started()
        try:
            place, ready = await self._wait_ready(server, desks)
            enough = self._gate.expect(
                self._chance.randint(1, _ACTS_A_CLIENT * self._settings.clients)
            )
            self._gate.open(place)
            await trio.sleep(self._chance.uniform(*self._settings.load_s))
            with trio.move_on_after(_LOAD_MAX_S):
                await enough.wait()
            if not self._gate.done:
                # A server that nobody used loses nothing: such lives would prove nothing.
                self._observe("stuck", f"no client did anything in life {place.life}")
            if by_kill:
                await self._kill(server, ready)
            else:
                await self._stop(server, ready)
        finally:
            self._gate.shut()
            with trio.move_on_after(_ABANDON_S, shield=True):
                await server.abandon()
        return 1

    async def _started(self) -> Server:
        target = f"127.0.0.1:{self._target.port}"
        options = ["--port", "0", "--sample-site", "off", "--allow-target", target]
        # What is tested is the disk, and not the rate that one client is held to.
        options += ["--desk-rate-per-s", "0", "--new-desk-rate-per-s", "0"]
        return await Server.started(self._data, options)

    async def _wait_ready(self, server: Server, desks: Desks) -> tuple[Place, float]:
        """Until a desk answers. A server that does not come back ends the experiment."""
        try:
            place = Place(len(self.history.lives), await server.wait_url())
        except CannotRun as error:
            if not self.history.lives:
                raise
            self._observe("stuck", f"life {len(self.history.lives)}: {error}")
            raise _Ended from error
        desk = self._chance.randrange(desks.used)
        caller = Caller(_OWN, place, desks.ids, self.history)
        try:
            call = await caller.ask(Request(desk=desk, action="snapshot"))
        finally:
            await caller.aclose()
        if call.result != "acked":
            self._observe("stuck", f"desk {desk} does not answer after a restart: {call.code}")
        return place, trio.current_time()

    async def _kill(self, server: Server, ready: float | None) -> None:
        if not server.alive:
            self._observe("stuck", f"the server of life {len(self.history.lives)} died by itself")
        self._gate.shut()
        gone = await server.kill()
        await self._lived(server, "kill", ready)
        if not gone:
            self._observe("workers", f"workers outlived life {len(self.history.lives) - 1}")

    async def _stop(self, server: Server, ready: float | None) -> None:
        code = await server.stop()
        await self._lived(server, "term", ready)
        if code != 0:
            number = len(self.history.lives) - 1
            self._observe("stuck", f"life {number} ended with code {code} after SIGTERM")

    async def _lived(
        self, server: Server, how: Literal["kill", "term"], ready: float | None
    ) -> None:
        """The process is gone, and nothing of it is under way any more."""
        number = len(self.history.lives)
        self.history.lives.append(Life(number, server.began, server.ended, how, ready))
        await self._target.catch_up()
        self._target.life = number + 1

    # --------------------------------------------------------------------------- the end

    async def _read_in_the_end(self, desks: Desks) -> None:
        self._say("settle", self._settings.kills)
        server = await self._started()
        try:
            try:
                place = Place(len(self.history.lives), await server.wait_url())
            except CannotRun as error:
                self._observe("stuck", str(error))
                raise _Ended from error
            await aftermath.wait_settled(self._folder, desks, self.history)
            caller = Caller(_READER, place, desks.ids, self.history)
            try:
                finals = await aftermath.read_all(caller, desks, self.history)
            finally:
                await caller.aclose()
            await self._stop(server, None)
        finally:
            with trio.move_on_after(_ABANDON_S, shield=True):
                await server.abandon()
        self.history.truths += aftermath.truths(finals, self._folder, desks)

    def _observe(self, kind: str, what: str) -> None:
        self.history.observed.append(Violation(kind, what))

    def _say(self, stage: str, kills: int) -> None:
        self._tell(Progress(stage, kills, self._settings.kills))


class _Ended(Exception):
    """The server does not come back: what was seen until then is judged."""
