"""What a worker has to tell, gathered into batches. Used by `workers.hosted` only.

Endings go out when enough have gathered or some time after the first: 20 ms where they come in a
rush, else 2. How many are enough grows with the items at work, so that a few items never wait for
company, and an ending after a pause never does. Lines of logs wait for company of any kind, up to
20 ms. Progress is told four times a second, only the newest of each item; but that an item waits no
more goes like an ending, as whom the death of this worker is blamed on hangs by it. A small file
waits for the ending that mostly follows it, as long as that would. A picture goes at once or not at
all. Nothing here is bounded by itself: endings are bounded by the leases, log lines by each item's
allowance, progress by the items at work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import trio

from actors.ports import ItemDeferred, ItemEnded, ItemProgress, ItemsLost, WorkerLog
from workers.protocol import (
    ArtifactPart,
    Ask,
    Closed,
    Events,
    HostEvent,
    KnownPace,
    Picture,
    ProxyNews,
    WorkerMessage,
)
from workers.wake import Wake

BATCH_DELAY_S = 0.02
QUIET_DELAY_S = 0.002
# So many a second, over the longer of the two, are a rush: then a message costs more than waiting.
RUSH_PER_S = 2_000
BATCH_MAX = 64
# What was said while nothing went out may be much more, and a message is no larger than a frame.
MESSAGE_MAX = 512
PROGRESS_INTERVAL_S = 0.25
# Files that are no larger wait for company, and no more of them together.
SMALL_BYTES = 16 * 1024
SMALL_MAX_BYTES = 64 * 1024


def enough(active: int) -> int:
    """How many events make a batch that goes at once, with that many items at work."""
    return max(1, min(BATCH_MAX, active // 4))


class Outgoing:
    """Gathers, then hands whole messages to `send`, which never waits. `has_sent` tells whether all
    of that is gone; `send_now` takes some together, for whose answer somebody waits."""

    def __init__(
        self,
        send: Callable[[WorkerMessage], None],
        has_sent: Callable[[], bool] = lambda: True,
        send_now: Callable[[Sequence[WorkerMessage]], None] | None = None,
    ) -> None:
        self._send = send
        self._has_sent = has_sent
        self._send_now = send_now or self._send_each
        # Items at work in this worker; written by `workers.hosted`, through `begun` and `ended`.
        self._active = 0
        # By job: filled by `tell` and `ended`, emptied by `_gathered`.
        self._events: dict[int, list[HostEvent]] = {}
        self._count = 0
        # Small files that precede all of them: filled by `part`, emptied by `_taken_parts`.
        self._parts: list[ArtifactPart] = []
        self._parts_bytes = 0
        # Since when so many have gone, and how long the next batch waits. Written by `_measure`.
        self._measured_at = -BATCH_DELAY_S
        self._gone = 0
        self._delay_s = QUIET_DELAY_S
        # When an item was over last. Written by `ended`.
        self._ended_at = -BATCH_DELAY_S
        self._first = Wake()
        self._enough = trio.Event()
        # Set where anything waits but lines of logs.
        self._is_pressing = trio.Event()
        # By (job, index): filled by `progress`, emptied by `ended`, `closed`, `_run_progress`.
        self._progress: dict[tuple[int, int], ItemProgress] = {}
        # By (job, index), whose waiting has been told: filled by `_run_progress`, emptied likewise.
        self._waiting: set[tuple[int, int]] = set()
        self._some_progress = Wake()

    @property
    def active(self) -> int:
        return self._active

    def begun(self, items: int) -> None:
        """So many more items are at work."""
        self._active += items

    def ended(self, job: int, event: ItemEnded | ItemDeferred | ItemsLost) -> None:
        """An item is over, or lost."""
        indexes = event.indexes if isinstance(event, ItemsLost) else (event.index,)
        self._active -= len(indexes)
        # One after a pause goes at once: the next item waits for it.
        now, before = trio.current_time(), self._ended_at
        self._ended_at = now
        is_first = now - before >= BATCH_DELAY_S
        if self._progress or self._waiting:
            for index in indexes:
                self._progress.pop((job, index), None)
                self._waiting.discard((job, index))
        self.tell(job, event)
        if is_first:
            self._enough.set()

    def tell(self, job: int, event: HostEvent) -> None:
        events = self._events.get(job)
        if events is None:
            events = self._events[job] = []
        events.append(event)
        self._count += 1
        if self._count == 1:
            self._first.set()
        if not isinstance(event, WorkerLog):
            self._is_pressing.set()
        if self._count >= enough(self._active):
            self._enough.set()

    def progress(self, job: int, progress: ItemProgress) -> None:
        key = job, progress.index
        if key in self._waiting and not progress.waits:
            self._waiting.discard(key)
            self._progress.pop(key, None)
            self.tell(job, progress)
            return
        self._progress[key] = progress
        self._some_progress.set()

    def part(self, part: ArtifactPart) -> None:
        """A piece of an artifact. What its item tells after it comes later anyway."""
        size = len(part.chunk.data)
        if not part.chunk.last or size > SMALL_BYTES:
            self._send_each(self._taken_parts())
            self._send(part)
            return
        if self._parts_bytes + size > SMALL_MAX_BYTES:
            self._send_each(self._taken_parts())
        self._parts.append(part)
        self._parts_bytes += size
        self._first.set()
        self._is_pressing.set()

    def ask(self, ask: Ask) -> None:
        """It goes at once, behind the pieces that its item has handed over: the item waits. All
        that has gathered goes along: it would soon cost a message of its own."""
        self._send_now([*self._gathered(), ask])

    def show(self, picture: Picture) -> None:
        """Left out where something is on its way still: a slow desk gets fewer pictures, and none
        of them late."""
        if self._has_sent():
            self._send(picture)

    def learned(self, pace: KnownPace) -> None:
        """A host wants another pace than before; that is rare, and belongs to no job."""
        self._send(pace)

    def fared(self, proxies: ProxyNews) -> None:
        """How proxies have fared; that belongs to no job."""
        self._send(proxies)

    def closed(self, job: int, unfinished: int) -> None:
        """The job is gone, and with it the items that had not ended."""
        self._active -= unfinished
        for key in [key for key in self._progress if key[0] == job]:
            del self._progress[key]
        self._waiting = {key for key in self._waiting if key[0] != job}
        self.flush()
        self._send(Closed(job))

    def flush(self) -> None:
        self._send_each(self._gathered())

    def _gathered(self) -> list[WorkerMessage]:
        """All that waits, as messages. It waits no more."""
        messages: list[WorkerMessage] = [*self._taken_parts()]
        if self._count:
            self._gone += self._count
            self._measure()
            batches, self._events = self._events, {}
            self._count = 0
            messages += [
                Events(job, events[start : start + MESSAGE_MAX])
                for job, events in batches.items()
                for start in range(0, len(events), MESSAGE_MAX)
            ]
        # One that is not set is waited for still.
        if self._enough.is_set():
            self._enough = trio.Event()
        if self._is_pressing.is_set():
            self._is_pressing = trio.Event()
        return messages

    def _measure(self) -> None:
        now = trio.current_time()
        since_s = now - self._measured_at
        if since_s >= BATCH_DELAY_S:
            is_rush = self._gone >= RUSH_PER_S * since_s
            self._delay_s = BATCH_DELAY_S if is_rush else QUIET_DELAY_S
            self._measured_at, self._gone = now, 0

    def _taken_parts(self) -> list[ArtifactPart]:
        parts, self._parts = self._parts, []
        self._parts_bytes = 0
        return parts

    def _send_each(self, messages: Sequence[WorkerMessage]) -> None:
        for message in messages:
            self._send(message)

    async def run(self) -> None:
        """Send batches as they are due, for ever."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._run_progress)
            while True:
                await self._first.wait()
                with trio.move_on_after(BATCH_DELAY_S):
                    await self._is_pressing.wait()
                with trio.move_on_after(self._delay_s if self._is_pressing.is_set() else 0):
                    await self._enough.wait()
                self.flush()

    async def _run_progress(self) -> None:
        while True:
            await self._some_progress.wait()
            progress, self._progress = self._progress, {}
            for (job, index), newest in progress.items():
                if newest.waits:
                    self._waiting.add((job, index))
                self.tell(job, newest)
            await trio.sleep(PROGRESS_INTERVAL_S)
