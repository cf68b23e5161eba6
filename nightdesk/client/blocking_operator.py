"""The house as its operator sees it, as methods of `Client`: a part of it."""

from __future__ import annotations

from nightdesk.client.blocking_charts import Charts
from nightdesk.client.operator import House, HouseDesk, OperatorAddress


class OperatorPart(Charts):
    """Asks by `_ask`, which the client has. For the bearer of an operator's token."""

    _address: OperatorAddress

    def house(self) -> House:
        """Process, pools, hosts, storage and log of the server, at this moment."""
        return self._ask(self._address.house())

    def house_desks(self, *, order: str = "in_flight", limit: int = 50) -> tuple[HouseDesk, ...]:
        """Its desks, the first of that order: in_flight, jobs, disk, tokens, saved, watchers,
        key."""
        return self._ask(self._address.house_desks(order, limit)).desks
