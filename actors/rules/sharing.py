"""Who gets the free slots of a pool next: fair over desks, whatever the size of their batches.

Pure and incremental; owned by one pool (`workers.pool`), which tells it what each running job could
lease now and asks it whom to grant the slots that are free. Slots go round robin over the desks
that want any; within a desk to its jobs of the highest priority, round robin over those. So a desk
with 50,000 items delays another desk's first item by at most one item per slot.

The cost of `grant` grows with the desks and jobs that receive something, never with those attached.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice

from msgspec import Struct


class Wish(Struct):
    """What one job could lease now; `count` is at least 1 for as long as the wish stands."""

    desk: str
    job: str
    priority: int
    count: int


class DeskWishes:
    """The wishes of one desk: a ring of jobs for each priority."""

    def __init__(self) -> None:
        # Written through the methods below, by the task that owns the Sharing.
        self._rings: dict[int, OrderedDict[str, Wish]] = {}

    def __bool__(self) -> bool:
        return bool(self._rings)

    def add(self, wish: Wish) -> None:
        self._rings.setdefault(wish.priority, OrderedDict())[wish.job] = wish

    def discard(self, wish: Wish) -> None:
        ring = self._rings[wish.priority]
        del ring[wish.job]
        if not ring:
            del self._rings[wish.priority]

    def take(self, slots: int) -> list[tuple[Wish, int]]:
        """Share up to `slots` over the jobs of the highest priority, then of the next, and so on.

        Wishes that are fulfilled are taken out of their ring; a wish may be listed twice.
        """
        taken: list[tuple[Wish, int]] = []
        while slots and self._rings:
            ring = self._rings[max(self._rings)]
            share = max(1, slots // len(ring))
            for wish in list(islice(ring.values(), slots)):
                given = min(share, wish.count, slots)
                wish.count -= given
                slots -= given
                taken.append((wish, given))
                if wish.count:
                    ring.move_to_end(wish.job)
                else:
                    self.discard(wish)
        return taken


class Sharing:
    """The wishes of all running jobs of one pool. Not for concurrent use: one task owns it."""

    def __init__(self) -> None:
        # Both are written by the owning task, through the methods below.
        self._wishes: dict[str, Wish] = {}
        self._turns: OrderedDict[str, DeskWishes] = OrderedDict()

    @property
    def wanted(self) -> int:
        """How many slots all of them want that they have not."""
        return sum(wish.count for wish in self._wishes.values())

    def set_want(self, desk: str, job: str, priority: int, count: int) -> None:
        """Say how many items the job could lease now beyond those granted; 0 withdraws.

        A job that keeps wanting keeps its turn. `job` is unique over all desks.
        """
        standing = self._wishes.get(job)
        if standing is not None and count > 0 and standing.priority == priority:
            standing.count = count
            return
        self.remove(desk, job)
        if count > 0:
            wish = Wish(desk, job, priority, count)
            self._wishes[job] = wish
            self._turns.setdefault(desk, DeskWishes()).add(wish)

    def remove(self, desk: str, job: str) -> None:
        """Forget the job's wish. Unknown jobs are fine: a fulfilled wish is already forgotten."""
        wish = self._wishes.pop(job, None)
        if wish is None:
            return
        wishes = self._turns[desk]
        wishes.discard(wish)
        if not wishes:
            del self._turns[desk]

    def grant(self, free: int) -> list[tuple[str, int]]:
        """Share out up to `free` slots: (job, slots), every job at most once.

        What is granted is taken off the job's wish.
        """
        granted: dict[str, int] = {}
        while free > 0 and self._turns:
            share = max(1, free // len(self._turns))
            for desk in list(islice(self._turns, free)):
                free -= self._grant_desk(desk, min(share, free), granted)
        return list(granted.items())

    def _grant_desk(self, desk: str, share: int, granted: dict[str, int]) -> int:
        wishes = self._turns[desk]
        total = 0
        for wish, given in wishes.take(share):
            granted[wish.job] = granted.get(wish.job, 0) + given
            total += given
            if not wish.count:
                self._wishes.pop(wish.job, None)
        if wishes:
            self._turns.move_to_end(desk)
        else:
            del self._turns[desk]
        return total
