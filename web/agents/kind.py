"""What jobs of agents are called, and what the operator lets them do. Used by `web.agents` and
`web.working_files`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from executors.agent.model.prices import PriceTable
from executors.agent.options import Endpoint
from state.spending import SpendCap

KIND = "agent"


class Allowed(Protocol):
    """How the operator has set the kind up."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]: ...

    @property
    def commands(self) -> bool: ...

    @property
    def day_cap(self) -> SpendCap: ...


@runtime_checkable
class Allows(Protocol):
    """The kind, as far as it tells that, and what models cost."""

    @property
    def settings(self) -> Allowed: ...

    @property
    def prices(self) -> PriceTable: ...
