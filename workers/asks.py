"""What the items of one job have asked their desk of money, and wait to hear.

Owned by one `workers.hosted.HostedJob`; used by the contexts of its items.
"""

from __future__ import annotations

from collections.abc import Iterable

import trio

from actors.ports import ItemAnswer, ItemAsks, NotKept, PutOff, SpendRefused
from state.spending import Spend
from workers.outgoing import Outgoing
from workers.protocol import Ask


class _Waiting:
    """Written by `Asks.answer`."""

    __slots__ = ("answer", "event", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.event = trio.Event()
        self.answer: ItemAnswer | None = None


class Asks:
    """Numbers are given once in the job's stay here, so that no answer is taken for another's."""

    def __init__(self, job: int, outgoing: Outgoing) -> None:
        self._job = job
        self._outgoing = outgoing
        # By index, and how many there have been. Written by `_ask`, on behalf of the items.
        self._waiting: dict[int, _Waiting] = {}
        self._asked = 0

    async def reserve(self, index: int, most: Spend, so_far: Spend) -> None:
        """See ItemContext.reserve."""
        answer = await self._ask(index, so_far, most)
        if answer.unkept is not None:
            raise NotKept(answer.unkept)
        if answer.put_off:
            raise PutOff("the job is being paused")
        if answer.refused is not None:
            raise SpendRefused(answer.refused)

    async def settle(self, index: int, so_far: Spend) -> None:
        """See ItemContext.settle."""
        answer = await self._ask(index, so_far, None)
        if answer.unkept is not None:
            raise NotKept(answer.unkept)

    def answer(self, answers: Iterable[ItemAnswer]) -> None:
        """The desk has answered. Who asked may be gone, or have asked something else since."""
        for answer in answers:
            waiting = self._waiting.get(answer.index)
            if waiting is not None and waiting.number == answer.number:
                waiting.answer = answer
                waiting.event.set()

    async def _ask(self, index: int, so_far: Spend, most: Spend | None) -> ItemAnswer:
        if index in self._waiting:
            raise trio.BusyResourceError(f"item {index} asks one thing at a time")
        self._asked += 1
        waiting = self._waiting[index] = _Waiting(self._asked)
        asks = ItemAsks(index=index, number=waiting.number, so_far=so_far, most=most)
        try:
            self._outgoing.ask(Ask(self._job, asks))
            await waiting.event.wait()
        finally:
            del self._waiting[index]
        assert waiting.answer is not None  # set before the event
        return waiting.answer
