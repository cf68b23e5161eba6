"""The jobs that are open in one worker, and the work on their items.

`Host` takes the parent's messages; each job is a task that holds its executor open, with a slot (a
task) for every item that is leased at once. Slots are reused. Where the worker is guarded there is
one slot a job, and jobs take turns: one item, or one `open`, at a time in the whole worker. An
attempt always ends in an event: around an item stands the only `except Exception` of the workers
besides the one around a job's `open`. Used by `workers.host` in a worker process and by
`workers.inline` in a test's.
"""

from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import NoReturn, assert_never

import trio

from actors.ports import (
    Executor,
    ItemDeferred,
    ItemEnded,
    ItemLost,
    ItemResult,
    ItemRunner,
    ItemsLost,
    JobBroken,
    LeasedItem,
    PutOff,
    ToolUnavailable,
)
from state.model import EgressLists, OutcomeStatus
from workers.asks import Asks
from workers.attempt import RetryRule, clean_text, crashed, settle, stopped_by
from workers.context import ArtifactCredit, HostContext, HostTools
from workers.guard import ItemGuard, NoGuard
from workers.inputs import Assets, Inputs
from workers.outgoing import Outgoing
from workers.pace import PATIENCE_S, Pace
from workers.protocol import (
    Answers,
    AssetPart,
    Close,
    Credit,
    Drain,
    InputPart,
    KnownPace,
    Lease,
    Open,
    ParentMessage,
    Permit,
    ProtocolError,
    Recall,
    Settings,
    Watch,
)
from workers.screen import Screen
from workers.traces import trace, words
from workers.wake import Wake

CLOSE_TIMEOUT_S = 5.0


class HostKit:
    """What all jobs of a worker share. `report` gets the text of an unexpected exception."""

    def __init__(
        self,
        tools: HostTools,
        outgoing: Outgoing,
        *,
        host_backoff_max_s: float,
        report: Callable[[str], None],
        rng: random.Random | None = None,
        guard: ItemGuard | None = None,
    ) -> None:
        self.guard: ItemGuard = guard if guard is not None else NoGuard()
        # Held by the job whose turn it is; handed on in the order in which jobs ask for it.
        self.turn = trio.StrictFIFOLock() if self.guard.one_each else None
        self.tools = tools
        self.outgoing = outgoing
        self.host_backoff_max_s = host_backoff_max_s
        self.report = report
        self.pace = Pace(backoff_max_s=host_backoff_max_s)
        self.random = rng if rng is not None else random.Random()

    @asynccontextmanager
    async def opening(self, job: int) -> AsyncIterator[None]:
        """Around the opening of that job."""
        if self.turn is None:
            yield
            return
        async with self.turn:
            self.guard.opens(job)
            try:
                yield
            finally:
                self.guard.opened()


class Host:
    """Takes messages, keeps the jobs."""

    def __init__(self, kit: HostKit) -> None:
        self._kit = kit
        # By number: added by `handle` (Open), removed by the job's own task when it is closed.
        self._jobs: dict[int, HostedJob] = {}
        # Set by `handle` (Drain) or when the last job is gone after it.
        self.drained = trio.Event()
        self._draining = False

    def handle(self, message: ParentMessage, nursery: trio.Nursery) -> None:
        """Do what the parent says; the jobs' tasks run in `nursery`. Raises ProtocolError."""
        if self._draining:
            # What crossed our leaving on the wire is about jobs that are gone.
            return
        match message:
            case Lease():
                self._job(message.job).lease(message.items)
            case Open():
                job = self._jobs[message.job] = HostedJob(message, self._kit)
                nursery.start_soon(self._keep, job)
            case InputPart():
                inputs = self._job(message.job).inputs
                inputs.add(message.index, message.data, last=message.last)
            case AssetPart():
                self._job(message.job).share(message)
            case Credit():
                self._job(message.job).credit.add(message.size_bytes)
            case Answers():
                self._job(message.job).asks.answer(message.answers)
            case Permit():
                self._job(message.job).permit(message.egress)
            case Recall():
                self._job(message.job).recall()
            case Watch():
                self._job(message.job).screen.watch()
            case Close():
                self._job(message.job).close()
            case Drain():
                self._drain()
            case KnownPace():
                self._kit.pace.adopt(message, trio.current_time())
            case Settings():
                raise ProtocolError("settings come first, and once")
            case _:
                assert_never(message)

    def _job(self, ref: int) -> HostedJob:
        job = self._jobs.get(ref)
        if job is None:
            raise ProtocolError(f"the parent speaks of job {ref}, which is not open")
        return job

    async def _keep(self, job: HostedJob) -> None:
        await job.run()
        del self._jobs[job.ref]
        self._kit.outgoing.closed(job.ref, job.unfinished)
        if self._draining and not self._jobs:
            self.drained.set()

    def _drain(self) -> None:
        self._draining = True
        if not self._jobs:
            self.drained.set()
        for job in self._jobs.values():
            job.close()


class HostedJob:
    """One job: its executor, held open, and its slots. `run` is its task."""

    def __init__(self, message: Open, kit: HostKit) -> None:
        self.ref = message.job
        self.credit = ArtifactCredit()
        self.inputs = Inputs()
        self.asks = Asks(self.ref, kit.outgoing)
        self._assets = Assets(message.assets)
        self.screen = Screen(self.ref, kit.outgoing)
        self._message = message
        self._kit = kit
        # Written by `_hold` when it opens the executor; and the lists, by `permit`.
        self._tools: HostTools | None = None
        self._egress = message.egress
        self._rule = RetryRule(message.retries, kit.host_backoff_max_s)
        # Items not begun: filled by `lease`, emptied by the slots and by `recall`.
        self._queue: deque[LeasedItem] = deque()
        self._resting = trio.lowlevel.ParkingLot()
        # Slots to be made by `run`, and how many there may be beyond; written by `lease`.
        self._slots_wanted = 0
        self._slots_left = sys.maxsize if kit.turn is None else 1
        self._more_slots = Wake()
        # Items leased and not over: up in `lease`, down in `_end`.
        self.unfinished = 0
        self._closing = trio.Event()
        # Around the whole job and around its slots; cancelled by `close`.
        self._all = trio.CancelScope()
        self._slots = trio.CancelScope()
        # Written by `_hold`: from then on leaving `open` gets its time.
        self._is_open = False
        # Written by `_break`: the parent knows that nothing can be done here.
        self._is_broken = False
        # What waits here for its turn is not begun once one has failed.
        self._stops_at_failure = (
            kit.turn is not None and message.spec.get("stop_on_failure") is True
        )
        # Written by `_do`.
        self._has_failed = False

    def lease(self, items: Sequence[LeasedItem]) -> None:
        self.unfinished += len(items)
        self._kit.outgoing.begun(len(items))
        self._queue.extend(items)
        for item in items:
            self.inputs.begin(item.index)
        rested = len(self._resting)
        self._resting.unpark(count=len(items))
        if new := min(max(0, len(items) - rested), self._slots_left):
            self._slots_left -= new
            self._slots_wanted += new
            self._more_slots.set()
        if self._has_failed:
            # Sent before the failure was heard of.
            self.recall()

    def recall(self) -> None:
        """What is not begun goes back as it came."""
        items, self._queue = self._queue, deque()
        for item in items:
            back = ItemDeferred(index=item.index, attempts=item.attempts, delay_s=0.0)
            self._over(item.index, back)

    def share(self, part: AssetPart) -> None:
        """A piece of a file that all items share. Raises ProtocolError."""
        try:
            self._assets.add(part.name, part.data, last=part.last)
        except LookupError:
            raise ProtocolError(f"job {self.ref} was opened without a file {part.name!r}") from None

    def permit(self, egress: EgressLists) -> None:
        """The desk has new lists of domains. They have been read before they came here."""
        self._egress = egress
        if self._tools is not None:
            self._tools.permit(egress)

    def close(self) -> None:
        """Stop the items at once and leave the executor, which has a few seconds for that."""
        self._closing.set()
        self._slots.cancel()
        if self._is_open:
            self._all.deadline = trio.current_time() + CLOSE_TIMEOUT_S
        else:
            self._all.cancel()

    async def run(self) -> None:
        """Until it is closed. A job that breaks says so, and waits for that too."""
        try:
            with self._all:
                await self._hold()
        except Exception as error:  # noqa: BLE001  an executor that cannot open is an event
            self._kit.report(trace(error))
            if not self._closing.is_set():
                why = self._kit.guard.limit_behind(error) or words(error)
                self._kit.outgoing.tell(self.ref, JobBroken(clean_text(why)))
        # Closed while it was opening, it is cancelled at once, which says nothing of its leaving.
        if self._all.cancelled_caught and trio.current_time() >= self._all.deadline:
            self._kit.report(f"job {self.ref} was not left within {CLOSE_TIMEOUT_S:g} s\n")
        await self._closing.wait()
        self.screen.close()

    async def _hold(self) -> None:
        self._tools = tools = self._kit.tools.for_job(
            self._egress, self.screen, self._assets, self._message.run
        )
        await self._assets.wait_whole()
        async with AsyncExitStack() as held:
            async with self._kit.opening(self.ref):
                executor = load_executor(self._message.runner)
                runner = await held.enter_async_context(executor.open(self._message.spec, tools))
            self._is_open = True
            with self._slots:
                async with trio.open_nursery() as nursery:
                    while True:
                        await self._more_slots.wait()
                        wanted, self._slots_wanted = self._slots_wanted, 0
                        for _ in range(wanted):
                            nursery.start_soon(self._slot, runner)

    async def _slot(self, runner: ItemRunner) -> None:
        """Items, one after the other, for as long as the job is open."""
        turn = self._kit.turn
        while True:
            while not self._queue:
                await self._resting.park()
            try:
                if turn is None:
                    await self._do(runner, self._queue.popleft())
                else:
                    async with turn:
                        # Recalled, there is nothing left to do when it is our turn.
                        if self._queue:
                            await self._do(runner, self._queue.popleft())
            except ToolUnavailable as error:
                await self._break(error)

    async def _do(self, runner: ItemRunner, item: LeasedItem) -> None:
        self.screen.begin(item.index)
        event: ItemEnded | ItemDeferred | ItemsLost
        try:
            event = await self._attempt(runner, item)
        except ItemLost as lost:
            event = ItemsLost((item.index,), clean_text(str(lost)))
        self.screen.end(item.index)
        self._over(item.index, event)
        failed = isinstance(event, ItemEnded) and event.status is OutcomeStatus.FAILED
        if failed and self._stops_at_failure:
            self._has_failed = True
            self.recall()

    def _over(self, index: int, event: ItemEnded | ItemDeferred | ItemsLost) -> None:
        """The item is not here any more."""
        self.unfinished -= 1
        self.inputs.end(index)
        self.asks.over(index)
        self._kit.outgoing.ended(self.ref, event)

    async def _break(self, error: ToolUnavailable) -> NoReturn:
        """No item of this job can be done here: say so once, and wait to be closed with what is
        not done."""
        if not self._is_broken:
            self._is_broken = True
            self._kit.outgoing.tell(self.ref, JobBroken(clean_text(words(error))))
        await trio.sleep_forever()
        raise AssertionError("sleep_forever returned")

    async def _attempt(self, runner: ItemRunner, item: LeasedItem) -> ItemEnded | ItemDeferred:
        pace = self._kit.pace
        wait_s = pace.admit(item.key, trio.current_time())
        if wait_s > PATIENCE_S:
            return ItemDeferred(
                index=item.index, attempts=item.attempts, delay_s=wait_s, hold_key=True
            )
        if wait_s:
            await trio.sleep(wait_s)
        started_at = trio.current_time()
        result = await self._result(runner, item)
        now = trio.current_time()
        if (learned := pace.observe(item.key, started_at, now, result)) is not None:
            self._kit.outgoing.learned(learned)
        return self._settle(item, result, (now - started_at) * 1000.0)

    async def _result(self, runner: ItemRunner, item: LeasedItem) -> ItemResult:
        guard = self._kit.guard
        guard.begin(self.ref, item.index)
        try:
            return await self._tried(runner, item)
        finally:
            # Behind the handling of whatever the item raised, which holds on to what it had open.
            guard.end()

    async def _tried(self, runner: ItemRunner, item: LeasedItem) -> ItemResult:
        kit = self._kit
        given = (kit.outgoing, self.credit, self.inputs, self.asks)
        context = HostContext(self.ref, item.index, *given)
        try:
            return await runner.run_item(item, context)
        except (ItemLost, ToolUnavailable):
            # Not how the item ends: `_slot` tells the parent.
            raise
        except PutOff:
            return ItemResult(status=OutcomeStatus.FAILED, result={}, wait_s=0.0)
        except Exception as error:  # noqa: BLE001  an unknown exception is an outcome too
            if (limit := kit.guard.limit_behind(error)) is not None:
                return stopped_by(limit)
            kit.report(trace(error))
            context.log("error", words(error))
            return crashed(error)

    def _settle(
        self, item: LeasedItem, result: ItemResult, duration_ms: float
    ) -> ItemEnded | ItemDeferred:
        jitter = self._kit.random.random()
        try:
            return settle(item, result, self._rule, duration_ms=duration_ms, jitter=jitter)
        except (TypeError, ValueError) as error:
            # The executor's result holds what JSON does not have: a bug of it, told as such.
            self._kit.report(trace(error))
            result = crashed(error)
            return settle(item, result, self._rule, duration_ms=duration_ms, jitter=jitter)


def load_executor(runner: str) -> Executor:
    """The executor behind "package.module:Class". Raises ImportError or AttributeError."""
    module, _, name = runner.partition(":")
    executor: Executor = getattr(import_module(module), name)()
    return executor
