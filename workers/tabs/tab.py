"""One connected tab: what it holds, what it is to be told, when it was heard last.

Made by `workers.tabs.desk.DeskTabs.join`; a `TabLine` of `actors.ports` for the front end. All
changes are made in synchronous code of the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import trio
from msgspec import Struct

from actors.ports import (
    TAB_SILENCE_S,
    LeasedItem,
    TabLease,
    TabNews,
    TabStatus,
    TabWithdrawn,
)
from workers.wake import Wake

if TYPE_CHECKING:
    from workers.tabs.work import Work

# A job's id, and the place of an item in it.
Place = tuple[str, int]


class Held(Struct, frozen=True):
    """One item in one tab, since when."""

    work: Work
    item: LeasedItem
    tab: Tab
    since: float

    @property
    def place(self) -> Place:
        return (self.work.job.brief.job_id, self.item.index)


class TabOwner(Protocol):
    """The desk that a tab is connected to."""

    def answered(self, held: Held, status: TabStatus, error: str | None) -> None: ...
    def heard(self, tab: Tab) -> None:
        """A tab that was silent is there again."""


class Tab:
    """See `TabLine`. `number` is its own while its desk has tabs or jobs for them."""

    def __init__(self, number: int, capacity: int, acknowledges: bool, owner: TabOwner) -> None:
        self.number = number
        self.capacity = capacity
        self.acknowledges = acknowledges
        self._owner = owner
        # Written by the desk: whether its room is among what is shared out.
        self.is_live = True
        # Written through `give` and `drop`, on behalf of the desk.
        self.held: dict[Place, Held] = {}
        # How many it was ever given. Written by `give`.
        self.given = 0
        # Filled on behalf of the desk, emptied by `wait_news`.
        self._news: list[TabNews] = []
        self._posted = Wake()
        # Written by `wait_news`: what it gave and has not been asked again since.
        self._sending: list[Held] = []
        # Written by `beat`.
        self._heard_at = trio.current_time()
        # Written by `wait_news`: there is nothing that it could be slow with.
        self._listens = False

    @property
    def room(self) -> int:
        return self.capacity - len(self.held)

    @property
    def silent_at(self) -> float:
        """When it counts as gone, if it says nothing. A page that is not asked to speak is found
        out by what it does not take."""
        if self._listens and not self.acknowledges:
            return trio.current_time() + TAB_SILENCE_S
        return self._heard_at + TAB_SILENCE_S

    # ------------------------------------------------------------------------ for the front end

    async def wait_news(self) -> Sequence[TabNews]:
        sent, self._sending = self._sending, []
        if not self.acknowledges:
            self.beat()
            for held in sent:
                self._answer(held.place, "opened", None)
        self._listens = True
        try:
            while not self._news:
                await self._posted.wait()
        finally:
            self._listens = False
        if not self.acknowledges:
            self.beat()
        news, self._news = self._news, []
        self._sending = [
            self.held[each.job_id, each.index] for each in news if isinstance(each, TabLease)
        ]
        return news

    def answer(self, job_id: str, index: int, status: TabStatus, error: str | None = None) -> bool:
        self.beat()
        return self._answer((job_id, index), status, error)

    def beat(self) -> None:
        self._heard_at = trio.current_time()
        if not self.is_live:
            self._owner.heard(self)

    def _answer(self, place: Place, status: TabStatus, error: str | None) -> bool:
        held = self.held.get(place)
        if held is None:
            return False
        self._owner.answered(held, status, error)
        return True

    # ------------------------------------------------------------------------------ for the desk

    def give(self, held: Held, lease: TabLease) -> None:
        self.held[held.place] = held
        self.given += 1
        self._tell(lease)

    def drop(self, held: Held, *, tell: bool) -> None:
        """It is not this tab's any more. With `tell` the page hears of it, if it had the item.

        A page may answer what it was not sent: late, for the time before, when it has the item
        anew. Then it is not sent."""
        del self.held[held.place]
        self._sending = [each for each in self._sending if each is not held]
        job_id, index = held.place
        kept = [each for each in self._news if not _leases(each, held.place)]
        if len(kept) < len(self._news):
            self._news = kept
        elif tell:
            self._tell(TabWithdrawn(job_id=job_id, index=index))

    def _tell(self, news: TabNews) -> None:
        self._news.append(news)
        self._posted.set()


def _leases(news: TabNews, place: Place) -> bool:
    return isinstance(news, TabLease) and (news.job_id, news.index) == place
