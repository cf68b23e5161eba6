"""What jobs of agents are called, and what the operator lets them do. Used by `web.agents` and
`web.working_files`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from executors.agent.options import Endpoint

KIND = "agent"


class Allowed(Protocol):
    """How the operator has set the kind up."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]: ...

    @property
    def commands(self) -> bool: ...

    @property
    def money_capped(self) -> bool: ...


@runtime_checkable
class Allows(Protocol):
    """The kind, as far as it tells that."""

    @property
    def settings(self) -> Allowed: ...
