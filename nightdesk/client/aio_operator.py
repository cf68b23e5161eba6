"""The house as its operator sees it, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from nightdesk.client.aio_charts import AsyncCharts
from nightdesk.client.operator import House, HouseDesk, OperatorAddress


class AsyncOperator(AsyncCharts):
    """Asks by `_ask`, which the client has. For the bearer of an operator's token."""

    _address: OperatorAddress

    async def house(self) -> House:
        """Process, pools, hosts, storage and log of the server, at this moment."""
        return await self._ask(self._address.house())

    async def house_desks(
        self, *, order: str = "in_flight", limit: int = 50
    ) -> tuple[HouseDesk, ...]:
        """Its desks, the first of that order: in_flight, jobs, disk, tokens, saved, watchers,
        key."""
        return (await self._ask(self._address.house_desks(order, limit))).desks
