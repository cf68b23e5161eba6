"""The `Workers` port without processes: every worker is a task, and executors run in it.

For tests on the virtual clock. Sharing, leases, batches, pace, retries and events are those of the
process pool (`workers.crew`, `workers.line`, `workers.hosted`); only the wire is missing. A worker
dies when an item calls `InlineTools.die` or a test calls `InlineWorkers.kill`.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import trio

from actors.ports import Attachment, ExecutorSpec, JobBrief
from workers.attachment import BrokenAttachment
from workers.context import HostHttp, HostTools
from workers.crew import Crew
from workers.guard import NoGuard
from workers.hosted import Host, HostKit
from workers.line import LineLimits, WorkerLine
from workers.logs import EventLog, NoLog
from workers.mark import NOTHING, Mark
from workers.outgoing import Outgoing
from workers.protocol import VERSION, Hello, ParentMessage
from workers.wake import Wake
from workers.watch import retire_when_old

KILLED = "killed by signal 9"


class InlineTools(HostTools):
    """The tools of a worker that is a task: an item may end it as a crash would."""

    def __init__(self, kill: Callable[[], None], http: HostHttp | None = None) -> None:
        super().__init__(http)
        self._kill = kill

    async def die(self) -> None:
        """Take the worker down; does not return."""
        self._kill()
        await trio.sleep_forever()


class InlineGuard(NoGuard):
    """One item at a time, and a mark that says which."""

    one_each = True

    def __init__(self) -> None:
        # Written by the four below, on behalf of the items, until the worker is killed: then it
        # stays as it is, as that of a process does.
        self.mark = NOTHING
        # Set by `InlineWorker.kill`.
        self.killed = False

    def opens(self, job: int) -> None:
        self.mark = Mark(job)

    def begin(self, job: int, index: int) -> None:
        self.mark = Mark(job, index)

    def end(self) -> None:
        if not self.killed:
            self.mark = NOTHING

    opened = end


class InlineWorker:
    """See `workers.line.Worker`."""

    def __init__(
        self,
        http: HostHttp | None,
        log: EventLog,
        *,
        host_backoff_max_s: float,
        max_age_s: float,
        one_each: bool,
    ) -> None:
        self._http = http
        self._guard = InlineGuard() if one_each else None
        self._max_age_s = max_age_s
        self._host_backoff_max_s = host_backoff_max_s
        self._log = log
        # Filled by `post`, emptied by `_listen`. Bounded by the slots of the pool.
        self._messages: deque[ParentMessage] = deque()
        self._posted = Wake()
        self._killed = trio.Event()

    def post(self, message: ParentMessage) -> None:
        self._messages.append(message)
        self._posted.set()

    async def wait_room(self) -> None:
        await trio.lowlevel.checkpoint()

    def at_work(self) -> Mark | None:
        return None if self._guard is None else self._guard.mark

    def kill(self) -> None:
        """As if the process got SIGKILL."""
        if self._guard is not None:
            self._guard.killed = True
        self._killed.set()

    async def run(self, line: WorkerLine) -> str:
        outgoing = Outgoing(line.receive)
        kit = HostKit(
            InlineTools(self.kill, self._http),
            outgoing,
            host_backoff_max_s=self._host_backoff_max_s,
            report=lambda text: self._log.error("executor_raised", trace=text),
            rng=random.Random(0),
            guard=self._guard,
        )
        host = Host(kit)
        line.receive(Hello(VERSION, 0))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outgoing.run)
            nursery.start_soon(self._listen, host)
            nursery.start_soon(retire_when_old, line, self._max_age_s)
            nursery.start_soon(_cancel_after, self._killed, nursery.cancel_scope)
            nursery.start_soon(_cancel_after, host.drained, nursery.cancel_scope)
        return KILLED if self._killed.is_set() else "exited with code 0"

    async def _listen(self, host: Host) -> None:
        async with trio.open_nursery() as nursery:
            while True:
                await self._posted.wait()
                while self._messages:
                    host.handle(self._messages.popleft(), nursery)


async def _cancel_after(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


class InlineWorkers:
    """`Workers` in this process, one pool for every pool name. `run` must run, as with `Pools`."""

    def __init__(
        self,
        executors: Mapping[str, ExecutorSpec],
        *,
        slots: int = 100,
        seats: int = 1,
        one_each: bool = False,
        max_items: int = 1_000_000,
        max_age_s: float = math.inf,
        http: HostHttp | None = None,
        host_backoff_max_s: float = 300.0,
        log: EventLog | None = None,
    ) -> None:
        self._executors = executors
        heard = log if log is not None else NoLog()
        self._crew = Crew(
            lambda: InlineWorker(
                http,
                heard,
                host_backoff_max_s=host_backoff_max_s,
                max_age_s=max_age_s,
                one_each=one_each,
            ),
            seats=seats,
            slots=slots,
            limits=LineLimits(max_items, max_memory_bytes=1 << 62),
            log=heard,
            one_each=one_each,
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve attachments, for ever."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._crew.run)
            task_status.started()

    @asynccontextmanager
    async def attach(self, brief: JobBrief) -> AsyncIterator[Attachment]:
        """See `actors.ports.Workers`."""
        spec = self._executors.get(brief.kind)
        if spec is None:
            yield BrokenAttachment(f"this server has no kind {brief.kind!r}")
            return
        async with self._crew.attach(brief, spec.runner) as attachment:
            yield attachment

    def kill(self) -> None:
        """Every worker that is up dies with what it holds."""
        for line in self._crew.lines:
            if isinstance(line.worker, InlineWorker):
                line.worker.kill()

    @property
    def free_slots(self) -> int:
        """Slots that nobody holds and no item uses."""
        return self._crew.free_slots
