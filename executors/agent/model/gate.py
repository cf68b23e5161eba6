"""How many calls an endpoint gets at once from a worker, and whose is next: round robin over jobs.

`Rota` decides and awaits nothing; `Gate` waits. One a worker and endpoint, shared by its jobs; used
by `executors.agent.model.client`. Behind them stands a `Turnstile`, for what comes back together.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class Rota(Generic[T]):
    """Who waits, who may go. `who` are jobs, which take turns however much each of them wants; what
    waits are tickets. Written by its one user, which tells it the time."""

    def __init__(self, at_once: int) -> None:
        if at_once < 1:
            raise ValueError(f"{at_once} calls at once are none")
        self._free = at_once
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._not_before = -math.inf

    @property
    def not_before(self) -> float:
        """Until when nobody goes."""
        return self._not_before

    def join(self, who: str, ticket: T) -> None:
        self._waiting.setdefault(who, deque()).append(ticket)

    def give_up(self, who: str, ticket: T) -> None:
        """It waits no more. It must not have been let go."""
        mine = self._waiting[who]
        mine.remove(ticket)
        if not mine:
            del self._waiting[who]

    def end(self) -> None:
        """One of those that were let go is through."""
        self._free += 1

    def hold(self, until: float) -> None:
        """Nobody goes before that time: the endpoint has asked for it."""
        self._not_before = max(self._not_before, until)

    def go(self, now: float) -> Iterator[T]:
        """Those that go now, in their order."""
        while self._free and self._waiting and now >= self._not_before:
            who, mine = self._waiting.popitem(last=False)
            ticket = mine.popleft()
            if mine:
                self._waiting[who] = mine
            self._free -= 1
            yield ticket


class Gate:
    """`async with gate.turn(job):` around each try of a call."""

    def __init__(self, at_once: int) -> None:
        self._rota: Rota[trio.Event] = Rota(at_once)
        # Of those that wait, when they are to look again. Each is added and removed by its task;
        # `hold` moves their deadlines.
        self._alarms: set[trio.CancelScope] = set()

    def turn(self, who: str) -> Turn:
        """Waits for a place, and for the time before which the endpoint wants to hear nothing."""
        return Turn(self, who)

    async def enter(self, who: str) -> None:
        """See `turn`. Who has entered must leave."""
        ticket = trio.Event()
        self._rota.join(who, ticket)
        try:
            await self._wait(ticket)
        except BaseException:
            if ticket.is_set():
                self.leave()
            else:
                self._rota.give_up(who, ticket)
            raise

    def leave(self) -> None:
        """The place is free for the next."""
        self._rota.end()
        self._let_go()

    def hold(self, seconds: float) -> None:
        """No call is begun for so long; those in flight go on."""
        self._rota.hold(trio.current_time() + seconds)
        for alarm in self._alarms:
            alarm.deadline = self._rota.not_before

    async def _wait(self, ticket: trio.Event) -> None:
        while True:
            self._let_go()
            if ticket.is_set():
                return
            # Who waits for a place is let go by whoever leaves one, and for a time by the clock.
            is_held = self._rota.not_before > trio.current_time()
            with trio.move_on_at(self._rota.not_before if is_held else math.inf) as alarm:
                self._alarms.add(alarm)
                try:
                    await ticket.wait()
                finally:
                    self._alarms.discard(alarm)

    def _let_go(self) -> None:
        for ticket in self._rota.go(trio.current_time()):
            ticket.set()


class Turnstile:
    """Lets those that come together through one after the other, one a turn of the loop.

    Fifty replies at once would be read, recorded and asked about as one, and their next calls would
    come back as one: each waits for the work on all, call after call. Apart, the first is at the
    desk and on its way again while the others are read, and from then on they come apart.
    """

    def __init__(self) -> None:
        # Both are written by `go_through`.
        self._is_taken = False
        self._waiting = trio.lowlevel.ParkingLot()

    async def go_through(self) -> None:
        """Takes a turn of the loop, or as many as there are before it."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._is_taken:
            await self._waiting.park()
        else:
            self._is_taken = True
            # Those who have come with it find it taken, and wait.
            await trio.lowlevel.cancel_shielded_checkpoint()
        # Whoever is let go here has its turn in the next one of the loop.
        if not self._waiting.unpark():
            self._is_taken = False


class Pace:
    """Lets one through every `apart_s` seconds; after a pause at once as many as would have gone
    meanwhile, up to `at_once`."""

    def __init__(self, apart_s: float, at_once: int = 1) -> None:
        self._apart_s = apart_s
        self._saved_s = apart_s * (at_once - 1)
        # When the next may go. Written by `go_through`.
        self._next = -math.inf

    async def go_through(self) -> None:
        """The place of one who gives up is lost."""
        now = trio.current_time()
        mine = max(now - self._saved_s, self._next)
        self._next = mine + self._apart_s
        if mine > now:
            await trio.sleep_until(mine)
        else:
            await trio.lowlevel.checkpoint_if_cancelled()


class Turn:
    """One place of a gate, for as long as a block."""

    def __init__(self, gate: Gate, who: str) -> None:
        self._gate = gate
        self._who = who

    async def __aenter__(self) -> None:
        await self._gate.enter(self._who)

    async def __aexit__(self, *_: object) -> None:
        self._gate.leave()
