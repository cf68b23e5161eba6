"""What became of a task. A value.

Made by `executors.agent.engine.replay`; used by the desk's run and by the command line.
"""

from __future__ import annotations

from msgspec import Struct

from executors.agent.engine.records import Role, Status, StopReason
from state.spending import NO_SPEND, Spend


class TaskResult(Struct, frozen=True, kw_only=True):
    """`iterations` are the rounds that were begun, over all runs; `best_round` is that whose files
    were kept, 0 where no round was better than another. `score` is the best round's, None where the
    judge gave none. `error` is empty but for what went wrong, or which cap was reached. `spend` is
    of all calls of all runs, `spends` the same by model, `roles` by role."""

    status: Status
    stop: StopReason
    iterations: int = 0
    best_round: int = 0
    score: int | None = None
    spend: Spend = NO_SPEND
    last_response: str = ""
    last_evaluation: str = ""
    error: str = ""
    spends: dict[str, Spend] = {}
    roles: dict[Role, Spend] = {}
