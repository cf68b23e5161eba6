"""Works on a batch: one task after the other, or some at once; what each came to is on disk before
it is told.

Called by `nightdesk.agents.running` within Trio. Models and folders come from `Workshop`; this
module knows neither the network nor the terminal.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import trio
from msgspec import Struct

from executors.agent.engine import settings
from executors.agent.engine.kit import Kit
from executors.agent.engine.news import News
from executors.agent.engine.records import TranscriptBroken
from executors.agent.engine.replay import broken_off
from executors.agent.engine.results import TaskResult
from executors.agent.engine.task import run_task
from executors.agent.ports import Book, EndpointAway, KeyRefused, ModelUnknown
from nightdesk.agents.events import (
    BatchBegan,
    Event,
    Resting,
    TaskBegan,
    TaskEnded,
    TaskNews,
)
from nightdesk.agents.journal import Ended, Journal, digest_of
from nightdesk.agents.purse import Purse
from nightdesk.agents.task_file import Task
from nightdesk.agents.turns import Turns
from state.spending import Spend

# So many tasks, one after the other, that found their endpoint away, and no other will find it.
AWAY_MAX = 5
# What befalls every task alike: an answer that cannot be kept would be paid for in vain.
_NO_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


class Workshop(Protocol):
    """Makes what a task is worked on with."""

    def kit(
        self, folder: Path, keep: Path, book: Book, tell: Callable[[News], None]
    ) -> AbstractAsyncContextManager[Kit]:
        """For as long as the task is worked on; `keep` is a place of its own outside of the
        folder, the same for each run of the task. Raises OSError."""


class Batch(Struct, frozen=True, kw_only=True):
    """What is to be done. `concurrent` None: one after the other. With `retry`, what an earlier run
    has ended undone is taken up again."""

    tasks: Sequence[Task]
    folders: Mapping[int, Path]
    limits: settings.Limits
    concurrent: int | None = None
    rest_s: float = 0.0
    retry: bool = False


class Outcome(Struct, frozen=True, kw_only=True):
    """`ended` in the order in which they did; tasks that are missing there were not run to their
    end. `unfinished` are the spends by model of those of them that have made calls. `stopped` is
    why no more were begun, empty where nothing stopped it."""

    ended: Sequence[Ended]
    unfinished: Sequence[Mapping[str, Spend]] = ()
    duration_s: float
    stopped: str = ""
    interrupted: bool = False


class Foreman:
    """One run of a batch."""

    def __init__(
        self,
        batch: Batch,
        journal: Journal,
        purse: Purse,
        tell: Callable[[Event], None],
    ) -> None:
        self._batch = batch
        self._journal = journal
        self._purse = purse
        self._tell = tell
        self._total = len(batch.tasks)
        # Written by the tasks, one step each, and by `remember`.
        self._ended: list[Ended] = []
        # What is left to be done. Written by `remember`.
        self._todo: Sequence[Task] = batch.tasks
        # Written by the first task that finds out that none can do better.
        self._stopped = ""
        # Tasks whose endpoint was away since one found it. Written as the tasks end.
        self._away = 0
        # Those that had ended in an earlier run, and go on. Written by `remember`.
        self._taken_up: set[int] = set()
        self._ending = trio.Lock()
        # Those who wait for a folder to be free. Woken as tasks end.
        self._waiting = trio.lowlevel.ParkingLot()

    def remember(self) -> None:
        """Take over what an earlier run has done; to be called once, before `run`. Raises OSError
        and TranscriptBroken where its journal cannot be read."""
        current = {task.index: task for task in self._batch.tasks}
        for ended in self._journal.ended():
            task = current.get(ended.index)
            if task is None or digest_of(task) != ended.digest or ended.again:
                continue
            if self._goes_on(task, ended):
                self._taken_up.add(ended.index)
            else:
                self._ended.append(ended)
                self._purse.settle(task.index, ended.result.spend)
        over = {ended.index for ended in self._ended}
        self._todo = [task for task in self._batch.tasks if task.index not in over]
        for task in self._todo:
            self._purse.settle(task.index, self._journal.spent(task))

    def _goes_on(self, task: Task, ended: Ended) -> bool:
        """Whether a task that has ended undone is to go on: where a budget ended it, there may be
        another by now; and where another run of it had been begun, it was not ended."""
        result = ended.result
        if result.status == "completed":
            return False
        if self._batch.retry or result.stop == "budget":
            return True
        return self._journal.spent(task).calls > result.spend.calls

    async def run(self, workshop: Workshop, scope: trio.CancelScope) -> Outcome:
        """Until all tasks have ended, or `scope` is cancelled from elsewhere."""
        began = trio.current_time()
        self._tell(BatchBegan(self._total, self._batch.concurrent, len(self._ended)))
        turns = Turns(self._todo, self._batch.folders)
        with scope:
            async with trio.open_nursery() as nursery:
                for _ in range(min(len(self._todo), self._batch.concurrent or 1)):
                    nursery.start_soon(self._work, workshop, turns, nursery.cancel_scope)
        return Outcome(
            ended=tuple(self._ended),
            unfinished=await trio.to_thread.run_sync(self._unfinished),
            duration_s=trio.current_time() - began,
            stopped=self._stopped,
            interrupted=scope.cancel_called and len(self._ended) < self._total,
        )

    def _unfinished(self) -> Sequence[Mapping[str, Spend]]:
        """What their transcripts say; of one that cannot be read, nothing."""
        over = {ended.index for ended in self._ended}
        found = []
        for task in self._todo:
            if task.index not in over:
                with suppress(OSError, TranscriptBroken):
                    found.append(broken_off(self._journal.pieces(task), "").spends)
        return [spends for spends in found if spends]

    # -------------------------------------------------------------------------- the tasks

    async def _work(self, workshop: Workshop, turns: Turns, scope: trio.CancelScope) -> None:
        """One of the hands: a task after the other, with a rest between those that made calls."""
        tired = False
        while not turns.is_over and not self._stopped:
            task = turns.begin()
            if task is None:
                await self._waiting.park()
                continue
            try:
                if tired and not task.problem:
                    await self._rest()
                await self._do(workshop, task)
            finally:
                turns.end(task)
                self._waiting.unpark_all()
            tired = not task.problem
        if self._stopped:
            scope.cancel()

    async def _rest(self) -> None:
        if self._batch.rest_s > 0:
            self._tell(Resting(self._batch.rest_s))
            await trio.sleep(self._batch.rest_s)

    async def _do(self, workshop: Workshop, task: Task) -> None:
        self._tell(TaskBegan(task, self._batch.folders.get(task.index), self._total))
        began = trio.current_time()
        result, again = await self._result(workshop, task)
        await self._end(task, result, trio.current_time() - began, again=again)

    async def _result(self, workshop: Workshop, task: Task) -> tuple[TaskResult, bool]:
        """What became of it, and whether another run may do better."""
        if task.problem:
            return _failed(task.problem), False
        try:
            result = await self._worked(workshop, task)
        except (KeyRefused, ModelUnknown) as error:
            self._stopped = self._stopped or str(error)
            return self._broken_off(task, error), True
        except EndpointAway as error:
            self._away += 1
            if self._away >= AWAY_MAX:
                self._stopped = self._stopped or str(error)
            return self._broken_off(task, error), True
        except OSError as error:
            if error.errno in _NO_DISK:
                self._stopped = self._stopped or _words_of(error)
            return self._broken_off(task, error), True
        else:
            self._away = 0
            return result, False
        finally:
            self._purse.drop(task.index)

    async def _worked(self, workshop: Workshop, task: Task) -> TaskResult:
        def tell(news: News) -> None:
            self._tell(TaskNews(task, self._total, news))

        folder = self._batch.folders[task.index]
        book = self._journal.book(task, self._purse)
        async with workshop.kit(folder, self._journal.place(task), book, tell) as kit:
            # A first run that has ended is told anew, unless it is to go on.
            run = None if task.index in self._taken_up else 1
            named = settings.Task(task.dir, task.first_prompt, run=run)
            return await run_task(named, kit, self._batch.limits)

    def _broken_off(self, task: Task, error: Exception) -> TaskResult:
        """The error, with what there is of the task."""
        try:
            return broken_off(self._journal.pieces(task), _words_of(error))
        except (OSError, TranscriptBroken):
            return _failed(_words_of(error))

    async def _end(self, task: Task, result: TaskResult, duration_s: float, *, again: bool) -> None:
        ended = Ended(
            index=task.index,
            digest=digest_of(task),
            result=result,
            duration_s=round(duration_s, 3),
            timestamp=now(),
            again=again,
        )
        with trio.CancelScope(shield=True):
            # In one order on disk, in the results and on the screen.
            async with self._ending:
                try:
                    await self._journal.end(task, ended)
                except OSError as error:
                    self._stopped = self._stopped or _words_of(error)
                self._ended.append(ended)
        self._tell(TaskEnded(task, self._total, len(self._ended), ended))


def now() -> str:
    """ISO 8601 with milliseconds, UTC."""
    text = datetime.now(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _failed(error: str) -> TaskResult:
    return TaskResult(status="error", stop="error", error=error)


def _words_of(error: Exception) -> str:
    """An error of the system by its words and the file's name, without Python's."""
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    return str(error)
