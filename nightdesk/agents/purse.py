"""The money of a whole batch: set aside before each call, so tasks side by side keep to one budget.

One for a batch, shared by the books of its tasks (`nightdesk.agents.journal`); every change is one
step. Who finds no room only because others have set theirs aside waits until they have settled.
"""

from __future__ import annotations

import trio

from executors.agent.ports import SpendRefused
from state.spending import NO_CAP, NO_SPEND, Spend, SpendCap, usd_text


class Purse:
    """What each task has spent and has set aside, by its index."""

    def __init__(self, cap: SpendCap = NO_CAP) -> None:
        self._cap = cap
        # All are written by `settle`, and the last two by `reserve` too: what each has spent, all
        # of that, what is set aside for calls that are being made, and all of that.
        self._spent: dict[int, Spend] = {}
        self._total = NO_SPEND
        self._aside: dict[int, Spend] = {}
        self._total_aside = NO_SPEND
        # Those who wait for room; woken whenever something is free again.
        self._waiting = trio.lowlevel.ParkingLot()

    async def reserve(self, index: int, most: Spend, so_far: Spend) -> None:
        """Raises SpendRefused where the budget leaves no room for it, whatever others' calls come
        to."""
        self.settle(index, so_far)
        while True:
            self._check(most)
            if self._objection(self._total.plus(self._total_aside), most) is None:
                break
            await self._waiting.park()
        self._aside[index] = most
        self._total_aside = self._total_aside.plus(most)

    def settle(self, index: int, so_far: Spend) -> None:
        """A call has ended: what it cost is in `so_far`, what was set aside for it is free."""
        self._total = self._total.minus(self._spent.get(index, NO_SPEND)).plus(so_far)
        self._spent[index] = so_far
        self._total_aside = self._total_aside.minus(self._aside.pop(index, NO_SPEND))
        self._waiting.unpark_all()

    def drop(self, index: int) -> None:
        """The task makes no call any more; what it has spent is spent."""
        self.settle(index, self._spent.get(index, NO_SPEND))

    def _check(self, most: Spend) -> None:
        objection = self._objection(self._total, most)
        if objection is not None:
            raise SpendRefused(objection)

    def _objection(self, spent: Spend, most: Spend) -> str | None:
        """Why there is no room for that much more, if so much is spent."""
        tokens, dollars = self._cap.tokens, self._cap.picousd
        if tokens is not None and spent.tokens + most.tokens > tokens:
            left = max(0, tokens - spent.tokens)
            return (
                f"the batch's budget of {tokens:,} tokens leaves {left:,}, and the next call may "
                f"take {most.tokens:,} (--budget-tokens)"
            )
        if dollars is not None and spent.picousd + most.picousd > dollars:
            left = max(0, dollars - spent.picousd)
            return (
                f"the batch's budget of ${usd_text(dollars)} leaves ${usd_text(left)}, and the "
                f"next call may cost ${usd_text(most.picousd)} (--budget-usd)"
            )
        return None
