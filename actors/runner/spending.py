"""What the items of one running job ask of money: answered by its desk's purse, and by its disk.

Owned by the runner, whose receiving task hands it what items ask, in order with the files that they
hand over. The end of one call and the beginning of the next are one question, and its answer does
not wait for the record of the call that has ended, but for that of the one before: what an item has
handed over is synced while its next call is made, and never is more than one record of it on its
way. Who settles waits for all. Those that are on their way together share one sync.

Where no answer can be no, as the job runs, has no cap, and its disk takes what comes, items need
not wait for it: they may ask ahead (`actors.ports.spending`), and are answered when what they have
handed over is durable, which comes to the same. Whoever may is told when that is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import trio
from msgspec.structs import replace

from actors.ports import ItemAnswer, ItemAsks
from actors.purse import JobAccount
from actors.rules.queue import ItemQueue
from actors.runner.artifacts import Artifacts
from actors.runner.line import RETRY_S, DeskLine, Order
from actors.runner.spends import Spends
from actors.signal import Signal
from state.errors import StorageError
from state.spending import NO_SPEND, Spend

# Between two syncs: what comes meanwhile is taken along. With fifty items at work a sync for each
# record is a third of the work of the server.
APART_S = 0.005


class Spending:
    """`line` brings items their answers; `now` is the wall clock. While the job is being paused, no
    call is begun: an item may be at work for hours, and a user who pauses means its calls, too."""

    def __init__(
        self,
        account: JobAccount,
        spends: Spends,
        artifacts: Artifacts,
        queue: ItemQueue,
        line: DeskLine,
        now: Callable[[], float],
    ) -> None:
        self._account = account
        self._spends = spends
        self._artifacts = artifacts
        self._queue = queue
        self._answer = line.answer
        self._line = line
        self._now = now
        # The items of which something is to be synced, or being synced. Written by `take`, `over`
        # and `run`.
        self._unsettled: set[int] = set()
        self._settling: set[int] = set()
        # Those of them that hear nothing before. Likewise.
        self._held: set[int] = set()
        # What those of them are to be told then of whom it is known. Likewise, and by the purse.
        self._ready: dict[int, ItemAnswer] = {}
        # What is to be told when all that came together was taken. Written by `gather`, `flush` and
        # `_tell`.
        self._gathers = False
        self._said: list[ItemAnswer] = []
        # Whether some item has asked: its records will follow. Written by `take` and `run`.
        self._begins = False
        self._has_begun = False
        # The items that have asked anything since they were leased. Written by `take` and `over`.
        self._asked: set[int] = set()
        # The items that may ask ahead, with the numbers of the answers that said so. Written by
        # `_send`, `review` and `_end`.
        self._ahead: dict[int, int] = {}
        self._filled = Signal()
        account.watch(self.review)

    def gather(self) -> None:
        """More than one item may ask: what they are told goes out together, by `flush`."""
        self._gathers = True

    def flush(self) -> None:
        """Nobody else asks now, or something is waited for first."""
        self._gathers = False
        if self._said:
            # Who has left meanwhile is told nothing.
            said = [answer for answer in self._said if answer.index in self._asked]
            self._said.clear()
            self._send(said)

    def review(self) -> None:
        """Who may ask ahead is told where that is over."""
        if self._ahead and not self._may_ask_ahead():
            over = [ItemAnswer(index=index, number=number) for index, number in self._ahead.items()]
            self._ahead.clear()
            self._answer(over)

    def take(self, asks: ItemAsks) -> None:
        """An item asks. Never waits: the answer may come later."""
        index = asks.index
        if not self._queue.is_in_flight(index):
            return
        if index not in self._asked:
            self._asked.add(index)
            self._begin()
            self._spends.begin(index, asks.so_far)
        # First what is spent, then that nothing is set aside for it any more: between the two
        # nobody may have the room of both.
        self._say(index, asks.so_far)
        is_behind = self._is_under_way(index)
        self._end(index)
        if (spoiled := self._artifacts.spoiled(index)) is not None:
            self._tell(ItemAnswer(index=index, number=asks.number, unkept=str(spoiled)))
            return
        if asks.most is None or self._artifacts.is_unsynced(index):
            self._unsettled.add(index)
            self._filled.fire()
            waits = asks.most is None or is_behind or self._disk_fails()
            # Who hears that it may ask ahead has nothing on its way then.
            if waits or asks.ahead or self._may_ask_ahead():
                self._held.add(index)
        if asks.most is None or (asks.ahead and self._account.is_capped):
            # A call ahead is being made: it may have passed the news of a cap on its way.
            self._tell(ItemAnswer(index=index, number=asks.number))
        elif self._line.order is Order.DRAIN:
            self._tell(ItemAnswer(index=index, number=asks.number, put_off=True))
        else:
            self._account.reserve(index, asks.most.within_bounds(), partial(self._decided, asks))

    def paid(self, index: int, so_far: Spend) -> None:
        """An item at work has handed over the record of a call."""
        if index in self._asked:
            self._say(index, so_far)
            self._account.drop(index)

    def _say(self, index: int, so_far: Spend) -> None:
        if self._spends.say(index, so_far, self._now()):
            # What is paid is kept: it is not done again, whatever the item dies of.
            self._queue.forgive(index)

    def over(self, index: int, so_far: Spend = NO_SPEND) -> None:
        """The item is not in its worker any more: nobody waits for an answer, and nothing is set
        aside, but for what it says that it has spent. Most items never ask."""
        if index in self._asked:
            self._asked.remove(index)
            self._spends.say(index, so_far, self._now())
            self._end(index)

    def _end(self, index: int) -> None:
        """What it had asked is over."""
        self._account.drop(index)
        self._unsettled.discard(index)
        self._settling.discard(index)
        self._held.discard(index)
        self._ready.pop(index, None)
        self._ahead.pop(index, None)

    def _is_under_way(self, index: int) -> bool:
        """Something that the item has handed over."""
        return index in self._unsettled or index in self._settling

    async def run(self) -> None:
        """Settle, for ever."""
        while True:
            if self._begins:
                self._begins = False
                await self._prepare()
            if not self._unsettled:
                await self._filled.wait()
                continue
            # Where the disk has not taken it the keeper meets the same, and tells the job's user.
            await trio.sleep(APART_S if await self._settle() else RETRY_S)

    async def _settle(self) -> bool:
        """Sync what was handed over until now, and tell those who wait for that; whether the disk
        has taken it."""
        self._settling, self._unsettled = self._unsettled, set()
        try:
            await self._artifacts.sync()
        except StorageError:
            self._unsettled |= self._settling
            self._settling = set()
            return False
        settled, self._settling = self._settling, set()
        self._held -= settled
        # Who is not told waits for the purse, and for nothing else any more.
        ready = self._ready.keys() & settled
        self._send([self._ready.pop(index) for index in ready])
        return True

    def _disk_fails(self) -> bool:
        """As the keeper has found: then no call begins while a record of its item is on its way."""
        return self._line.retry_at is not None

    def _may_ask_ahead(self) -> bool:
        is_free = self._line.order is Order.RUN and not self._account.is_capped
        return is_free and not self._disk_fails()

    def _begin(self) -> None:
        if not self._has_begun:
            self._has_begun = self._begins = True
            self._filled.fire()

    async def _prepare(self) -> None:
        """While the first call is made: no record is to wait for files that are not there."""
        with suppress(StorageError):  # the first sync meets the same
            await self._artifacts.prepare()

    def _decided(self, asks: ItemAsks, refused: str | None) -> None:
        index, number = asks.index, asks.number
        is_durable = index in self._held or not self._artifacts.is_unsynced(index)
        ahead = refused is None and is_durable
        self._tell(ItemAnswer(index=index, number=number, refused=refused, ahead=ahead))

    def _tell(self, answer: ItemAnswer) -> None:
        """Now, or when what its item has handed over is durable."""
        if answer.index in self._held:
            self._ready[answer.index] = answer
        elif self._gathers:
            self._said.append(answer)
        else:
            self._send([answer])

    def _send(self, answers: Sequence[ItemAnswer]) -> None:
        if self._may_ask_ahead():
            self._ahead.update((each.index, each.number) for each in answers if each.ahead)
        else:
            answers = [replace(each, ahead=False) for each in answers]
        self._answer(answers)
