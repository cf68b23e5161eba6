"""What the engine tells while it works: for progress, logs and live output. Values.

Told through `Kit.tell` by `executors.agent.engine.working`; shown by the desk's run and by the
command line. Nothing in them is secret; texts come from models and are as hostile as those.
"""

from __future__ import annotations

from msgspec import Struct

from executors.agent.engine.records import Role, StopReason
from state.spending import Spend


class Resumed(Struct, frozen=True):
    """The task goes on, in this round: so many calls of it had been recorded, and are not made
    again. `first` is the round that its run begins, or began, with: rounds are allowed from there
    on."""

    round: int
    calls: int
    first: int = 1


class RoundBegan(Struct, frozen=True):
    """The coder is about to be asked for the first time in this round (the first is 1)."""

    round: int


class CallBegan(Struct, frozen=True):
    """A call is about to be made. A round's judge is asked after its coder."""

    round: int
    role: Role
    model: str


class TextHeard(Struct, frozen=True):
    """`chars` of the answer that is being written have come so far."""

    role: Role
    chars: int


class CallEnded(Struct, frozen=True):
    """`so_far` is what the task has spent, with it. `error` where there is no answer."""

    round: int
    role: Role
    model: str
    so_far: Spend
    error: str = ""


class ToolUsed(Struct, frozen=True):
    """`path` is what the model named, empty where it named none; cut where it is long."""

    round: int
    name: str
    ok: bool
    path: str


class Shortened(Struct, frozen=True):
    """Older parts of the messages have been shortened, as they were too long for the model."""

    round: int


class Judged(Struct, frozen=True):
    """`judged` is False where there was no judging."""

    round: int
    done: bool
    score: int | None
    best: bool
    judged: bool = True


class Stopped(Struct, frozen=True):
    """The last of the news."""

    stop: StopReason
    round: int
    best_round: int
    error: str = ""


News = (
    Resumed
    | RoundBegan
    | CallBegan
    | TextHeard
    | CallEnded
    | ToolUsed
    | Shortened
    | Judged
    | Stopped
)
