"""What the front end asks of the whole house, for its operator. `nightdesk.overview` answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from web.operator_schemas import (
    DesksPage,
    DeskState,
    DeskTotals,
    Overview,
    ProcessSeen,
    Setting,
    StorageSeen,
    WorkTotals,
)

DeskOrder = Literal["in_flight", "jobs", "disk", "tokens", "saved", "watchers", "key"]
DESK_ORDERS: tuple[DeskOrder, ...] = (
    *("in_flight", "jobs", "disk", "tokens", "saved", "watchers", "key"),
)


class DesksAsked(Struct, frozen=True, kw_only=True):
    """Which desks, and in what order: the largest first, by `key` the smallest. `beginning` is how
    their keys begin."""

    order: DeskOrder = "in_flight"
    state: DeskState | None = None
    beginning: str = ""
    offset: int = 0
    limit: int = 50


class HouseView(Protocol):
    """Opens no desk, asks no worker, and costs nothing while nobody asks."""

    async def overview(self) -> Overview:
        """As of a second ago at most."""

    async def desks(self, asked: DesksAsked) -> DesksPage: ...

    def settings(self) -> Sequence[Setting]:
        """In the order of the documentation."""


class NoHouse:
    """A front end of which nothing else is known: there is nothing to see, and that is told."""

    async def overview(self) -> Overview:
        never = "1970-01-01T00:00:00.000Z"
        return Overview(
            revision=0,
            at=never,
            process=ProcessSeen("", "", 0, never, 0, None, 0, 0, 0, 0, 0, None, None, None),
            desks=DeskTotals(None, 0, 0, 0, None, 0),
            jobs={},
            work=WorkTotals(0, 0, 0, 0, 0, 0, 0),
            lanes=[],
            pools=[],
            hosts=[],
            hosts_total=0,
            endpoints=[],
            storage=StorageSeen("", None, None, False, 0, 0, None, None),
            parked=[],
            lacks=[],
            log=[],
        )

    async def desks(self, asked: DesksAsked) -> DesksPage:
        return DesksPage([], 0, asked.offset, asked.limit)

    def settings(self) -> Sequence[Setting]:
        return ()
