"""Makes guest desks: for `POST /api/desks`, for a browser that comes without one, and for pages of
other systems, which invent the ids of their guests themselves (`web.dialects.background`)."""

from __future__ import annotations

from state.views import desk_key
from web import ids
from web.deps import Desks
from web.http import client_address
from web.rates import Rates


class DeskMaker:
    """Each desk costs files, so a client's network makes so many and then waits."""

    def __init__(self, desks: Desks, rates: Rates) -> None:
        self._desks = desks
        self._rates = rates

    async def make(self) -> str:
        """The id of a desk that is on disk. Raises WebError where too many are made."""
        desk_id = ids.mint()
        await self.make_as(desk_id)
        return desk_id

    async def make_as(self, desk_id: str) -> None:
        """The same under an id of the client's own, which is canonical."""
        self._rates.new_desk(client_address())
        await self._desks.create(desk_key(desk_id))
