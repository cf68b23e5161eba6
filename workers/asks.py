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


class _Asked:
    """`answer` is written by `Asks.answer`, `is_heard` by whoever waits for it."""

    __slots__ = ("ahead", "answer", "event", "is_heard", "number")

    def __init__(self, number: int, *, ahead: bool) -> None:
        self.number = number
        self.ahead = ahead
        self.event = trio.Event()
        self.answer: ItemAnswer | None = None
        self.is_heard = False


class Asks:
    """Numbers are given once in the job's stay here, so that no answer is taken for another's."""

    def __init__(self, job: int, outgoing: Outgoing) -> None:
        self._job = job
        self._outgoing = outgoing
        # By index, what each item has asked last and was not told yet, or has not heard; and how
        # many there have been. Written by `_put` and `_heard`, on behalf of the items, and `over`.
        self._asked: dict[int, _Asked] = {}
        self._count = 0
        # The items that may ask ahead, by the number of the answer that says so. Written by
        # `answer`, `_put` and `over`.
        self._free: dict[int, int] = {}
        # Those that do not once, all the same. Written by `bind`, `_put` and `over`.
        self._bound: set[int] = set()

    async def reserve(self, index: int, most: Spend, so_far: Spend) -> None:
        """See ItemContext.reserve. Who may does not wait, but for the answer before."""
        if (before := self._asked.get(index)) is not None:
            await self._heard(index, before)
        if index in self._free and index not in self._bound:
            self._put(index, so_far, most, ahead=True)
            await trio.lowlevel.checkpoint_if_cancelled()
            return
        answer = await self._heard(index, self._put(index, so_far, most))
        if answer.unkept is not None:
            raise NotKept(answer.unkept)
        if answer.put_off:
            raise PutOff("the job is being paused")
        if answer.refused is not None:
            raise SpendRefused(answer.refused)

    async def settle(self, index: int, so_far: Spend) -> None:
        """See ItemContext.settle."""
        answer = await self._heard(index, self._put(index, so_far, None))
        if answer.unkept is not None:
            raise NotKept(answer.unkept)

    def answer(self, answers: Iterable[ItemAnswer]) -> None:
        """The desk has answered, or takes back that an item may ask ahead. Who asked may be gone,
        or have asked something else since."""
        for answer in answers:
            asked = self._asked.get(answer.index)
            if asked is not None and asked.number == answer.number:
                asked.answer = answer
                asked.event.set()
                if answer.ahead:
                    self._free[answer.index] = answer.number
            if self._free.get(answer.index) == answer.number and not answer.ahead:
                del self._free[answer.index]

    def bind(self, index: int) -> None:
        """The item does not ask ahead the next time."""
        self._bound.add(index)

    def over(self, index: int) -> None:
        """The item is not here any more."""
        self._asked.pop(index, None)
        self._free.pop(index, None)
        self._bound.discard(index)

    def _put(self, index: int, so_far: Spend, most: Spend | None, *, ahead: bool = False) -> _Asked:
        if (before := self._asked.get(index)) is not None and before.is_heard:
            raise trio.BusyResourceError(f"item {index} asks one thing at a time")
        self._count += 1
        self._free.pop(index, None)
        self._bound.discard(index)
        asked = self._asked[index] = _Asked(self._count, ahead=ahead)
        asks = ItemAsks(index=index, number=self._count, so_far=so_far, most=most, ahead=ahead)
        self._outgoing.ask(Ask(self._job, asks))
        return asked

    async def _heard(self, index: int, asked: _Asked) -> ItemAnswer:
        if asked.is_heard:
            raise trio.BusyResourceError(f"item {index} asks one thing at a time")
        asked.is_heard = True
        try:
            await asked.event.wait()
        finally:
            asked.is_heard = False
            # Who is cancelled has asked for nothing; but a call that was made is to be answered.
            is_over = asked.event.is_set() or not asked.ahead
            if is_over and self._asked.get(index) is asked:
                del self._asked[index]
        assert asked.answer is not None  # set before the event
        return asked.answer
